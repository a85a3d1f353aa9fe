"""Channels: one module or folder a sent kind, each owning its options, its templates and its sending."""
