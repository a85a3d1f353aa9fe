"""Shapes: what a destination gets of a journal event, each a pure function of the event."""
