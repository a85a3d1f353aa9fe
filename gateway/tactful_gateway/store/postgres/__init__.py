"""The store in PostgreSQL, which any number of gateways share."""
