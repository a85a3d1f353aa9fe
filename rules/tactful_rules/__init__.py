"""Deciding whether to ask: the pure core of Tactful, without I/O, clock or randomness of its own."""
