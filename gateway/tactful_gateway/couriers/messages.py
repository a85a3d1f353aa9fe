"""Makes a message of a dispatch: the address unsealed, the title in the person's language, links with the token."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Protocol
from urllib.parse import quote

from tactful_gateway.channels.base import Message
from tactful_gateway.channels.vault import Vault, VaultError
from tactful_gateway.ledger.commands import Dispatch
from tactful_gateway.ledger.localised import localised
from tactful_gateway.ledger.rulesets import Rulesets
from tactful_gateway.outgoing.errors import PermanentError
from tactful_rules.model.ids import Instant
from tactful_rules.questionnaire import pipe

HIDDEN = "***"
FEWEST_DIGITS = 6
"""A telephone number is found again by its digits, however it is written; fewer say nothing."""


class Tokens(Protocol):
    """Makes invitation tokens."""

    def lookup(self, invitation: str) -> bytes:
        """Give what is stored in a token's place."""

    def token(self, invitation: str, expires_at: Instant) -> str:
        """Write an invitation's token."""


class Letters:
    """Writes messages; `public_url` is how the world reaches the gateway."""

    def __init__(self, rulesets: Rulesets, vault: Vault, tokens: Tokens, public_url: str) -> None:
        self._rulesets = rulesets
        self._vault = vault
        self._tokens = tokens
        self._public_url = public_url

    async def write(self, dispatch: Dispatch) -> Message:
        """Make the message of a dispatch: the same one, with the same id, at every attempt.

        Raises:
            PermanentError: its address can't be opened, or its questionnaire is gone.
            StoreUnavailableError: an earlier ruleset can't be read now.
        """
        record = dispatch.record
        questionnaire = await self._rulesets.questionnaire(record.ruleset, record.questionnaire)
        sealed = record.addresses.get(record.channel)
        if questionnaire is None or sealed is None:
            raise PermanentError("its questionnaire is gone" if questionnaire is None else "it has no address")
        try:
            address = self._vault.open(record.sealed_for or record.id, record.channel, sealed)
        except VaultError as error:
            raise PermanentError(str(error)) from error
        default = self._rulesets.active.ruleset.settings.locale
        locale, document = localised(questionnaire, record.locale, default)
        url = f"{self._public_url}/i/{self._tokens.token(record.id, record.expires_at)}"
        return Message(
            id=f"{record.id}/{dispatch.reminder}",
            channel=record.channel,
            invitation=record.id,
            person=record.person,
            address=address,
            title=pipe(document.get("title", ""), {}, record.params, document["questions"]),
            url=url,
            opt_out_url=f"{url}/opt-out",
            params=record.params,
            locale=locale,
            reminder=dispatch.reminder,
        )


def hide(text: str, message: Message) -> str:
    """Take a message's address and link out of what a provider said of it: providers like to repeat both."""
    token = message.url.rpartition("/")[2]
    patterns = [re.escape(part) for part in (message.opt_out_url, message.url, token)]
    if message.address:
        patterns += _written(message.address)
    return re.sub("|".join(filter(None, patterns)), HIDDEN, text, flags=re.IGNORECASE)


def _written(address: str) -> Iterator[str]:
    """Yield patterns of an address as it may be written, longest first; of a mail address also who it is there."""
    local, at, domain = address.rpartition("@")
    forms = [address, quote(address, safe=""), json.dumps(address)[1:-1]]
    with suppress(UnicodeError):
        forms.append(f"{local}{at}{domain.encode('idna').decode()}")
    yield from map(re.escape, forms)
    if local:
        yield rf"(?<![\w.]){re.escape(local)}(?![\w.])"
        return
    digits = re.sub(r"\D", "", address)
    if len(digits) >= FEWEST_DIGITS:
        yield r"\W{0,2}".join(_significant(digits))


def _significant(digits: str) -> Iterable[str]:
    # The country's prefix may be left out or written otherwise.
    return digits[-max(FEWEST_DIGITS, len(digits) - 3) :]
