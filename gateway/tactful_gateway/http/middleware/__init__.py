"""Middleware around a `Responder`, one rule a file, and the routes inside; `http.server.build` shows their order."""
