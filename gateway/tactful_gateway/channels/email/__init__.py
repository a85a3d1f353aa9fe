"""The channel kind `email`: plain and HTML parts over SMTP, with one-click unsubscribing."""
