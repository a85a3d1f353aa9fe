"""The sink kind `nats`: messages in a JetStream stream, each acknowledged by it."""
