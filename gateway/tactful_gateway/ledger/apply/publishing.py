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
    # An equal folder is another version all the same where a newer Tactful makes another ruleset of it.
    if latest is not None and (latest.content, latest.ruleset) == (wanted.content, wanted.ruleset):
        return Published(latest, duplicate=True)
    number = 0 if latest is None else latest.number
    if command.expected is not None and command.expected != number:
        return Refused("version_conflict")
    version = replace(wanted, number=number + 1, at=draft.now)
    draft.changes.published.append(replace(command.publication, version=version))
    draft.tell("ruleset.published", SUBJECT, _about, version)
    return Published(version)


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
