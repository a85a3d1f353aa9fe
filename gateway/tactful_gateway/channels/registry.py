"""The kinds of channels there are, own and plugged in, and how a sent one is checked and built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from tactful_gateway.channels import apprise
from tactful_gateway.channels.base import Courier
from tactful_gateway.channels.email import courier as email
from tactful_gateway.channels.http import courier as http
from tactful_gateway.channels.kind import ChannelKind
from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.extra import Extra, check_extra
from tactful_gateway.outgoing.options import (
    MEANT,
    OptionProblem,
    check_against,
    convert,
    did_you_mean,
    no_further_checks,
)
from tactful_gateway.outgoing.plugged import load_plugged
from tactful_rules.model.folder import ChannelConfig
from tactful_rules.model.ruleset import ON_SCREEN_KINDS
from tactful_rules.source.sections.channels import GENERIC_KEYS

ENTRY_POINTS = "tactful.channels"
KINDS: dict[str, ChannelKind] = {kind.name: kind for kind in (apprise.KIND, email.KIND, http.KIND)}
"""Tactful's own sent kinds by name."""


class ChannelOptionsError(Exception):
    """A channel's options can't be used."""

    def __init__(self, channel: str, problems: list[OptionProblem]) -> None:
        super().__init__(f"channel {channel}: " + "; ".join(problem.message for problem in problems))
        self.problems = problems


class _NoOptions(Struct, frozen=True):
    """A channel that shows the invitation where the person is has no options: there is nothing to send."""


class _OnScreen(NamedTuple):
    name: str
    config: type[Struct] = _NoOptions
    check: Callable[[Mapping[str, Any]], list[OptionProblem]] = no_further_checks
    extra: Extra | None = None


def check_options(kind: str, options: Mapping[str, Any]) -> list[OptionProblem]:
    """Find every problem of a channel's options as (option key, code, message); no message quotes a value.

    `options` may hold `${NAME}`: such a value is not judged.
    """
    return _check(kind, options, strict=True)


def options_by_kind() -> dict[str, dict[str, bool]]:
    """Give each kind of ours with its options, and whether it needs them."""
    configs: dict[str, type[Struct]] = dict.fromkeys(sorted(ON_SCREEN_KINDS, reverse=True), _NoOptions)
    return {
        name: {field.encode_name: field.required for field in msgspec.structs.fields(config)}
        for name, config in (configs | {kind.name: kind.config for kind in KINDS.values()}).items()
    }


def build(config: ChannelConfig, clock: Clock) -> Courier:
    """Build what sends over a channel from its config, every `${NAME}` resolved.

    Raises:
        ChannelOptionsError: the options have problems, or the kind has nothing to send.
    """
    problems = _check(config.kind, config.options, strict=False)
    kind = _find(config.kind)
    if kind is None or problems:
        nothing = OptionProblem("kind", "on_screen", f"a channel of kind {config.kind} sends nothing")
        raise ChannelOptionsError(config.id, problems or [nothing])
    return kind.build(convert(kind.config, config.options), clock)


def _check(kind: str, options: Mapping[str, Any], *, strict: bool) -> list[OptionProblem]:
    found = _OnScreen(kind) if kind in ON_SCREEN_KINDS else _find(kind)
    if found is not None:
        whose = f"a channel of kind {kind}"
        lacking = check_extra(whose, found.extra)
        return [*lacking, *check_against(whose, found, options, others=GENERIC_KEYS, strict=strict)]
    known = sorted([*ON_SCREEN_KINDS, *KINDS, *_plugged()])
    near = did_you_mean(kind, known)
    said = f'there is no channel kind "{kind}"' if near.startswith(MEANT) else "there is no such channel kind"
    return [OptionProblem("kind", "unknown_kind", said + near)]


def _find(kind: str) -> ChannelKind | None:
    return KINDS.get(kind) or _plugged().get(kind)


@cache
def _plugged() -> Mapping[str, ChannelKind]:
    return load_plugged(ENTRY_POINTS, ChannelKind, {*KINDS, *ON_SCREEN_KINDS})
