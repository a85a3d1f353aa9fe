"""Feedback: responses collected elsewhere, sent over HTTP or imported; what travels is in `wire`."""
