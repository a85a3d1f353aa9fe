"""Looking after the sinks of a running gateway."""
