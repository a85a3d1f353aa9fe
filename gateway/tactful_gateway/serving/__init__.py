"""The gateway on a socket of its own: uvicorn, signals, and how an answer goes over the wire."""
