"""An invitation as callers see it: its token made again, its questions from the ruleset version that decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw

from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.services import Services
from tactful_gateway.ledger.localised import localised
from tactful_gateway.store.records import InvitationRecord
from tactful_gateway.words.screens import widget_words
from tactful_rules.model.decision import Invitation
from tactful_rules.model.ids import rfc3339
from tactful_rules.model.questionnaire import Questionnaire
from tactful_rules.once import once

_encode = msgspec.json.Encoder().encode


def view(services: Services, record: InvitationRecord, locale: str = "") -> Awaitable[Invitation]:
    """Build the caller's view of an invitation in the locale it was decided for, or in another one.

    Raises:
        ApiError: `unknown_invitation` when its questionnaire is gone, which only a damaged store explains.
    """
    return _view(services, record, locale, localised, widget_words)


def written_view(services: Services, record: InvitationRecord, locale: str = "") -> Awaitable[Invitation]:
    """Build the same to be sent only: questionnaire and words are JSON already, which takes long to write.

    Raises:
        ApiError: as `view`.
    """
    return _view(services, record, locale, _written, _written_words)


async def _view(
    services: Services,
    record: InvitationRecord,
    locale: str,
    document_in: Callable[[Questionnaire, str, str], tuple[str, Any]],
    words_in: Callable[[str], Any],
) -> Invitation:
    known = services.rulesets.active_questionnaire(record.ruleset, record.questionnaire)
    questionnaire = known or await find_questionnaire(services, record.ruleset, record.questionnaire)
    default = services.rulesets.active.ruleset.settings.locale
    used, document = document_in(questionnaire, locale or record.locale, default)
    token = services.tokens.token(record.id, record.expires_at)
    return Invitation(
        id=record.id,
        token=token,
        url=services.link(token),
        expires_at=rfc3339(record.expires_at),
        status=record.status,
        locale=used,
        questionnaire=document,
        params=record.params,
        words=words_in(used),
    )


@once
def _written(questionnaire: Questionnaire, locale: str, default: str) -> tuple[str, Raw]:
    used, document = localised(questionnaire, locale, default)
    return used, Raw(_encode(document))


@lru_cache(maxsize=256)
def _written_words(locale: str) -> Raw:
    return Raw(_encode(widget_words(locale)))


async def find_questionnaire(services: Services, ruleset: str, questionnaire: str) -> Questionnaire:
    """Give the questionnaire as it stood in that version of the ruleset.

    Raises:
        ApiError: `unknown_invitation` when it is gone.
    """
    found = await services.rulesets.questionnaire(ruleset, questionnaire)
    if found is None:
        raise ApiError("unknown_invitation")
    return found
