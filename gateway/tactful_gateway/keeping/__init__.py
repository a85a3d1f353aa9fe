"""How long what is kept stays, and how a person's is shown and erased."""
