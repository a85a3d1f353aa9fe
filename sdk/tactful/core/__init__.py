"""The SDK without its input and output: state machines and readers that both clients drive."""
