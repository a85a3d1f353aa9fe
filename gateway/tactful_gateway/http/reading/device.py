"""The device behind a user agent; parsing one costs a millisecond, so the texts seen lately are remembered."""

from __future__ import annotations

from functools import lru_cache

import user_agents

from tactful_rules.model.event import Device

MAX_LENGTH = 512
"""Longer user agents are cut: the parser's regular expressions take 16 ms on 5,000 characters."""


def read_device(user_agent: str | None) -> Device:
    """Tell type, operating system and browser; an unknown or missing agent says nothing."""
    return _parse(user_agent[:MAX_LENGTH]) if user_agent else Device()


@lru_cache(maxsize=4096)
def _parse(user_agent: str) -> Device:
    agent = user_agents.parse(user_agent)
    return Device(type=_type(agent), os=_name(agent.os.family), browser=_name(agent.browser.family))


def _type(agent: user_agents.parsers.UserAgent) -> str | None:
    if agent.is_bot:
        return "bot"
    if agent.is_tablet:
        return "tablet"
    if agent.is_mobile:
        return "phone"
    return "desktop" if agent.is_pc else None


def _name(family: str) -> str | None:
    return None if family == "Other" else family
