"""The channel kind `apprise`: any of the services that the Apprise library speaks to.

Apprise says only yes or no, so a no is tried again; final is what it can't even begin with. It blocks, so each message
has a thread of its own, and it logs what it sends, so its logger is silenced.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from msgspec import Struct

from tactful_gateway.channels.base import Message, Receipt
from tactful_gateway.channels.kind import ChannelKind
from tactful_gateway.channels.templates.defaults import default_subject, default_text, titled, with_opt_out
from tactful_gateway.channels.templates.escapes import in_url, one_line
from tactful_gateway.channels.templates.template import check_placeholders, render
from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.errors import PermanentError, TransientError
from tactful_gateway.outgoing.extra import Extra
from tactful_gateway.outgoing.options import OptionProblem
from tactful_gateway.outgoing.worker import Worker

TIMEOUT = 60.0
"""Seconds for a message, well within a lease; what the thread still does then can't be stopped."""
EXTRA = Extra("apprise", module="apprise")
_SCHEMA = re.compile(r"(?P<schema>[A-Za-z0-9]{1,32})://[^\s]")
_THREAD = "tactful-apprise"
_LOGGERS = ("apprise", "urllib3.connectionpool", "requests_oauthlib")


class AppriseConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """The service's Apprise URL, in which `{{address}}` may stand, and the templates of what is said."""

    url: str
    title: str | None = None
    text: str | None = None


class AppriseCourier:
    """One of Apprise's services."""

    def __init__(self, config: AppriseConfig, _: Clock, timeout: float = TIMEOUT) -> None:
        self._config = config
        self._timeout = timeout

    async def open(self) -> None:
        """Load the library and silence it."""
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_not_ours)
        await asyncio.to_thread(import_module, "apprise")

    async def send(self, message: Message) -> Receipt:
        """Hand the message to the service; it gives no name for it."""
        worker = Worker(_THREAD)
        try:
            async with asyncio.timeout(self._timeout):
                await worker.run(self._notify, titled(message))
        except TimeoutError as error:
            raise TransientError(f"no answer within {self._timeout:g} s") from error
        finally:
            worker.stop()
        return Receipt()

    async def close(self) -> None:
        """Nothing is kept between messages."""

    def _notify(self, message: Message) -> None:
        config = self._config
        apprise = import_module("apprise")
        # No time limit of its own: for that it would use threads which our filter does not know and an exit waits for.
        asset = apprise.AppriseAsset(http_redirects=False, service_timeout=0.0)
        service = apprise.Apprise(asset=asset)
        if not service.add(render(config.url, message, in_url)):
            raise PermanentError("Apprise takes no such `url`, or not with this address")
        title = one_line(render(config.title or default_subject(message), message))
        text = default_text(message) if config.text is None else with_opt_out(config.text, message)
        if not service.notify(
            body=render(text, message), title=title, body_format=apprise.NotifyFormat.TEXT, interpret_escapes=False
        ):
            raise TransientError("the service did not take the message", alone=True)


def check(values: Mapping[str, Any]) -> list[OptionProblem]:
    """Find a service that Apprise does not know, where it is installed, and unknown placeholders."""
    problems = [
        problem for option in ("url", "title", "text") for problem in check_placeholders(option, values.get(option))
    ]
    if EXTRA.is_missing():
        return problems
    schema = _SCHEMA.match(values.get("url", "json://x"))
    if schema is None or schema["schema"].lower() not in import_module("apprise").NotificationManager():
        message = "`url` begins with the name of a service that Apprise knows and ://, such as twilio:// or mailtos://"
        problems.append(OptionProblem("url", "bad_value", message))
    return problems


def _not_ours(record: logging.LogRecord) -> bool:
    """Keep back what Apprise and its HTTP client log in our threads: it holds URLs with secrets, and messages."""
    return not (record.threadName or "").startswith(_THREAD)


KIND = ChannelKind("apprise", AppriseConfig, AppriseCourier, check, EXTRA)
