"""The model of the people: chance, drawn by person and event, so that the order of the traffic plays no part."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from tactful_rules.model.ids import MINUTE, Span
from tactful_rules.model.questionnaire import SCALES, Question, Questionnaire
from tactful_rules.questionnaire import visible
from tactful_rules.sampling import bucket

REACTION: Span = MINUTE
"""How long after the display a person answers or dismisses."""

Reaction = Literal["answer", "dismiss", "none"]


class People(Struct, frozen=True):
    """How likely people are to answer and to dismiss (shares, 0 to 1), and the seed of their chance."""

    answer_rate: float = 0.0
    dismiss_rate: float = 0.0
    seed: int = 0

    def react(self, person: str, event_id: str, message: str = "") -> Reaction:
        """Tell what a person does who is asked at this event; `message` tells its fallbacks and reminders apart."""
        if self.answer_rate + self.dismiss_rate == 0:
            return "none"
        chance = bucket(f"simulate/{self.seed}/react", f"{person}\0{event_id}" + (message and f"\0{message}"))
        if chance < self.answer_rate:
            return "answer"
        return "dismiss" if chance < self.answer_rate + self.dismiss_rate else "none"

    def answer(
        self, questionnaire: Questionnaire, params: dict[str, Any], person: str, event_id: str
    ) -> dict[str, Any]:
        """Give answers to every question that this person gets to see; optional texts stay empty."""
        answers: dict[str, Any] = {}
        for question in questionnaire.questions:
            if question.id not in visible(questionnaire, answers, params):
                continue
            chance = bucket(f"simulate/{self.seed}/answer/{question.id}", f"{person}\0{event_id}")
            answer = _choose(question, chance)
            if answer is not None:
                answers[question.id] = answer
        return answers


def _choose(question: Question, chance: float) -> Any:
    if question.type in SCALES:
        low, high = SCALES[question.type]
        return low + int(chance * (high - low + 1))
    if question.type == "text":
        return "simulated"[: question.max_length] if question.required else None
    options = [option.id for option in question.options]
    start = int(chance * len(options))
    if question.type == "single":
        return options[start]
    wanted = max(question.min or 1, 1)
    return (options[start:] + options[:start])[:wanted]
