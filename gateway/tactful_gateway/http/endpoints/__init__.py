"""The handlers, one file a subject: each turns a request into a command or a look, and the outcome into an answer."""
