"""What `tactful person` is made of."""
