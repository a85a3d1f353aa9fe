"""The Tactful SDK: ask the gateway at a touchpoint whether to ask the person something."""

from __future__ import annotations

from tactful.async_client import AsyncTactful
from tactful.client import Tactful
from tactful.errors import InvalidCallError, RefusedError, TactfulError, UnavailableError
from tactful.identity import sign_person
from tactful.status import Status
from tactful_rules.model.decision import Decision, Invitation

__all__ = [
    "AsyncTactful",
    "Decision",
    "InvalidCallError",
    "Invitation",
    "RefusedError",
    "Status",
    "Tactful",
    "TactfulError",
    "UnavailableError",
    "sign_person",
]
