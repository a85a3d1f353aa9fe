"""The parts of `tactful bench`."""
