"""What a decision looks like where an app prints or logs it: short, and nobody can answer by it."""

from tactful_rules.model.decision import Decision, Invitation

TOKEN = "t" * 43


def test_a_printed_decision_holds_no_token_and_nothing_that_is_not_there() -> None:
    questionnaire = {"id": "csat", "questions": [{"id": "score", "text": "How was paying?"}]}
    invitation = Invitation(
        id="i-1",
        token=TOKEN,
        url=f"https://ask.example/i/{TOKEN}",
        expires_at="2026-03-05T12:00:00.000Z",
        questionnaire=questionnaire,
        words={"send": "Send"},
    )
    decision = Decision(ask=True, reason="asked", touchpoint="payment", event_id="e", invitation=invitation)
    said = repr(decision)
    assert TOKEN not in said
    assert said == f"{decision}"
    assert said.startswith("Decision(ask=True, reason='asked', touchpoint='payment', event_id='e', invitation=Inv")
    assert "url='https://ask.example/i/***'" in said
    assert "questionnaire={'id': 'csat', ...}" in said
    assert repr(Decision(ask=False, reason="no_rule", touchpoint="payment", event_id="e")) == (
        "Decision(ask=False, reason='no_rule', touchpoint='payment', event_id='e')"
    )
