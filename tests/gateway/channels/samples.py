"""One message, as the tests change it."""

from __future__ import annotations

from msgspec.structs import replace

from tactful_gateway.contracts.channel import message
from tactful_rules.model.ids import Instant

NOW: Instant = 1_795_340_000_000
"""2026-11-22T09:33:20Z"""
MESSAGE = replace(message("ann@example.com"), channel="email")
