"""What the section readers share: the ids known so far, the hooks of the program around, and the problems."""

from __future__ import annotations

from collections.abc import Callable, Collection
from collections.abc import Sequence as AnySequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tactful_rules.model.folder import Position
from tactful_rules.model.ids import Instant
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.model.ruleset import Channel, Settings
from tactful_rules.source.reading import tree
from tactful_rules.source.reading.report import Report, suggest
from tactful_rules.source.reading.scalars import check_id, near_id, read_id, read_list
from tactful_rules.source.reading.tree import Mapping, Node, locate, to_plain_dict
from tactful_rules.source.when.read import ConditionReader
from tactful_rules.source.when.regexes import RegexCheck, check_without_re2
from tactful_rules.source.when.scope import Scope

Params: TypeAlias = dict[str, dict[str, Any]]
OptionsCheck: TypeAlias = Callable[[str, dict[str, Any]], AnySequence[tuple[str, str, str]]]
"""Says what is wrong with the options of a kind of sink or channel, as (option key, code, message)."""
CalendarCheck: TypeAlias = Callable[[str], tuple[str, str] | None]
"""Says what is wrong with the code of a holiday calendar and what to do, or None."""


@dataclass
class Context:
    """Shared by all readers of one folder; each adds the ids that later ones may refer to."""

    report: Report
    settings: Settings = field(default_factory=Settings)
    stages: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    touchpoints: dict[str, Params] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    questionnaires: dict[str, Questionnaire | None] = field(default_factory=dict)
    check_sink: OptionsCheck | None = None
    check_channel: OptionsCheck | None = None
    check_regex: RegexCheck = check_without_re2
    check_calendar: CalendarCheck | None = None
    now: Instant | None = None
    sound: bool = False
    """Whether nothing was wrong up to the rules; a mistake in a sink behind them hides no warning about them."""

    def conditions(self, scope: Scope) -> ConditionReader:
        """Give a reader of conditions over these attributes."""
        return ConditionReader(self.report, scope, self.check_regex)

    def refer(self, node: Node | None, kind: str, known: Collection[str]) -> str | None:
        """Read an id that must be among `known`; `kind` names what it refers to (`touchpoint`)."""
        name = read_id(self.report, node, f"a {kind}")
        if name is None or node is None:
            return None
        if name not in known:
            if self.report.may_define(name):
                return None
            hint = suggest(name, known) or f"add it under `{PLACES.get(kind, kind + 's')}`"
            self.report.error(node.at, f"unknown_{kind}", f"no {kind} is called `{name}`", hint)
            return None
        return name

    def refer_all(self, node: Node | None, kind: str, known: Collection[str]) -> tuple[str, ...]:
        """Read one or several ids that must be among `known`; one that stands twice is reported."""
        names: list[str] = []
        for item in read_list(self.report, node, f"a list of {kind}s"):
            name = self.refer(item, kind, known)
            if name in names:
                self.report.error(item.at, "duplicate_value", f"`{name}` stands here already", "remove it")
            elif name is not None:
                names.append(name)
        return tuple(names)

    def ids(self, section: Mapping, what: str) -> list[tuple[str, tree.Scalar, Node]]:
        """Give the entries of a map whose keys are ids, one with a wrong id under the id that was probably meant.

        An id that stands twice, which was reported already, is given twice: mistakes may stand in both.
        """
        return [(check_id(self.report, key, what) or _stand_in(key, what), key, node) for key, node in section.entries]

    def check_options(self, check: OptionsCheck | None, kind: str, options: Mapping, at: Position) -> None:
        """Ask a hook about the options of a sink or channel, and put its problems where the options stand."""
        if check is None:
            return
        for name, code, message in check(kind, to_plain_dict(options)):
            self.report.error(locate(options, name.split(".")) or at, code, message)


def _stand_in(key: tree.Scalar, what: str) -> str:
    """Give what to call an entry whose id is wrong; of a private key nothing may be said later on."""
    return what.rpartition(" ")[2] if key.private else near_id(key.text) or key.text


PLACES = {"stage": "journey"}
