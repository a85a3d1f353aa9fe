"""Reads a browser's headers into what `touchpoint()` takes: everything in them may be missing, huge or hostile."""

from __future__ import annotations

import re

MAX_HEADER = 2048
"""Characters of a header or path that are looked at; a call with more than 64 KiB would be refused."""
MAX_AGENT = 512
"""The gateway reads no more of a user agent."""
MAX_LANGUAGES = 32

_LANGUAGE = re.compile(
    r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,3})((?:-[A-Za-z0-9]{1,8})*)"
    r"(?:[ \t]*;[ \t]*[qQ]=([01](?:\.[0-9]{0,3})?))?"
)
_LONE = re.compile(r"(?:-[A-Za-z0-9])+\Z")
"""What begins an extension; RFC 4647, section 3.4, cuts that off with what follows it."""
_LOGIN = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*:)?//[^/\\]*@")


def known_from(
    *, url: str | None, path: str | None, referrer: str | None, languages: str | None, agent: str | None
) -> dict[str, object]:
    """Give `locale`, `page` and `device` of a request, without those that it does not tell."""
    page = {"url": trim(url), "path": _text(path), "referrer": trim(referrer)}
    said = {name: text for name, text in page.items() if text}
    locale, device = best_language(languages), _text(agent)
    known: dict[str, object] = {"page": said} if said else {}
    if locale:
        known["locale"] = locale
    if device:
        known["device"] = {"user_agent": device[:MAX_AGENT]}
    return known


def best_language(header: str | None) -> str | None:
    """Give the language that an `Accept-Language` header (RFC 9110, section 12.5.4) wants most, the first of equals.

    Of a longer tag it gives the first four parts: language, script, region and a variant.
    """
    best, weight = None, 0.0
    for part in (header or "")[:MAX_HEADER].split(",")[:MAX_LANGUAGES]:
        found = _LANGUAGE.fullmatch(part.strip())
        if found is None:  # "*" and what is malformed
            continue
        quality = 1.0 if found[3] is None else float(found[3])
        if weight < quality <= 1.0:
            best, weight = _LONE.sub("", found[1]) if found[2] else found[1], quality
    return best


def trim(url: str | None) -> str | None:
    """Give an address without its user name and password, query and fragment: secrets stay in the app."""
    return _LOGIN.sub(r"\1//", re.split("[?#]", _text(url), maxsplit=1)[0]) or None


def _text(text: str | None) -> str:
    """Give a text that JSON can carry, cut to what may be sent."""
    return (text or "")[:MAX_HEADER].encode("utf-8", "replace").decode()
