"""Mistakes of others: what a misspelt name or a value of the wrong form meant, and what of it may be repeated."""
