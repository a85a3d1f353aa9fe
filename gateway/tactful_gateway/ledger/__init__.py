"""The ledger: the single place where decisions and answers become facts, atomically."""
