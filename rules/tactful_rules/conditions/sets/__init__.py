"""Which values make a condition true: sets by attribute, with intersection, emptiness and inclusion."""
