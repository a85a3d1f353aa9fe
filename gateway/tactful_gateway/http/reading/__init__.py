"""From bytes to typed, checked requests; whatever a stranger sends ends here as a problem list, never as a crash."""
