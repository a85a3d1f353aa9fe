"""The simulator: plays traffic through the very ledger that decides in earnest, on the traffic's own clock."""
