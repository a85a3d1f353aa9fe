"""Moves everything from a SQLite file into PostgreSQL; a move that was killed goes on where it was."""
