"""The sink kind `webhook`: signed POST requests as the Standard Webhooks specification wants them."""
