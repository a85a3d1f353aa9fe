"""The ledger: the single place where decisions and answers become facts, atomically."""

from tactful_gateway.ledger.committer import Ledger
from tactful_gateway.ledger.errors import LedgerBusyError
from tactful_gateway.ledger.rulesets import Rulesets

__all__ = ["Ledger", "LedgerBusyError", "Rulesets"]
