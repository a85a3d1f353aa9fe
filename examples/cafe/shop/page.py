"""The shop's page: filled in the guest's language, under a policy that allows nothing but the shop and its gateway."""

from __future__ import annotations

import json
import re
import time
from html import escape
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tactful import sign_person

from .visit import Shop, guest_of, language_of

PAGE = Path(__file__).parent / "page"
DAY_SECONDS = 24 * 60 * 60


async def show_page(request: Request) -> Response:
    """Show the shop in the guest's language, with a token that tells the widget who the guest is."""
    shop: Shop = request.app.state.shop
    guest, language = guest_of(request), language_of(request)
    response = HTMLResponse(fill_page(shop, request.app.state.menu, request.app.state.words[language], guest, language))
    response.set_cookie("guest", guest, max_age=30 * DAY_SECONDS, httponly=True, samesite="lax")
    response.set_cookie("language", language, max_age=30 * DAY_SECONDS, httponly=True, samesite="lax")
    response.headers["content-security-policy"] = policy(shop.gateway)
    response.headers["cache-control"] = "no-store"
    return response


def policy(gateway: str) -> str:
    """Give the page's Content-Security-Policy: all that the widget needs of it is the gateway, twice."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {gateway}",
            f"connect-src 'self' {gateway}",
            "style-src 'self'",
            "img-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def fill_page(shop: Shop, menu: dict[str, Any], words: dict[str, str], guest: str, language: str) -> str:
    """Fill `index.html`: `{{say KEY}}` from the words, `{{NAME}}` from what only this visit knows."""
    name = menu["guests"][language][int(guest[-4:], 16) % len(menu["guests"][language])]
    local = {
        part: [dish | {"name": dish["name"][language], "about": dish["about"][language]} for dish in menu[part]]
        for part in ("combos", "dishes")
    }
    data = json.dumps({"lang": language, "guest": guest, "words": words, "menu": local}, ensure_ascii=False)
    values = {
        "lang": language,
        "gateway": shop.gateway,
        "key": shop.page_key,
        "person_token": sign_person(shop.identity_secret, guest, int(time.time()) + DAY_SECONDS),
        "guest": name,
        "initial": name[0],
        "answers_file": shop.answers.name,
        "sprite": (PAGE / "dishes.svg").read_text(encoding="utf-8"),
        "shop": data.replace("<", "\\u003c"),
    }
    raw = {"sprite", "shop"}

    def value(match: re.Match[str]) -> str:
        key = match[2]
        if match[1]:
            return escape(words[key])
        return values[key] if key in raw else escape(values[key])

    return re.sub(r"\{\{(say )?([\w.]+)\}\}", value, (PAGE / "index.html").read_text(encoding="utf-8"))
