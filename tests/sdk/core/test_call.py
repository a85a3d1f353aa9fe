"""Reading a call: what makes no event is named by its place and its type, never by its value."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from tactful import InvalidCallError
from tactful.core.event.call import read_call

SECRET = "a value that nobody may read in a log"


class Order:
    """Something that has no form in JSON."""

    def __repr__(self) -> str:
        return SECRET


itself: dict[str, Any] = {}
itself["deeper"] = [itself]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"params": {"order": {"lines": [1, Order()]}}}, "params.order.lines[1]: objects of type Order have no form"),
        ({"params": {"shop": MappingProxyType({"order": Order()})}}, "params.shop.order: objects of type Order have"),
        ({"params": {"city": f"{SECRET} \ud800"}}, "params.city: a text holds characters that are not Unicode"),
        ({"params": {"order": {(1, SECRET): 2}}}, "params.order: "),
        ({"params": {"order": {SECRET * 2: {"kind": Order()}}}}, "params.order.*.kind: "),
        ({"params": [SECRET]}, "params: Expected `object`, got `array`"),
        ({"params": {"lines": [1] * 5_000 + [Order()]}}, "params.lines: objects of type Order"),  # far back
        ({"params": itself}, "params: it lies too deep, or contains itself"),
        ({"person": {"id": "u-1", "visits": {Order()}}}, "person.visits: objects of type Order have no form in JSON"),
        ({"person": 42}, "person: an id is a text, and this is a number: write str(...)"),
        ({"person": {"id": 42}}, "person.id: an id is a text, and this is a number: write str(...)"),
        ({"reach": {"web": True, "sms": 8613800000000}}, "reach.sms: Expected `bool | str`, got `int`"),
        ({"reach": {"sms": SECRET * 20}}, "reach.sms: Expected `str` of length <= 512"),
        ({"page": {"url": 3}}, "page.url: Expected `str | null`, got `int`"),
        ({"timezone": 8}, "timezone: Expected `str | null`, got `int`"),
        ({"touchpoint": "pay" * 30}, "touchpoint: Expected `str` of length <= 64"),
    ],
)
def test_what_makes_no_event_is_named_by_its_place(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidCallError) as caught:
        read_call({"touchpoint": "payment", "person": "u-1", "event_id": "e", **arguments})
    assert str(caught.value).startswith(said)
    assert SECRET not in str(caught.value)
