"""Reads a survey folder into the model; sections are read in an order in which ids are known before they are named."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from tactful_rules.model.folder import Loaded, Position, SurveyFolder
from tactful_rules.model.ids import Instant
from tactful_rules.model.policy import DEFAULT_POLICY
from tactful_rules.model.ruleset import Channel, Ruleset
from tactful_rules.source import files as disk
from tactful_rules.source.environment import check_variables
from tactful_rules.source.lint import Places, lint, warn_of_alerts
from tactful_rules.source.merge import Section, merge
from tactful_rules.source.questionnaires.read import read_questionnaires
from tactful_rules.source.reading.report import Report, TooManyProblemsError
from tactful_rules.source.reading.tree import Mapping, Node, Sequence
from tactful_rules.source.reading.yaml12 import parse
from tactful_rules.source.sections.channels import DEFAULT_CHANNELS, read_channels
from tactful_rules.source.sections.context import CalendarCheck, Context, OptionsCheck
from tactful_rules.source.sections.policy import read_policy
from tactful_rules.source.sections.rules import read_rules
from tactful_rules.source.sections.settings import read_journey, read_owners, read_settings
from tactful_rules.source.sections.sinks import read_alerts, read_sinks
from tactful_rules.source.sections.tests import read_tests
from tactful_rules.source.sections.touchpoints import read_touchpoints
from tactful_rules.source.when.regexes import RegexCheck, check_without_re2

_NOTHING = Mapping(Position(".", 1, 1), ())


def load(
    folder: Path,
    *,
    check_sink: OptionsCheck | None = None,
    check_channel: OptionsCheck | None = None,
    check_regex: RegexCheck = check_without_re2,
    check_calendar: CalendarCheck | None = None,
    now: Instant | None = None,
) -> Loaded:
    """Read every `*.yaml` and `*.yml` file below `folder`, in path order; problems are given, never raised.

    `check_sink` and `check_channel` judge the options of a kind, `check_regex` says what is wrong with a pattern,
    `check_calendar` with a country's code; with `now` (an instant) rules that are over get a warning.
    """
    report = Report()
    texts = disk.read_folder(folder, report)
    context = Context(
        report,
        check_sink=check_sink,
        check_channel=check_channel,
        check_regex=check_regex,
        check_calendar=check_calendar,
        now=now,
    )
    return _load(texts, context)


def load_texts(
    files: AnyMapping[str, str],
    *,
    check_sink: OptionsCheck | None = None,
    check_channel: OptionsCheck | None = None,
    check_regex: RegexCheck = check_without_re2,
    check_calendar: CalendarCheck | None = None,
    now: Instant | None = None,
) -> Loaded:
    """Read a survey folder given as text by relative path, as `load` does; pure."""
    report = Report()
    context = Context(
        report,
        check_sink=check_sink,
        check_channel=check_channel,
        check_regex=check_regex,
        check_calendar=check_calendar,
        now=now,
    )
    return _load(files, context)


def _load(files: AnyMapping[str, str], context: Context) -> Loaded:
    report, positions = context.report, dict[tuple[str, ...], Position]()
    folder: SurveyFolder | None = None
    with suppress(TooManyProblemsError):
        sections = merge(_parse(files, report), report)
        if not sections and files and not report.has_errors():
            first = Position(min(files), 1, 1)
            report.error(first, "empty_folder", "no file of the survey folder says anything", "see `tactful init`")
        positions = _positions(sections)
        folder = _read_sections(context, sections)
        warn_of_alerts(report, sections)
        check_variables(sections, report)
    failed = report.has_errors()
    if folder is not None and context.sound:
        lint(report, replace(folder, sinks={}) if failed else folder, Places(positions))
    return Loaded(None if failed else folder, report.problems(), positions, dict(files))


def _parse(files: AnyMapping[str, str], report: Report) -> list[Node]:
    """Give the documents in path order; what is too big is not looked at."""
    left = disk.MAX_FOLDER
    documents: list[Node] = []
    for name in sorted(files, key=lambda name: name.split("/")):
        report.add_file(name, files[name])
        size = len(files[name].encode("utf-8", "replace"))
        left -= size
        if size > disk.MAX_FILE or left < 0:
            disk.refuse_size(name, report, whole=size <= disk.MAX_FILE)
        else:
            document = parse(files[name], name, report)
            documents += [] if document is None else [document]
        if left < 0:
            break
    return documents


def _read_sections(context: Context, sections: dict[str, Section]) -> SurveyFolder:
    report = context.report

    def section(name: str) -> Mapping:
        node = sections[name].node if name in sections else _NOTHING
        return node if isinstance(node, Mapping) else _NOTHING

    def items(name: str) -> Sequence:
        node = sections[name].node if name in sections else None
        return node if isinstance(node, Sequence) else Sequence(_NOTHING.at, ())

    if "settings" in sections:
        context.settings = read_settings(context, sections["settings"].node)
    journey = read_journey(context, sections["journey"].node) if "journey" in sections else ()
    owners = read_owners(context, section("owners"))
    channels = read_channels(context, section("channels")) or DEFAULT_CHANNELS
    context.channels = {channel.id: Channel(channel.id, channel.kind) for channel in channels.values()}
    touchpoints = read_touchpoints(context, section("touchpoints"))
    questionnaires = read_questionnaires(context, section("questionnaires"))
    written = sections.get("do_not_disturb")
    policy = DEFAULT_POLICY if written is None else read_policy(context, written.node)
    rules = read_rules(context, section("rules"))
    context.sound = not report.has_errors()
    ruleset = Ruleset(context.settings, journey, touchpoints, rules, questionnaires, dict(context.channels), policy)
    return SurveyFolder(
        ruleset=ruleset,
        owners=owners,
        channels=channels,
        sinks=read_sinks(context, section("sinks")),
        alerts=read_alerts(context, section("alerts")),
        tests=read_tests(context, items("tests"), tuple(rule.id for rule in rules)),
        default_policy=written is None,
    )


def _positions(sections: dict[str, Section]) -> dict[tuple[str, ...], Position]:
    """Give the place of every value by its path; items of lists are named by their index."""
    positions: dict[tuple[str, ...], Position] = {}

    def note(path: tuple[str, ...], at: Position, node: Node) -> None:
        positions[path] = at
        if isinstance(node, Mapping):
            for key, value in node.entries:
                note((*path, key.text), key.at, value)
        elif isinstance(node, Sequence):
            for index, item in enumerate(node.items):
                note((*path, str(index)), item.at, item)

    for name, section in sections.items():
        note((name,), section.at, section.node)
    return positions
