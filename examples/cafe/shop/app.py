"""The shop's server: it takes orders and money, and asks through the SDK when the guest wants it to.

Either the page or the server calls `touchpoint("payment")`; the guest chooses, to see that both come to the same.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tactful import AsyncTactful

from .live import answers
from .page import PAGE, show_page
from .visit import Shop, guest_of, language_of

AT_MOST_OF_A_DISH = 20


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """What the page sends when the guest pays."""

    lines: dict[str, int]
    asker: str = "page"


def create_app(shop: Shop) -> Starlette:
    """Build the shop's ASGI app."""

    @asynccontextmanager
    async def open_for_business(app: Starlette) -> AsyncIterator[None]:
        app.state.shop = shop
        app.state.menu = json.loads((PAGE / "menu.json").read_text(encoding="utf-8"))
        app.state.words = json.loads((PAGE / "words.json").read_text(encoding="utf-8"))
        # A real shop keeps the default `cache_dir`, so that it knows the rules before its gateway answers.
        async with AsyncTactful(shop.gateway, key=shop.server_key, cache_dir=None) as app.state.tactful:
            yield

    routes = [
        Route("/", show_page),
        Route("/orders", pay, methods=["POST"]),
        Route("/guests", new_guest, methods=["POST"]),
        Route("/answers", answers),
        Mount("/static", StaticFiles(directory=PAGE)),
    ]
    return Starlette(routes=routes, lifespan=open_for_business)


async def pay(request: Request) -> Response:
    """Take an order, count it, and, if the guest chose so, ask from here through the SDK."""
    try:
        order = msgspec.json.decode(await request.body(), type=Order)
        params = {"order": count(request.app.state.menu, order.lines)}
    except (msgspec.DecodeError, ValueError) as error:
        return JSONResponse({"error": str(error)}, status_code=422)
    number = f"QC-{secrets.token_hex(3)}"
    decision = None
    if order.asker == "server":
        # Never raises and never takes longer than its timeout: paying does not depend on the survey.
        decision = await request.app.state.tactful.touchpoint(
            "payment", person=guest_of(request), params=params, locale=language_of(request), event_id=number
        )
    body = {"id": number, **params["order"], "decision": decision}
    return Response(msgspec.json.encode(body), media_type="application/json")


def count(menu: dict[str, Any], lines: dict[str, int]) -> dict[str, Any]:
    """Give an order's kind, amount and number of items, by the menu's prices.

    Raises:
        ValueError: the order is empty, names an unknown dish or an impossible number of one.
    """
    combos = {dish["id"] for dish in menu["combos"]}
    dishes = {dish["id"]: dish for dish in [*menu["combos"], *menu["dishes"]]}
    if not lines or not all(name in dishes and 1 <= n <= AT_MOST_OF_A_DISH for name, n in lines.items()):
        raise ValueError("an order names 1 to 20 of dishes on the menu")
    return {
        "kind": "combo" if combos & lines.keys() else "a-la-carte",
        "amount": sum(dishes[name]["price"] * n for name, n in lines.items()),
        "items": sum(dishes[name]["items"] * n for name, n in lines.items()),
    }


async def new_guest(request: Request) -> Response:
    """Start over as somebody else."""
    response = Response(status_code=204)
    response.delete_cookie("guest")
    return response
