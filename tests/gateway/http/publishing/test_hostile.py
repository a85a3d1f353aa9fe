"""What a publisher may send that is no survey folder: refused in time and in words, and nothing changes."""

from __future__ import annotations

import socket
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tactful_gateway.survey.paths import check_paths
from tactful_rules.source import read_files
from tests.gateway.http.publishing.conftest import RULES, Publisher
from tests.stopwatch import Stopwatch

BOMB = "a: &a [x]\n" + "".join(f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in pairwise("abcdefghi"))


@pytest.fixture
def api(published: Callable[..., Publisher]) -> Iterator[Publisher]:
    """Give a gateway where a version is live, which must still be so in the end."""
    api = published(db="memory:")
    api.publish(rules=RULES)
    yield api
    assert api.get("/readyz").json()["version"] == 1


HOSTILE_PATHS = [
    "/etc/passwd.yaml",
    "../escape.yaml",
    "a/../../escape.yaml",
    "./a.yaml",
    "a//b.yaml",
    "",
    ".yaml",
    ".hidden/a.yaml",
    "a/.git.yaml",
    "C:\\a.yaml",
    "C:a.yaml",
    "a\\..\\b.yaml",
    "a.yaml/",
    "a.yaml\x00.txt",
    "a\x1b[2J.yaml",
    "a\u202e.yaml",
    "\n.yaml",
    " a.yaml",
    "a.txt",
    "yaml",
    "a" * 300 + ".yaml",
    "*.yaml",
    "CON.yaml",
    "nul.rules.yaml",
    "a/Com1 .x/b.yaml",
    "LPT².yml",
    "a./b.yaml",
    "支" * 90 + ".yaml",
    "rules.yaml/b.yaml",
    "Rules.yaml/b.yaml",
    "RULES.yaml",
]


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_a_path_that_leads_out_of_the_folder_or_stands_in_none_is_refused(api: Publisher, path: str) -> None:
    refused = api.put("/v1/ruleset", headers=api.ak, json={"files": {"rules.yaml": RULES + "#", path: "a: 1"}})
    assert refused.status_code == 422
    (problem,) = refused.json()["problems"]
    assert problem["code"] == "bad_path"
    assert problem["path"].isprintable()
    assert len(problem["path"]) < 250


FINE_PATHS = [
    "rules.yaml",
    "a/b/c.yml",
    "问卷/支付.yaml",
    "a b.yaml",
    "a..b.yaml",
    "v1.2/x.yaml",
    "con-a.yaml",
    "com/1.yml",
]


@pytest.mark.parametrize("path", FINE_PATHS)
def test_a_path_that_any_disk_takes_is_taken(path: str) -> None:
    assert check_paths([path]) == ()


@given(st.text(max_size=30).map(lambda text: f"{text}.yaml"))
@example("a/b.yaml")
def test_a_path_that_is_taken_stays_in_its_folder_on_any_disk(path: str) -> None:
    if check_paths([path]):
        return
    parts = path.split("/")
    assert all(part not in ("", ".", "..") and not part.startswith(".") for part in parts)
    assert not set(path) & set("\\:\0\n")


def test_the_two_spellings_of_a_letter_are_one_name() -> None:
    (problem,) = check_paths(["caf\u00e9/a.yaml", "cafe\u0301/A.yaml"])
    assert problem.message == r"the path is the same as cafe\u0301/A.yaml on many disks"


@given(st.lists(st.text("aAéE\u0301/.", max_size=6).map(lambda text: f"{text}a.yaml"), unique=True))
@example(["a.yaml", "a.yaml/a.yaml"])
@example(["a.yaml/a.yaml", "a.yaml/b/a.yaml", "A.yaml/a.yaml/a.yaml"])
def test_what_is_taken_is_written_to_a_disk_and_read_back(paths: list[str]) -> None:
    files = {path: f"# {number}" for number, path in enumerate(paths)}
    if not files or check_paths(files):
        return
    assert len({path.casefold() for path in files}) == len(files)
    with TemporaryDirectory() as folder:
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text)
        assert read_files(Path(folder)) == (files, ())


def test_no_files_and_too_many_are_refused_at_once(api: Publisher) -> None:
    assert api.put("/v1/ruleset", headers=api.ak, json={"files": {}}).json()["problems"][0]["code"] == "empty_folder"
    many = {f"{number}.yaml": "" for number in range(2_001)}
    with Stopwatch() as took:
        refused = api.put("/v1/ruleset", headers=api.ak, json={"files": many})
    assert [it["code"] for it in refused.json()["problems"]] == ["too_many_files"]
    assert took.seconds < 2


