"""What Tactful says by itself, in ten languages."""
