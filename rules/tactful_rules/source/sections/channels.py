"""Reads `channels`: the ways to reach a person; how a kind does that is judged by a hook."""

from __future__ import annotations

from tactful_rules.model.folder import ChannelConfig
from tactful_rules.model.ruleset import Channel
from tactful_rules.source.reading.tree import Mapping, Node, Scalar, to_plain_dict
from tactful_rules.source.sections.context import Context
from tactful_rules.source.sections.kinds import read_kinded, without

DEFAULT_CHANNELS = {"web": ChannelConfig("web", "widget")}
"""What holds when a folder has no `channels`."""
GENERIC_KEYS = ("kind",)


def read_channels(context: Context, section: Mapping) -> dict[str, ChannelConfig]:
    """Read the channels in the order in which they are tried by default."""
    channels: dict[str, ChannelConfig] = {}
    for name, key, node in context.ids(section, "a channel"):
        config = _read_channel(context, name, key, node)
        context.channels[name] = Channel(name, config.kind)
        channels[name] = config
    return channels


def _read_channel(context: Context, name: str, key: Scalar, node: Node) -> ChannelConfig:
    fields, kind, at = read_kinded(context, "a channel", key, node)
    options = without(fields, node, GENERIC_KEYS)
    if kind is None:
        return ChannelConfig(name, "widget")
    context.check_options(context.check_channel, kind, options, at)
    return ChannelConfig(name, kind, to_plain_dict(options))
