"""Publishing a survey folder, as data."""
