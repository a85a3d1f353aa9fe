"""From bytes to feedback that the ledger can take in, and to the hashes that it is known again by.

What was sent is hashed rather than what is kept of it, so that the same again is a duplicate under other rules, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import asdict

from tactful_gateway.http.feedback.wire import MAX_ITEMS, FeedbackCall
from tactful_gateway.http.middleware.body import MAX_BODY
from tactful_gateway.http.problems import ApiError
from tactful_gateway.http.reading.body import read_json
from tactful_gateway.http.reading.event import MAX_KEY, check_key
from tactful_gateway.http.reading.instant import read_instant
from tactful_gateway.http.reading.params import schema_check
from tactful_gateway.ledger.commands import Feedback, Problem
from tactful_rules.model.ids import MINUTE, Instant, Span
from tactful_rules.model.questionnaire import SCALES
from tactful_rules.model.ruleset import Ruleset
from tactful_rules.model.touchpoint import Touchpoint
from tactful_rules.params import read_params, read_traits

SKEW: Span = 5 * MINUTE
"""How far ahead a sender's clock may be."""
DIGEST = 16
"""Bytes of a hash."""
NEAR = 5
"""Bytes of a key that feedback with neighbouring ids shares."""
VARYING = 3
"""Characters at the end of neighbouring ids that differ: a thousand numbers."""
_UNDECLARED = Touchpoint(id="")
_KEYS = ("source", "id", "event_id", "channel", "locale", "questionnaire")
_keys = attrgetter(*_KEYS)
_SAME = frozenset((str, int, bool))
"""Kinds of values that are equal only to themselves."""
_PARTS = msgspec.json.Decoder(dict[str, Raw])
_ITEMS = msgspec.json.Decoder(list[Raw])
Read: TypeAlias = tuple[Feedback, tuple[str, ...]]
"""Feedback, and the names of its params that break their schemas."""
Checked: TypeAlias = tuple[FeedbackCall, str, dict[str, Any], Instant]
"""What was sent, of whom, with which traits, and when it was given."""
T = TypeVar("T")
Made = TypeVar("Made")
_encode = msgspec.json.Encoder(order="deterministic").encode


def split_batch(body: bytes) -> list[bytes] | None:
    """Give the items of a batch, each still as it came; None for a body that is one feedback, or nothing of the kind.

    Raises:
        ApiError: `bad_json`, `too_deep`, or `invalid_request` for a batch that is none.
    """
    try:
        parts = _decode(_PARTS, body, default={})
        if "items" not in parts:
            return None
        items = _decode(_ITEMS, parts["items"], default=[])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError("bad_json", detail=str(error)) from None
    except RecursionError:
        raise ApiError("too_deep") from None
    problems = [Problem(key, "unknown_key", "Beside `items` nothing stands.") for key in parts if key != "items"]
    if not 1 <= len(items) <= MAX_ITEMS:
        problems.append(Problem("items", "wrong_type", f"A list of 1 to {MAX_ITEMS} feedbacks."))
    if problems:
        raise ApiError("invalid_request", problems)
    return [bytes(item) for item in items]


def _decode(decoder: msgspec.json.Decoder[T], body: bytes | Raw, *, default: T) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:  # it is JSON, but something else
        return default


def read_all(
    bodies: Sequence[bytes], ruleset: Ruleset, now: Instant, *, dry_run: bool
) -> tuple[dict[int, Read], dict[int, Exception]]:
    """Read many; give those that are feedback by their place, and by theirs what is wrong with the others.

    Each step is taken with all of them before the next one is: the code of all steps is more than a core's nearest
    cache holds, and one feedback after the other would take a fifth longer.
    """
    failed: dict[int, Exception] = {}
    calls = _each(_read_call, dict(enumerate(bodies)), failed)
    checked = _each(lambda call: _check(call, now), calls, failed)
    hashed = _each(_hash_call, checked, failed)
    return _each(lambda it: _build(it, ruleset, dry_run=dry_run), hashed, failed), failed


def _each(step: Callable[[T], Made], things: Mapping[int, T], failed: dict[int, Exception]) -> dict[int, Made]:
    made: dict[int, Made] = {}
    for place, thing in things.items():
        try:
            made[place] = step(thing)
        except Exception as error:  # noqa: BLE001 - it is what came of this one
            failed[place] = error
    return made


def _read_call(body: bytes) -> FeedbackCall:
    if len(body) > MAX_BODY:
        raise ApiError("body_too_large", detail=f"One has {MAX_BODY} bytes at most, this has {len(body)}.")
    return read_json(body, FeedbackCall)


def _check(call: FeedbackCall, now: Instant) -> Checked:
    person, traits = _person(call)
    _check_keys(call)
    at = read_instant("at", call.at)
    _check_ranges(call, at, now)
    return call, person, traits, at


