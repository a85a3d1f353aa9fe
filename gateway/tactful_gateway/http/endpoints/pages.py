"""The hosted page behind `/i/{token}`; whoever opens a link changes nothing, for mail scanners open every link."""

from __future__ import annotations

from functools import wraps
from urllib.parse import parse_qsl

from starlette.responses import Response

from tactful_gateway.http.endpoints.invitations import taken
from tactful_gateway.http.endpoints.view import find_questionnaire, view
from tactful_gateway.http.hosted import (
    HostedInvitation,
    Notice,
    Page,
    notice_page,
    opt_out_page,
    parse_form,
    question_page,
    thanks_page,
)
from tactful_gateway.http.operation import UNSETTLED, Call, Handler
from tactful_gateway.http.problems import TABLE, ApiError, classify
from tactful_gateway.ledger.commands import OptOut, Refused, Respond
from tactful_gateway.ledger.errors import LedgerBusyError
from tactful_gateway.ledger.links import withdrawn
from tactful_gateway.store.base import StoreUnavailableError
from tactful_gateway.store.records import InvitationRecord, Withdrawal
from tactful_rules.model.person import EVERY_CHANNEL

MAX_FIELDS = 500
AWAY = (LedgerBusyError, StoreUnavailableError)
"""What passes: people who meet it are told in words, and keep what they filled in."""


def in_words(handler: Handler) -> Handler:
    """Have a handler's page say that nothing can be taken or shown now, where a program would get problem details."""

    @wraps(handler)
    async def answer(call: Call) -> Response:
        try:
            return await handler(call)
        except AWAY as error:
            if call.scope.get(UNSETTLED) is not None:
                call.reject(classify(error).code)
            return _later(error, notice_page("unavailable", call.request.headers.get("accept-language", "")))

    return answer


@in_words
async def show(call: Call) -> Response:
    """Show the questions, a thank-you when they are answered, or why there is nothing to answer."""
    record = await _find(call)
    if record is None:
        return _notice(call, "unknown")
    hosted = await _hosted(call, record)
    why = await _withdrawn(call, record)
    if record.complete or why == "answered":  # here, or on another channel
        return _send(thanks_page(hosted))
    if why is not None:
        return _send(notice_page("closed", hosted.invitation.locale))
    if call.services.clock.now() >= record.expires_at:
        return _send(notice_page("expired", hosted.invitation.locale))
    return _send(question_page(hosted, renderer=_renderer(call)))


@in_words
async def answer_form(call: Call) -> Response:
    """Take the answers of a form and lead to the thank-you, or show the form again with what is wrong."""
    record = await _find(call)
    if record is None:
        call.reject("unknown_invitation")
        return _notice(call, "unknown")
    hosted = await _hosted(call, record)
    given = parse_form(_pairs(call), hosted.invitation.questionnaire)
    questionnaire = await find_questionnaire(call.services, record.ruleset, record.questionnaire)
    command = Respond(record.person, record.id, record.rule, questionnaire, given, complete=True)
    try:
        reply = await call.submit(command)
    except AWAY as error:
        return _later(error, question_page(hosted, renderer=None, given=given, unavailable=True))
    if isinstance(reply, Refused) and reply.code == "invalid_answers":
        return _send(question_page(hosted, renderer=_renderer(call), given=given, problems=reply.problems))
    # Whatever else came of it, looking at the link says it.
    return Response(status_code=303, headers={"location": f"/i/{call.token}", "cache-control": "no-store"})


@in_words
async def ask_opt_out(call: Call) -> Response:
    """Ask whether to opt out."""
    record = await _find(call)
    return _notice(call, "unknown") if record is None else _send(opt_out_page(await _hosted(call, record)))


@in_words
async def opt_out(call: Call) -> Response:
    """Opt the person out of everything, or of the channel alone where the form says so; also by a link that ran out.

    A mail program's one-click unsubscribing (RFC 8058) says nothing of a scope: it means everything.
    """
    record = await _find(call)
    if record is None:
        call.reject("unknown_invitation")
        return _notice(call, "unknown")
    locale = (await _hosted(call, record)).invitation.locale
    channel_only = ("scope", "channel") in _pairs(call)
    taken(await call.submit(OptOut(record.person, (record.channel if channel_only else EVERY_CHANNEL,))))
    return _send(notice_page("opted_out_channel" if channel_only else "opted_out", locale))


def _later(error: Exception, page: Page) -> Response:
    """Send a page that says to try again, and when a program may."""
    wait = TABLE[classify(error).code].retry_after
    return Response(page.body, page.status, {**page.headers, "retry-after": str(wait)})


async def _find(call: Call) -> InvitationRecord | None:
    try:
        return await call.services.lookups.record(call.token)
    except ApiError as error:
        if error.code == "unknown_invitation":
            return None
        raise


async def _hosted(call: Call, record: InvitationRecord) -> HostedInvitation:
    invitation = await view(call.services, record)
    return HostedInvitation(
        invitation=invitation,
        channel=record.channel,
        answers=record.answers,
        rev=record.rev,
        complete=record.complete,
    )


async def _withdrawn(call: Call, record: InvitationRecord) -> Withdrawal | None:
    """Say why a cancelled invitation has nothing to ask any more; None where its message may have arrived."""
    if record.status != "cancelled":
        return None
    services, person = call.services, record.person
    while (state := await services.store.person(person)).alias_of is not None:
        person = state.alias_of
    return withdrawn(record, state.history, services.clock.now() - services.rulesets.active.window)


def _pairs(call: Call) -> list[tuple[str, str]]:
    body = call.raw_body.decode("utf-8", "replace")
    try:
        return parse_qsl(body, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return []  # no browser made this; it is answered like an empty form


def _renderer(call: Call) -> str | None:
    return None if call.services.assets is None else call.services.assets.hash


def _notice(call: Call, notice: Notice) -> Response:
    return _send(notice_page(notice, call.request.headers.get("accept-language", "")))


def _send(page: Page) -> Response:
    return Response(page.body, page.status, dict(page.headers))
