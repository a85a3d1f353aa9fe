"""Reads `settings`, `journey` and `owners`: what the other sections lean on."""

from __future__ import annotations

from tactful_rules.model.folder import Owner
from tactful_rules.model.ruleset import Settings
from tactful_rules.model.touchpoint import Stage
from tactful_rules.source.reading.fields import read_fields
from tactful_rules.source.reading.scalars import (
    check_locale,
    read_id,
    read_items,
    read_list,
    read_share,
    read_string,
    read_text,
)
from tactful_rules.source.reading.times import read_timezone
from tactful_rules.source.reading.tree import Mapping, Node, Sequence, is_null, words_of
from tactful_rules.source.sections.context import Context

SETTINGS_KEYS = ("timezone", "locale", "holdout")
STAGE_KEYS = ("stage", "title")
OWNER_KEYS = ("title", "notify")


def read_settings(context: Context, node: Node) -> Settings:
    """Read the folder's defaults."""
    report, default = context.report, Settings()
    fields = read_fields(report, node, "`settings`", SETTINGS_KEYS)
    locale = read_string(report, fields.get("locale"), "`locale`")
    place = fields.get("locale")
    if locale is not None and place is not None and not check_locale(report, locale, place.at):
        locale = None
    return Settings(
        timezone=read_timezone(report, fields.get("timezone"), "`timezone`") or default.timezone,
        locale=locale or default.locale,
        holdout=read_share(report, fields.get("holdout"), "`holdout`") or default.holdout,
    )


def read_journey(context: Context, node: Node) -> tuple[Stage, ...]:
    """Read the stages in order."""
    report = context.report
    stages: list[Stage] = []
    if not isinstance(node, Sequence):
        report.leave_out(words_of(node))
    for item in read_items(report, node, "`journey`"):
        fields = read_fields(report, item, "a stage", STAGE_KEYS)
        name = read_id(report, fields.require("stage"), "a stage")
        title = read_text(report, fields.get("title"), "`title`")
        if name is None:
            report.leave_out(words_of(item))
            continue
        if name in context.stages:
            report.error(fields.where("stage"), "duplicate_id", f"the stage `{name}` is in the journey already")
            continue
        context.stages.append(name)
        stages.append(Stage(name, title))
    return tuple(stages)


def read_owners(context: Context, section: Mapping) -> dict[str, Owner]:
    """Read who looks after touchpoints."""
    report = context.report
    owners: dict[str, Owner] = {}
    for name, key, node in context.ids(section, "an owner"):
        context.owners += [] if name in context.owners else [name]
        if is_null(node):
            owners[name] = Owner(name)
            continue
        fields = read_fields(report, node, "an owner", OWNER_KEYS, key.at)
        urls = [read_string(report, item, "an address") for item in read_list(report, fields.get("notify"), "`notify`")]
        title = read_text(report, fields.get("title"), "`title`")
        owners[name] = Owner(name, title, tuple(url for url in urls if url is not None))
    return owners
