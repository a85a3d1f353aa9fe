"""The hosted page `/i/{token}` as pure functions from an invitation to HTML bytes and headers; nothing here does I/O.

How a route uses it (every function gives a `Page(status, body, headers)` that is sent as it is):

    view = HostedInvitation(invitation=..., answers={...}, rev=3, complete=False)
    GET  /i/{token}          -> question_page(view, renderer="<hash of renderer.js>")
                                thanks_page(view)     complete, or cancelled because it was answered elsewhere
                                notice_page("expired" | "closed" | "unknown" | "unavailable", locale)
    POST /i/{token}          -> given = parse_form(pairs, view.invitation.questionnaire)
                                pairs = urllib.parse.parse_qsl(body, keep_blank_values=True)
                                check_answers(questionnaire, given, params, complete=True), submit, then
                                303 to /i/{token} (it says thank you), or
                                question_page(view, renderer=..., given=given, problems=problems)   status 422
    GET  /i/{token}/opt-out  -> opt_out_page(view)             asks; changes nothing
    POST /i/{token}/opt-out  -> notice_page("opted_out" | "opted_out_channel", locale)

`locale` is `view.invitation.locale`, or the Accept-Language header's text where there is no invitation.
"""

from tactful_gateway.http.hosted.form import parse_form
from tactful_gateway.http.hosted.page import (
    HostedInvitation,
    Notice,
    Page,
    notice_page,
    opt_out_page,
    question_page,
    thanks_page,
)

__all__ = [
    "HostedInvitation",
    "Notice",
    "Page",
    "notice_page",
    "opt_out_page",
    "parse_form",
    "question_page",
    "thanks_page",
]
