"""What is given again and again as it is: bytes with their ETag, made once, and kept without the ruleset behind."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from msgspec import Struct, structs

from tactful_gateway.http.wire import Trigger, WidgetConfig
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_rules.model.ruleset import Ruleset, gate_part


class Document(Struct, frozen=True):
    """Bytes, and a strong ETag of them, with its quotes."""

    body: bytes
    etag: str


def document(body: bytes) -> Document:
    """Give bytes their ETag."""
    return Document(body, f'"{sha256(body).hexdigest()[:32]}"')


class RulesetDocuments:
    """What others may know of the ruleset in force: the gate's part for SDKs, the page triggers for the widget."""

    def __init__(self, rulesets: Rulesets, refresh: int) -> None:
        self._rulesets = rulesets
        self._refresh = refresh
        self._version = ""

    def gate(self) -> Document:
        """Give the gate's part."""
        self._follow()
        return self._gate

    def widget(self) -> Document:
        """Give the page triggers."""
        self._follow()
        return self._widget

    def _follow(self) -> None:
        active = self._rulesets.active
        if active.version == self._version:
            return
        part = structs.replace(gate_part(active.ruleset), refresh=self._refresh)
        self._gate = document(msgspec.json.encode(part))
        self._widget = document(msgspec.json.encode(_triggers(active.ruleset)))
        self._version = active.version


def _triggers(ruleset: Ruleset) -> WidgetConfig:
    return WidgetConfig(
        tuple(
            Trigger(touchpoint=touchpoint.id, **structs.asdict(touchpoint.web))
            for touchpoint in ruleset.touchpoints.values()
            if touchpoint.web is not None
        )
    )
