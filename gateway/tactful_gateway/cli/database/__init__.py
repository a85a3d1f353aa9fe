"""Commands that work on a database itself, with no gateway in between."""
