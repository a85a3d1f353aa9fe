"""A survey folder as loaded: the ruleset, and the configuration around it that never leaves the gateway."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from tactful_rules.model.condition import Condition
from tactful_rules.model.ids import Instant
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.model.touchpoint import Text

Severity = Literal["error", "warning"]


class Position(Struct, frozen=True, order=True):
    """Where something stands: the file relative to the survey folder, line and column counted from 1."""

    file: str
    line: int
    column: int


class SourceProblem(Struct, frozen=True):
    """One thing wrong in a survey folder.

    `hint` says what to do (often a `did you mean`), `source` is the line it stands on. Neither ever holds a value
    from the environment.
    """

    position: Position
    code: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    source: str = ""

    def __str__(self) -> str:
        """Write it as `file:line:column: code: message`."""
        where = f"{self.position.file}:{self.position.line}:{self.position.column}"
        return f"{where}: {self.code}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class Owner(Struct, frozen=True):
    """Who looks after a touchpoint; `notify` is shown to nobody."""

    id: str
    title: Text = {}
    notify: tuple[str, ...] = ()


class ChannelConfig(Struct, frozen=True):
    """How a channel reaches a person; `options` may hold `${NAME}` until it is resolved at serve time."""

    id: str
    kind: str
    options: dict[str, Any] = {}


class SinkConfig(Struct, frozen=True, kw_only=True):
    """A destination of journal events.

    `events` are journal types without the `tactful.` prefix. `options` is what the kind itself understands; it may
    hold `${NAME}` until it is resolved at serve time.
    """

    id: str
    kind: str
    events: tuple[str, ...] = ("response.completed",)
    where: Condition | None = None
    shape: Literal["cloudevents", "flat", "posthog", "formbricks"] = "cloudevents"
    from_: Literal["now", "beginning"] = "now"
    options: dict[str, Any] = {}


class InlineTest(Struct, frozen=True, kw_only=True):
    """A test written beside the rules: an event, a history, and the decision expected of them."""

    name: str
    at: str
    params: dict[str, Any] = {}
    person: dict[str, Any] = {}
    history: tuple[dict[str, Any], ...] = ()
    reach: dict[str, bool | str] | None = None
    device: dict[str, Any] = {}
    page: dict[str, Any] = {}
    now: Instant | None = None
    timezone: str | None = None
    expect: dict[str, Any] = {}
    position: Position = Position("", 1, 1)


class SurveyFolder(Struct, frozen=True, kw_only=True):
    """Everything in a survey folder that has no errors."""

    ruleset: Ruleset
    owners: dict[str, Owner] = {}
    channels: dict[str, ChannelConfig] = {}
    sinks: dict[str, SinkConfig] = {}
    alerts: dict[str, dict[str, Any]] = {}
    tests: tuple[InlineTest, ...] = ()
    default_policy: bool = True
    """Whether the folder says nothing of do-not-disturb, so that the default policy holds."""


class Loaded(Struct, frozen=True):
    """What loading gave: the folder, unless a problem is an error, and every problem found."""

    folder: SurveyFolder | None
    problems: tuple[SourceProblem, ...] = ()
    positions: dict[tuple[str, ...], Position] = {}
    """Where each thing stands, by its path in the merged document, e.g. `("rules", "combo-meal", "when")`."""
    files: dict[str, str] = {}
    """The texts that were read, by path: exactly what the folder was made of."""

    @property
    def errors(self) -> tuple[SourceProblem, ...]:
        """The problems that keep the folder from going live."""
        return tuple(problem for problem in self.problems if problem.severity == "error")
