"""Sinks: one module a kind, each owning its config and its delivery, none knowing another."""
