"""The table of everything the gateway answers over HTTP; the OpenAPI description is generated from it."""

from __future__ import annotations

from tactful_gateway.explanation import Explanation
from tactful_gateway.http.endpoints import (
    assets,
    explaining,
    health,
    invitations,
    pages,
    persons,
    reports,
    rulesets,
    touchpoints,
    versions,
)
from tactful_gateway.http.metrics import CONTENT_TYPE
from tactful_gateway.http.middleware.body import MAX_BATCH
from tactful_gateway.http.operation import Operation
from tactful_gateway.http.problems import ProblemCode
from tactful_gateway.http.versions import (
    PublishQuery,
    RollbackCall,
    RulesetCall,
    RulesetReceipt,
    VersionFiles,
    Versions,
    VersionsQuery,
)
from tactful_gateway.http.wire import (
    Alive,
    InvitationQuery,
    InvitationView,
    PreferencesCall,
    Readiness,
    Receipt,
    ReportCall,
    ResponseCall,
    ResponseReceipt,
    SignalCall,
    TouchpointCall,
    TouchpointQuery,
    WidgetConfig,
)
from tactful_rules.model.decision import Decision
from tactful_rules.model.ruleset import GateRuleset

HTML = "text/html"
INVITATION: tuple[ProblemCode, ...] = ("unknown_invitation",)
PUBLISHING: tuple[ProblemCode, ...] = ("folder_served", "version_conflict", "survey_problems")
IF_MATCH = {"If-Match": {"type": "string", "pattern": f"^{versions.EXPECTED}$"}}
CLOSED: tuple[ProblemCode, ...] = ("unknown_invitation", "invitation_closed", "invitation_expired")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        path="/v1/invitations/{token}/response",
        methods=("PUT", "POST"),
        handler=invitations.respond,
        summary="Save answers; 202 once they are on disk. The body is JSON whatever its content type says.",
        body=ResponseCall,
        status=202,
        answer=ResponseReceipt,
        errors=(*CLOSED, "already_completed", "invalid_answers"),
    ),
    Operation(
        path="/v1/touchpoints",
        methods=("POST",),
        handler=touchpoints.decide,
        summary="Event in, decision out. Idempotent by `event_id` for 24 hours.",
        keys=("sk", "pk"),
        body=TouchpointCall,
        answer=Decision,
        errors=("invalid_identity",),
        query=TouchpointQuery,
    ),
    Operation(
        path="/v1/invitations/{token}/events",
        methods=("POST",),
        handler=invitations.signal,
        summary="The invitation was displayed, opened or dismissed.",
        body=SignalCall,
        status=202,
        answer=Receipt,
        errors=CLOSED,
    ),
    Operation(
        path="/v1/invitations/{token}",
        methods=("GET",),
        handler=invitations.show,
        summary="The localised questionnaire and what is answered so far.",
        answer=InvitationView,
        errors=("unknown_invitation", "invitation_expired"),
        query=InvitationQuery,
    ),
    Operation(
        path="/v1/ruleset",
        methods=("GET",),
        handler=rulesets.gate,
        summary="The gate's part of the ruleset in force, with a strong ETag.",
        keys=("sk",),
        answer=GateRuleset,
        not_modified=True,
    ),
    Operation(
        path="/v1/explain",
        methods=("POST",),
        handler=explaining.explain,
        summary="How an event would be decided now, with everything that was looked at. Decides nothing.",
        keys=("ak",),
        body=TouchpointCall,
        answer=Explanation,
    ),
    Operation(
        path="/v1/ruleset",
        methods=("PUT",),
        handler=versions.publish,
        summary="Check a survey folder and put it in force, durably; `dry_run=1` says what would come of it.",
        keys=("ak",),
        body=RulesetCall,
        limit=MAX_BATCH,
        answer=RulesetReceipt,
        errors=PUBLISHING,
        query=PublishQuery,
        headers=IF_MATCH,
    ),
    Operation(
        path="/v1/ruleset/versions",
        methods=("GET",),
        handler=versions.list_versions,
        summary="The versions of the survey folder that went live, newest first.",
        keys=("ak",),
        answer=Versions,
        query=VersionsQuery,
    ),
    Operation(
        path="/v1/ruleset/versions/{number}",
        methods=("GET",),
        handler=versions.show_version,
        summary="One version with its files.",
        keys=("ak",),
        answer=VersionFiles,
        errors=("unknown_version",),
    ),
    Operation(
        path="/v1/ruleset/versions/{number}/rollback",
        methods=("POST",),
        handler=versions.roll_back,
        summary="Publish an earlier version again, as a new one, checked again.",
        keys=("ak",),
        body=RollbackCall,
        answer=RulesetReceipt,
        errors=("unknown_version", *PUBLISHING),
        query=PublishQuery,
        headers=IF_MATCH,
    ),
    Operation(
        path="/v1/reports",
        methods=("POST",),
        handler=reports.count,
        summary="An SDK's aggregated counts. Idempotent by `id`.",
        keys=("sk",),
        body=ReportCall,
        status=202,
        answer=Receipt,
    ),
    Operation(
        path="/v1/persons/{person}/preferences",
        methods=("PUT",),
        handler=persons.prefer,
        summary="Opt a person out of everything, or of channels.",
        keys=("sk",),
        body=PreferencesCall,
        answer=Receipt,
    ),
    Operation(
        path="/v1/widget",
        methods=("GET",),
        handler=rulesets.widget,
        summary="The page triggers that the ruleset declares.",
        keys=("pk",),
        answer=WidgetConfig,
        not_modified=True,
    ),
    Operation(
        path="/i/{token}",
        methods=("GET",),
        handler=pages.show,
        summary="The hosted page. Looking changes nothing.",
        answer=HTML,
    ),
    Operation(
        path="/i/{token}",
        methods=("POST",),
        handler=pages.answer_form,
        summary="The hosted page's form, for browsers without JavaScript.",
        answer=HTML,
        status=303,
    ),
    Operation(
        path="/i/{token}/opt-out",
        methods=("GET",),
        handler=pages.ask_opt_out,
        summary="Asks whether to opt out. Looking changes nothing.",
        answer=HTML,
    ),
    Operation(
        path="/i/{token}/opt-out",
        methods=("POST",),
        handler=pages.opt_out,
        summary="Opt the person out of everything (also List-Unsubscribe one-click, RFC 8058).",
        answer=HTML,
    ),
    Operation(
        path="/widget.js",
        methods=("GET",),
        handler=assets.loader,
        summary="The widget's loader.",
        answer=assets.JAVASCRIPT,
        not_modified=True,
        errors=("not_found",),
    ),
    Operation(
        path="/w/{hash}/renderer.js",
        methods=("GET",),
        handler=assets.renderer,
        summary="The widget's renderer; its address changes with its content.",
        answer=assets.JAVASCRIPT,
        not_modified=True,
        errors=("not_found",),
    ),
    Operation(path="/livez", methods=("GET",), handler=health.live, summary="The process answers.", answer=Alive),
    Operation(
        path="/readyz",
        methods=("GET",),
        handler=health.ready,
        summary="A commit is possible and there is disk; 503 with the same body when not.",
        answer=Readiness,
    ),
    Operation(
        path="/metrics", methods=("GET",), handler=health.metrics, summary="Prometheus metrics.", answer=CONTENT_TYPE
    ),
)
