"""What `tactful explain` is made of: reading its options, asking a gateway, and printing what came of it."""