def test_files_that_say_nothing_are_refused(api: Publisher) -> None:
    refused = api.put("/v1/ruleset", headers=api.ak, json={"files": {"a.yaml": "# nothing\n", "b.yaml": ""}})
    assert [it["code"] for it in refused.json()["problems"]] == ["empty_folder"]


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "[" * 100_000,
        "a: " + "{b: " * 5_000,
        "- " * 50_000,
        "\x00",
        "a: !!python/object/apply:os.system ['true']",
        "\ud7ff\ufffe",
        "a: 1\na: 2\n",
        "rules: " + "9" * 10_000,
    ],
    ids=["bomb", "brackets", "braces", "dashes", "nul", "tag", "odd", "twice", "digits"],
)
def test_a_text_that_is_no_yaml_of_ours_is_refused_within_seconds(api: Publisher, text: str) -> None:
    with Stopwatch() as took:
        refused = api.put("/v1/ruleset", headers=api.ak, json={"files": {"a.yaml": text}})
    assert refused.status_code == 422
    assert refused.json()["problems"]
    assert took.seconds < 5


def test_a_body_over_a_mebibyte_is_refused_and_one_just_below_is_read(api: Publisher) -> None:
    frame = '{"files":{"a.yaml":"%s","rules.yaml":"%s"}}'
    room = 2**20 - len(frame % ("", ""))
    content = frame % ("#" * (room // 2), "#" * (room - room // 2))
    assert len(content) == 2**20
    assert api.put("/v1/ruleset", headers=api.ak, content=content).json()["code"] == "survey_problems"
    refused = api.put("/v1/ruleset", headers=api.ak, content=content + " ")
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
    assert "1048576" in refused.json()["detail"]
    assert api.post("/v1/touchpoints", headers=api.sk, content=" " * 65_537).status_code == 413


@pytest.mark.parametrize("key", ["", "authorization: Bearer ak_made-up\r\n"])
def test_a_stranger_may_hold_no_more_here_than_anywhere(api: Publisher, key: str) -> None:
    host, _, port = api.gateway.url.removeprefix("http://").partition(":")
    head = f"PUT /v1/ruleset HTTP/1.1\r\nhost: x\r\n{key}content-length: {2**20}\r\n\r\n".encode()
    tracemalloc.start()
    with ExitStack() as stack:
        strangers = [stack.enter_context(socket.create_connection((host, int(port)), 5)) for _ in range(30)]
        for stranger in strangers:
            stranger.sendall(head + b" " * (2**20 - 1))
        held = tracemalloc.get_traced_memory()[0]
        for stranger in strangers:
            stranger.sendall(b" ")
            assert b" 401 " in stranger.recv(65_536).splitlines()[0]
    tracemalloc.stop()
    assert held < 30 * 2**18


def test_who_may_not_publish_is_told_so_however_much_he_sends(api: Publisher) -> None:
    for headers, status in (({}, 401), (api.sk, 403), (api.pk, 403)):
        assert api.put("/v1/ruleset", headers=headers, content=b" " * 2**21).status_code == status
    post = httpx.post(f"{api.gateway.url}/v1/ruleset", headers=api.ak, content=b" " * 2**20)
    assert post.status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"files": []},
        {"files": {"a.yaml": 1}},
        {"files": {"a.yaml": None}},
        {"files": {}, "mesage": ""},
        {"files": {}, "message": "x" * 501},
        {"files": {"a.yaml": RULES}, "dry_run": True},
    ],
)
def test_a_body_of_another_shape_is_refused_with_its_place(api: Publisher, body: Any) -> None:
    refused = api.put("/v1/ruleset", headers=api.ak, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert refused.json()["problems"]


def test_no_json_and_half_a_character_are_refused(api: Publisher) -> None:
    for content in (b"", b"{", b'{"files": {"a.yaml": "\\ud800"}}', b'{"files": {"\\udc00": ""}}', b"\xff"):
        assert api.put("/v1/ruleset", headers=api.ak, content=content).json()["code"] == "bad_json"


@pytest.mark.parametrize("query", ["dry_run=yes", "dry_run=true", "dry_run="])
def test_a_dry_run_that_is_misspelt_publishes_nothing(api: Publisher, query: str) -> None:
    refused = api.put(f"/v1/ruleset?{query}", headers=api.ak, json={"files": {"a.yaml": RULES}})
    assert (refused.status_code, refused.json()["problems"][0]["path"]) == (422, "dry_run")


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=-1", "limit=x", "before=x", "before=9" + "9" * 19])
def test_a_page_that_makes_no_sense_is_refused(api: Publisher, query: str) -> None:
    assert api.get(f"/v1/ruleset/versions?{query}", headers=api.ak).status_code == 422


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "1.0", "01", "99999999999999999999", "%31%00"])
def test_a_version_that_is_none_is_not_found(api: Publisher, number: str) -> None:
    assert api.get(f"/v1/ruleset/versions/{number}", headers=api.ak).status_code == 404
    assert api.post(f"/v1/ruleset/versions/{number}/rollback", headers=api.ak).status_code == 404
