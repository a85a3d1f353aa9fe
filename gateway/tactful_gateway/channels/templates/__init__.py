"""Templates of what is sent: `{{...}}` replaced once, each value escaped for where it stands, and our own defaults."""
