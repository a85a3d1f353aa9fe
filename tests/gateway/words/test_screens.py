"""Our own words: every language says everything, in the same places."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tactful_gateway.words.screens import WidgetWords, widget_words, words_for

LANGUAGES = ("en", "zh-CN", "zh-TW", "ja", "ko", "es", "fr", "de", "pt-BR", "ar")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_everything_in_words_of_its_own(language: str) -> None:
    used, words = words_for(language)
    assert used == language
    for name in words.__struct_fields__:
        text = getattr(words, name)
        assert text
        assert text.count("{}") == (name in {"choose", "at_least", "at_most", "opt_out_channel"})
        assert language == "en" or text != getattr(words_for("en")[1], name)


@pytest.mark.parametrize(
    ("locale", "language"), [("de-AT", "de"), ("pt", "pt-BR"), ("zh-Hant-TW", "zh-TW"), ("zh", "zh-CN"), ("", "en")]
)
def test_a_locale_without_words_of_its_own_takes_its_languages(locale: str, language: str) -> None:
    assert words_for(locale)[0] == language


def test_the_widgets_english_is_ours() -> None:
    source = (Path(__file__).parents[3] / "widgets" / "src" / "ui" / "words.ts").read_text("utf-8")
    assert dict(re.findall(r'^  (\w+): "(.*)",$', source, re.MULTILINE)) == widget_words("en")
    assert tuple(widget_words("en")) == WidgetWords.__struct_fields__
