"""The sink kind `postgres`: one row an event in a table."""
