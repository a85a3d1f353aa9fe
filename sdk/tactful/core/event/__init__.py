"""What one touchpoint call says: its arguments, its declared params and its id."""
