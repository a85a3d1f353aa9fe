"""An invitation as callers see it: its token made again, its questions from the ruleset version that decided."""

from __future__ import annotations

from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.services import Services
from tactful_gateway.ledger.localised import localised
from tactful_gateway.store.records import InvitationRecord
from tactful_gateway.words.screens import widget_words
from tactful_rules.model.decision import Invitation
from tactful_rules.model.ids import rfc3339
from tactful_rules.model.questionnaire import Questionnaire


async def view(services: Services, record: InvitationRecord, locale: str = "") -> Invitation:
    """Build the caller's view of an invitation in the locale it was decided for, or in another one.

    Raises:
        ApiError: `unknown_invitation` when its questionnaire is gone, which only a damaged store explains.
    """
    questionnaire = await find_questionnaire(services, record.ruleset, record.questionnaire)
    default = services.rulesets.active.ruleset.settings.locale
    used, document = localised(questionnaire, locale or record.locale, default)
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
        words=widget_words(used),
    )


async def find_questionnaire(services: Services, ruleset: str, questionnaire: str) -> Questionnaire:
    """Give the questionnaire as it stood in that version of the ruleset.

    Raises:
        ApiError: `unknown_invitation` when it is gone.
    """
    found = await services.rulesets.questionnaire(ruleset, questionnaire)
    if found is None:
        raise ApiError("unknown_invitation")
    return found
