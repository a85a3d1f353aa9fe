"""What could not be delivered, and what operators want of sinks: one module a database."""
