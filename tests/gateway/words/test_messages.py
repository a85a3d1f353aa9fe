"""What messages say: in every language that the hosted page speaks, all of it."""

from __future__ import annotations

import pytest

from tactful_gateway.words.messages import message_words
from tests.gateway.words.test_screens import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_everything_in_words_of_its_own(language: str) -> None:
    used, words = message_words(language)
    assert used == language
    said = [getattr(words, name) for name in words.__struct_fields__]
    assert all(text.strip() == text and text for text in said)
    assert words.reminder.count("{}") == 1
    assert sum(text.count("{") for text in said) == 1
    if language != "en":
        assert not set(said) & {getattr(message_words("en")[1], name) for name in words.__struct_fields__}


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert message_words("tlh")[0] == "en"
    assert message_words("de-AT")[0] == "de"
