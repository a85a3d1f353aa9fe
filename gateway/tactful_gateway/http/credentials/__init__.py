"""Who may do what: API keys, identity tokens of visitors, invitation tokens and what they point to."""