def _hash_call(checked: Checked) -> tuple[Checked, bytes, bytes]:
    call, at = checked[0], checked[-1]
    return checked, _key(call.source, call.id), _digest(call, at)


def _build(hashed: tuple[Checked, bytes, bytes], ruleset: Ruleset, *, dry_run: bool) -> Read:
    (call, person, traits, at), key, digest = hashed
    params, rejected = read_params(ruleset.touchpoints.get(call.touchpoint, _UNDECLARED), call.params, schema_check)
    return Feedback(
        key=key,
        digest=digest,
        source=call.source,
        external_id=call.id,
        touchpoint=call.touchpoint,
        person=person,
        at=at,
        answers=call.answers,
        questionnaire=call.questionnaire,
        scores=call.scores,  # type: ignore[arg-type]  # each of the literals is a str
        event_id=call.event_id,
        channel=call.channel,
        locale=call.locale,
        params=params,
        traits=traits,
        dry_run=dry_run,
    ), rejected


def _person(call: FeedbackCall) -> tuple[str, dict[str, Any]]:
    person, data = (call.person, {}) if isinstance(call.person, str) else (call.person.get("id"), call.person)
    if not isinstance(person, str):
        message = "Say who it is: `person` is an id, or an object with an `id`."
        raise ApiError("invalid_request", [Problem("person", "missing", message)])
    check_key("person", person)
    return person, read_traits(data)


def _check_keys(call: FeedbackCall) -> None:
    given = [text for text in _keys(call) if text is not None]
    together = "".join(given)
    if all(given) and len(together) <= MAX_KEY and together.isprintable():
        return  # nearly always: what holds of all of them as one holds of each
    for path, text in zip(_KEYS, _keys(call), strict=True):
        if text is not None:
            check_key(path, text)


def _check_ranges(call: FeedbackCall, at: Instant, now: Instant) -> None:
    problems = []
    if not 0 <= at <= now + SKEW:
        message = "It lies in the future." if at > now else "Nobody was asked before 1970."
        problems.append(Problem("at", "out_of_range", message))
    for kind, score in call.scores.items():
        low, high = SCALES[kind]
        if not low <= score <= high:
            problems.append(Problem(f"scores.{kind}", "out_of_range", f"{low} to {high}."))
    if problems:
        raise ApiError("invalid_request", problems)


class _Content(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What of feedback is hashed, its fields in the order of their names: that in which a sorted map is written."""

    answers: dict[str, Any]
    at: Instant
    channel: str | None = None
    event_id: str | None = None
    locale: str | None = None
    params: dict[str, Any]
    person: str | dict[str, Any]
    questionnaire: str | None = None
    scores: dict[Any, Any]
    touchpoint: str


def _digest(call: FeedbackCall, at: Instant) -> bytes:
    """Hash what was sent, given at `at`: equal for equal content, however that is written."""
    content = _Content(
        answers=call.answers,
        at=at,
        channel=call.channel,
        event_id=call.event_id,
        locale=call.locale,
        params=call.params,
        person=call.person,
        questionnaire=call.questionnaire,
        scores=_plain(call.scores) if call.scores else call.scores,
        touchpoint=call.touchpoint,
    )
    written = _encode(content)
    # Nothing else may be written in more than one way. `in` would take twice as long: it tries bytes as a number first.
    if written.rfind(b".0") >= 0 or written.rfind(b"null") >= 0:
        written = _encode(_plain(asdict(content)))
    return _hash(written)


def _key(source: str, id_: str) -> bytes:
    """Hash whose feedback it is, so that ids which differ at their end alone come to stand near each other.

    Most senders number what they send, and send it in that order. With a key that is random as a whole each of them
    would be written to another page of the table.
    """
    return _near(source, id_[:-VARYING]) + _hash(_encode([source, id_]))[: DIGEST - NEAR]


@lru_cache(maxsize=1024)  # those of one batch mostly begin alike
def _near(source: str, beginning: str) -> bytes:
    return _hash(_encode([source, beginning]))[:NEAR]


def _hash(written: bytes) -> bytes:
    return blake2b(written, digest_size=DIGEST).digest()


def _plain(value: Any) -> Any:
    """Give what is equal for equal content: 1 and 1.0 are, and so are null and nothing."""
    kind = type(value)
    if kind is dict:
        return {key: it if type(it) in _SAME else _plain(it) for key, it in value.items() if it is not None}
    if kind is list or kind is tuple:
        return [it if type(it) in _SAME else _plain(it) for it in value]
    return int(value) if kind is float and value.is_integer() and abs(value) < 2**53 else value
