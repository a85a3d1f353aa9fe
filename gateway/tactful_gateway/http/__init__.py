"""The HTTP face of the gateway: reads requests, asks the ledger, writes answers; it decides nothing itself."""
