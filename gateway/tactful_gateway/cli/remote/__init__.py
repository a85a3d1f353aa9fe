"""How commands talk to a running gateway."""
