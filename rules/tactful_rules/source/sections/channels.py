"""Reads `channels`: the ways to reach a person, and how."""

from __future__ import annotations

from typing import Any, get_args

from tactful_rules.model.folder import ChannelConfig
from tactful_rules.model.ruleset import Channel, ChannelKind
from tactful_rules.source.reading.fields import Fields, read_fields
from tactful_rules.source.reading.scalars import read_string, read_word
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, to_plain
from tactful_rules.source.sections.context import Context

KINDS: tuple[ChannelKind, ...] = get_args(ChannelKind)
OPTIONS: dict[str, tuple[str, ...]] = {
    "widget": (),
    "app": (),
    "email": ("url", "from", "subject", "text", "html"),
    "http": ("url", "method", "headers", "json", "body", "ok", "message_id", "allow_private"),
    "apprise": ("url", "title", "text"),
}
REQUIRED: dict[str, tuple[str, ...]] = {"email": ("url", "from"), "http": ("url",), "apprise": ("url",)}
DEFAULT_CHANNELS = {"web": ChannelConfig("web", "widget")}
"""What holds when a folder has no `channels`."""


def read_channels(context: Context, section: Mapping) -> dict[str, ChannelConfig]:
    """Read the channels in the order in which they are tried by default."""
    channels: dict[str, ChannelConfig] = {}
    for name, key, node in context.ids(section, "a channel"):
        config = _read_channel(context, name, key, node)
        context.channels[name] = Channel(name, config.kind)
        channels[name] = config
    return channels


def _read_channel(context: Context, name: str, key: Scalar, node: Node) -> ChannelConfig:
    kind_node = node.get("kind") if isinstance(node, Mapping) else None
    known = kind_node.text if isinstance(kind_node, Scalar) and kind_node.text in KINDS else None
    keys = ("kind", *OPTIONS[known]) if known else ("kind", *{key for keys in OPTIONS.values() for key in keys})
    fields = read_fields(context.report, node, f"a channel of kind {known}" if known else "a channel", keys, key.at)
    kind = read_word(
        context.report, fields.require("kind", f"one of {', '.join(KINDS)}"), "the kind of a channel", KINDS
    )
    if kind is None:
        return ChannelConfig(name, "widget")
    for option in REQUIRED.get(kind, ()):
        _check_text(context, fields, option)
    options: dict[str, Any] = {
        option.text: to_plain(value) for option, value in fields.entries() if option.text != "kind"
    }
    if isinstance(node, Mapping):
        rest = Mapping(node.at, tuple((option, value) for option, value in fields.entries() if option.text != "kind"))
        context.check_options(context.check_channel, kind, rest, key.at)
    return ChannelConfig(name, kind, options)


def _check_text(context: Context, fields: Fields, option: str) -> None:
    read_string(context.report, fields.require(option), f"`{option}`")
