"""The nouns of Tactful as immutable structs; import each from its own module."""
