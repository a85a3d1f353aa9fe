"""How two survey folders differ, by id."""

from __future__ import annotations

import pytest

from tactful_gateway.publishing.differences import Differences, Part, compare
from tactful_gateway.survey import read_texts
from tactful_rules.model.folder import SurveyFolder

BASE = """
settings: {locale: en}
touchpoints: {payment: {}, menu: {}}
rules:
  first: {at: payment, ask: csat}
  second: {at: menu, ask: csat}
questionnaires: {csat: {questions: [{id: score, type: csat, text: How?}]}}
sinks: {out: {kind: jsonl, path: "${PLACE}"}}
channels: {web: {kind: widget}, app: {kind: app}}
do_not_disturb: {pauses: [{after: asked, for: 7d}]}
tests: [{name: paying, at: payment, expect: {ask: true}}]
"""


def folder(text: str) -> SurveyFolder:
    loaded = read_texts({"a.yaml": text})
    assert loaded.folder is not None, loaded.problems
    return loaded.folder


def difference(*replacements: tuple[str, str]) -> Differences:
    text = BASE
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return compare(folder(BASE), folder(text))


def test_a_comment_and_another_layout_change_nothing() -> None:
    assert difference(("settings:", "# new\nsettings:"), ("{locale: en}", "\n  locale: en")) == Differences()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  second: {at: menu, ask: csat}\n", "", Differences(rules=Part(removed=("second",)))),
        (
            "first: {at: payment,",
            "first: {at: menu,",
            Differences(rules=Part(changed=("first",), keys={"first": ("at",)})),
        ),
        ("menu: {}}", "menu: {}, exit: {}}", Differences(touchpoints=Part(added=("exit",)))),
        ("text: How?", "text: And?", Differences(questionnaires=Part(changed=("csat",)))),
        ("${PLACE}", "${OTHER}", Differences(sinks=Part(changed=("out",)))),
        (", app: {kind: app}", "", Differences(channels=Part(removed=("app",)))),
        ("locale: en", "locale: fr", Differences(also=("settings",))),
        ("name: paying", "name: buying", Differences(also=("tests",))),
        (
            "for: 7d",
            "for: 14d",
            Differences(
                do_not_disturb=Part(
                    added=("After an ask, ask nothing for 14 days.",),
                    removed=("After an ask, ask nothing for 7 days.",),
                )
            ),
        ),
    ],
)
def test_each_section_says_what_was_added_removed_and_changed(old: str, new: str, expected: Differences) -> None:
    assert difference((old, new)) == expected


def test_rules_tried_in_another_order_are_said_and_so_are_channels() -> None:
    first, second = "  first: {at: payment, ask: csat}\n", "  second: {at: menu, ask: csat}\n"
    assert difference((first + second, second + first)) == Differences(rules=Part(reordered=True))
    swapped = difference(("web: {kind: widget}, app: {kind: app}", "app: {kind: app}, web: {kind: widget}"))
    assert swapped == Differences(channels=Part(reordered=True))


def test_everything_is_new_to_an_empty_folder() -> None:
    nothing = read_texts({}).folder
    assert nothing is not None
    found = compare(nothing, folder(BASE))
    assert found.rules == Part(added=("first", "second"))
    assert found.sinks == Part(added=("out",))
    assert found.channels == Part(added=("app",))
