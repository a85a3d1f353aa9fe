"""What is counted and only shown where Prometheus asks: requests by the tally, the ledger's balance."""
