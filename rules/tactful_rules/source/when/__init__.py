"""Reading conditions: which attributes may be named, which operators fit them, and the tree that comes of it."""
