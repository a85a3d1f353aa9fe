"""Another survey folder goes live: its version gets the next number, unless it is the latest one already."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tactful_gateway.ledger.apply.draft import Draft
from tactful_gateway.ledger.commands import Publish, Published, Refused
from tactful_gateway.store.records import VersionRecord

SUBJECT = "ruleset"
"""Whom the event is about; CloudEvents allows no empty subject, and there is no person."""


def apply_publish(draft: Draft, command: Publish) -> Published | Refused:
    """Make the version the latest; refused where another one is than the publisher expected."""
    latest, wanted = draft.state.latest_version, command.publication.version
    number = 0 if latest is None else latest.number
    # An equal folder is another version all the same where a newer Tactful makes another ruleset of it.
    same = latest is not None and (latest.content, latest.ruleset) == (wanted.content, wanted.ruleset)
    if not is_expected(number, command.expected, same=same):
        return Refused("version_conflict")
    if latest is not None and same:
        return Published(latest, duplicate=True)
    version = replace(wanted, number=number + 1, at=draft.now)
    draft.changes.published.append(replace(command.publication, version=version))
    draft.tell("ruleset.published", SUBJECT, _about, version)
    return Published(version)


def is_expected(latest: int, expected: int | None, *, same: bool) -> bool:
    """Tell whether a publisher who expected this number may go on; `same`: the latest has just what they publish.

    Then it may be the very version that they made, and the answer was lost: they expected the one before it, and are
    told that it is live (RFC 9110, section 13.1.1).
    """
    return expected in (None, latest) or (same and expected == latest - 1)


def _about(version: VersionRecord) -> dict[str, Any]:
    return {
        "number": version.number,
        "ruleset": version.ruleset,
        "content": version.content,
        "origin": version.origin,
        "by": version.by,
        "name": version.name,
        "message": version.message,
        "of": version.of,
    }
