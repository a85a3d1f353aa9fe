"""A host shows an embedded gateway's invitations: mounted in its own app, or by itself without HTTP."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import quote

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from tactful.transport import Request
from tactful_gateway import embedded
from tactful_gateway.http.credentials.keys import KEY_BYTES, make_key
from tactful_gateway.store.sqlite import SqliteStore

SURVEY = """
touchpoints: {payment: {}}
rules: {any: {at: payment, ask: q}}
questionnaires: {q: {questions: [{id: score, type: nps, text: How likely?}]}}
"""
ANSWERS = {"answers": {"score": 9}, "complete": True, "rev": 1}


def _survey(folder: Path) -> Path:
    (folder / "a.yaml").write_text(SURVEY, "utf-8")
    return folder


async def test_a_browser_answers_at_the_mounted_app(tmp_path: Path) -> None:
    url = "http://testserver/tactful"
    with embedded.open(_survey(tmp_path), db="memory:", public_url=url, timeout=5) as sdk:
        invitation = sdk.touchpoint("payment", person="u").invitation
        assert invitation is not None
        there = httpx.ASGITransport(app=Starlette(routes=[Mount("/tactful", app=sdk.app)]))
        async with httpx.AsyncClient(transport=there, base_url="http://testserver") as browser:
            assert invitation.url.startswith(url)
            assert "How likely?" in (await browser.get(invitation.url)).text
            path = f"/tactful/v1/invitations/{invitation.token}/response"
            assert (await browser.put(path, json=ANSWERS)).json()["complete"] is True
            assert (await browser.get("/tactful/widget.js")).status_code == 200
            assert (await browser.get("/tactful/nowhere")).status_code == 404


def test_a_host_that_shows_the_questions_itself_sends_the_answers_without_http(tmp_path: Path) -> None:
    with embedded.open(_survey(tmp_path), db="memory:", timeout=5) as sdk:
        invitation = sdk.touchpoint("payment", person="u").invitation
        assert invitation is not None
        path = f"/v1/invitations/{invitation.token}/response"
        request = Request("PUT", path, {"content-type": "application/json"}, json.dumps(ANSWERS).encode())
        assert sdk.send(request).status == 202


async def test_a_person_is_exported_and_erased_without_http(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "e.db")
    key, record = make_key("ak", 1, os.urandom(KEY_BYTES + 10))
    await store.save_key(record)
    await store.close()
    with embedded.open(_survey(tmp_path), db=f"sqlite:///{tmp_path / 'e.db'}", timeout=5) as sdk:
        assert sdk.touchpoint("payment", person="u/1 张").ask
        path, headers = f"/v1/persons/{quote('u/1 张', safe='')}", {"authorization": f"Bearer {key}"}
        assert len(json.loads(sdk.send(Request("GET", path, headers, b"")).body)["invitations"]) == 1
        assert json.loads(sdk.send(Request("DELETE", path, headers, b"")).body)["erased"]["invitations"] == 1
