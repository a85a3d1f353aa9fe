"""The channel kind `http`: a request to any provider's API, made from templates."""
