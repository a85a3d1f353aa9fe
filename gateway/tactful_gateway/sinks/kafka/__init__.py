"""The sink kind `kafka`: records of a topic, written once each by an idempotent producer."""
