"""What `tactful publish` and `tactful ruleset` are made of."""
