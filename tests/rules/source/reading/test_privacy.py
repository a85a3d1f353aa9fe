"""However the sections with secrets are written, and whatever is wrong with them, no line of theirs is quoted."""

from __future__ import annotations

import pytest

from tactful_rules.source import load_texts
from tactful_rules.source.reading.privacy import find_private

SECRET = "whsec_TOPSECRET"
PUBLIC = "touchpoints: {payment: {}}\nrules:\n  a: {at: payment, ask: csat}\n"
HOOK = f"{{hook: {{url: 'https://x.example/', secret: {SECRET}}}}}"

WRITTEN = {
    "plain": f"sinks:\n  hook: {{secret: {SECRET}}}\n",
    "double quotes": f'"sinks":\n  hook: {{secret: {SECRET}}}\n',
    "single quotes": f"'sinks':\n  hook: {{secret: {SECRET}}}\n",
    "escapes in quotes": f'"sin\\x6bs":\n  hook: {{secret: {SECRET}}}\n',
    "a complex key": f"? sinks\n: hook: {{secret: {SECRET}}}\n",
    "an anchor": f"&here sinks:\n  hook: {{secret: {SECRET}}}\n",
    "a tag": f"!!str sinks:\n  hook: {{secret: {SECRET}}}\n",
    "a list": f"- sinks: {{hook: {{secret: {SECRET}}}}}\n",
    "no space": f"sinks:{HOOK}\n",
    "a document in braces": f"--- {{sinks: {HOOK}}}\n",
    "a document after its mark": f"---\nsinks: {HOOK}\n",
    "a document in braces over lines": f"--- {{\nrules: {{}},\n  sinks: {HOOK}}}\n",
    "an end and more": f"...\n{{rules: {{}},\n\n sinks: {HOOK}}}\n",
    "behind a section in one line": f"settings: {{locale: en}}, sinks: {HOOK}\n",
    "too deep": f"settings:\n  sinks:\n    hook: {{secret: {SECRET}}}\n",
    "too deep and quoted": f"settings:\n  'sinks':\n    hook: {{secret: {SECRET}}}\n",
    "in other letters": f"Sinks:\n  hook: {{secret: {SECRET}}}\n",
    "owners": f"'owners':\n  team: {{notify: [{SECRET}, {{}}]}}\n",
    "channels": f"? channels\n: sms: {{url: {SECRET}, x: y}}\n",
    "a line break of old": f"rules: {{}}\r'sinks':\r  hook: {{secret: {SECRET}}}\r",
}


@pytest.mark.parametrize("before", ["", PUBLIC, "rules: {}\n# rules:\n\n"])
@pytest.mark.parametrize("broken", ["", "  : [\n", "  x: 'y\n", "settings: {x: 1}\n"])
@pytest.mark.parametrize("way", WRITTEN)
def test_no_way_to_write_a_section_with_secrets_has_them_quoted(way: str, broken: str, before: str) -> None:
    problems = load_texts({"a.yaml": before + WRITTEN[way] + broken}).problems
    assert problems
    for problem in problems:
        assert "TOPSECRET" not in f"{problem} {problem.hint} {problem.source}", problem


def test_braces_around_all_sections_hide_every_line() -> None:
    lines = ["{", "rules: {},", f"  sinks: {HOOK},", "settings: {},", f"  channels: {HOOK}", "}"]
    assert all(find_private(lines))


@pytest.mark.parametrize(
    "section", ["rules:", "'rules':", '"rules" :', "settings: {locale: en}", "rules:\t", "rules: # those of the shop"]
)
def test_a_section_without_secrets_is_quoted_after_one_with_them(section: str) -> None:
    lines = ["sinks:", f"  hook: {HOOK}", "}", section, "  a: {at: x, channels: [web]}", "", "# note", "  b: 1"]
    assert find_private(lines) == (True, True, True, False, False, False, False, False)


def test_a_line_that_is_no_section_hides_what_follows_up_to_the_next_section() -> None:
    assert find_private(["rules:", "  a: 1", "ruels", "  b: 1", "rules:"]) == (False, False, True, True, False)


def test_a_list_of_channels_hides_nothing_and_a_map_of_them_all_that_follows() -> None:
    lines = ["rules:", "  a:", "    channels:", "      # first", "      - web", "  channels:", "    sms: {url: x}"]
    assert find_private(lines) == (False, False, False, False, False, True, True)
