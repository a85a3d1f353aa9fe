"""All that is kept of a person: shown, erased, and let go by age."""
