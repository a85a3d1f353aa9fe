"""Pure ASGI middleware, one rule a file; `http.server.build` shows their order."""
