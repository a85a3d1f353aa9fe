"""The holidays of countries and their parts, by the `holidays` package; a year is worked out once and kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache

from holidays import country_holidays, list_supported_countries
from holidays.registry import COUNTRIES

from tactful_rules.source import did_you_mean


@lru_cache(maxsize=1024)
def _named(code: str, year: int) -> dict[date, str]:
    country, _, part = code.partition("-")
    # A neighbouring year may move one of its own here: New Year on a Saturday is observed on the 31st.
    years = range(max(year - 1, date.min.year), min(year + 1, date.max.year) + 1)
    try:
        found = country_holidays(country, part or None, years=years)
    except NotImplementedError as error:
        raise ValueError(f"no calendar has the code {code}") from error
    return {day: name for day, name in found.items() if day.year == year}


def find_holidays(code: str, year: int) -> Collection[date]:
    """Give the public holidays of a code like `CN` or `DE-BY` in a year.

    Raises:
        ValueError: no calendar has this code.
    """
    return _named(code, year)


def name_holiday(code: str, day: date) -> str | None:
    """Give what a calendar calls a day, in the language of the country; None where it is no holiday.

    Raises:
        ValueError: no calendar has this code.
    """
    return _named(code, day.year).get(day)


def check_calendar(code: str) -> tuple[str, str] | None:
    """Say why there is no calendar of that code, and which may have been meant; None where there is one."""
    country, _, part = code.partition("-")
    known = list_supported_countries()
    if country not in known:
        return f"no country has the code `{country}`", _suggest_country(code, tuple(known))
    calendar = country_holidays(country)
    parts = calendar.subdivisions
    if part and part not in parts and part not in known[country]:
        meant = _suggest_part(part, {**{each: each for each in parts}, **calendar.subdivisions_aliases})
        named = ", ".join(f"`{country}-{each}`" for each in parts[:12]) + (", …" if len(parts) > 12 else "")
        hint = f"did you mean `{country}-{meant}`?" if meant else named and f"one of {named}"
        return f"`{country}` has no part with the code `{part}`", hint or f"write `{country}`"
    return None


def _suggest_part(part: str, codes: Mapping[str, str]) -> str | None:
    """Find what was meant by a part's code or name; a code may differ in case alone, since any two are near."""
    lower = {name.lower(): code for name, code in codes.items()}
    said = part.replace("_", " ").lower()
    near = did_you_mean(said, lower) if len(said) > 3 else ""
    return lower.get(said) or (lower[near.split("`")[1]] if near else None)


def _suggest_country(code: str, known: tuple[str, ...]) -> str:
    """Find what was meant by a name of a country, else by a code that is near."""
    country, dash, part = code.partition("-")
    if dash and country.upper() in known:
        return f"did you mean `{country.upper()}-{part}`?"
    said = code.strip().replace(" ", "_").lower()
    near = did_you_mean(said, COUNTRIES) if len(said) > 3 else did_you_mean(code, known)
    name = near.split("`")[1] if near else ""
    return f"did you mean `{COUNTRIES[name][1]}`?" if name in COUNTRIES else near or "write a country like `CN`"
