"""Settings of a running gateway, from options and `TACTFUL_*` variables; a secret never has a default."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta, Struct, convert
from msgspec.structs import fields, replace

from tactful.identity import MIN_SECRET
from tactful_gateway.keeping.retention import Retention
from tactful_rules.model.ids import DAY, MINUTE, SECOND, Span
from tactful_rules.source.reading.times import parse_span

PREFIX = "TACTFUL_"
SQLITE = "sqlite:///"
MEMORY = "memory:"
POSTGRES = ("postgresql://", "postgres://")
_SHOWN_OPTIONS = frozenset(("user", "host", "port", "dbname", "sslmode"))
NO_KEYS_IN_MEMORY = (
    "keys can't be made for memory:, which ends with its gateway: use --db sqlite:///PATH or postgresql://..., "
    "or the embedded mode, which needs none"
)
EXPECTED = {
    "port": "a whole number from 0 to 65535, in digits only",
    "body_timeout": "a whole number of milliseconds, in digits only",
    "db_wait": "a whole number of milliseconds, in digits only",
    "watch": "true or false",
    "refresh": "a whole number of seconds from 1 to 3600, in digits only",
}
"""What those settings are that are no text, for messages."""
MAKE_HEX = "python3 -c 'import secrets; print(secrets.token_hex(32))'"
MAKE_ONE = "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"


class SettingsError(Exception):
    """A setting has a value that can't be used."""


class GatewaySettings(Struct, frozen=True, kw_only=True):
    """What one gateway process is told: each field is also the variable `TACTFUL_<FIELD>`.

    `db` is `sqlite:///relative.db`, `sqlite:////absolute.db`, `postgresql://...` or `memory:`. `secret` is what signs
    invitations, in hexadecimal; without it one is made and kept with the database. `identity_secrets` is a list
    separated by commas: tokens signed with any of them are believed, so a new one is put in front while the old one
    runs out. `keep_responses` and `keep_journal` are durations such as `400d`; what is older goes, and nothing goes
    where they are empty.
    """

    db: str = "sqlite:///tactful.db"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    public_url: str = ""
    log_level: str = "info"
    identity_secrets: str = ""
    secret: str = ""
    body_timeout: Span = 10 * SECOND
    db_wait: Span = MINUTE
    watch: bool = True
    refresh: Annotated[int, Meta(ge=1, le=3600)] = 15
    keep_responses: str = ""
    keep_journal: str = ""

    def database(self) -> Path | None:
        """Give the SQLite file's path, or None where there is none.

        Raises:
            SettingsError: `db` names no store.
        """
        if self.db == MEMORY or self.on_postgres:
            return None
        if not self.db.startswith(SQLITE) or len(self.db) == len(SQLITE):
            raise SettingsError(f"--db must be sqlite:///PATH, postgresql://... or memory:, not {self.db!r}")
        return Path(self.db.removeprefix(SQLITE)).expanduser()

    @property
    def on_postgres(self) -> bool:
        """Tell whether `db` is PostgreSQL's."""
        return self.db.startswith(POSTGRES)

    @property
    def shown_db(self) -> str:
        """`db` as it may be shown, and put into a command: without password, and with the options that say where."""
        if not self.on_postgres:
            return self.db
        scheme, _, rest = self.db.partition("://")
        address, _, options = rest.partition("?")
        if "@" in options:  # then what stands before may be a part of the password
            return f"{scheme}://***"
        login, _, place = address.rpartition("@")
        user = login.partition(":")[0]
        shown = f"{scheme}://{user}@{place}" if user else f"{scheme}://{place}"
        where = "&".join(option for option in options.split("&") if option.partition("=")[0] in _SHOWN_OPTIONS)
        return f"{shown}?{where}" if where else shown

    def token_secret(self) -> bytes | None:
        """Give the secret that signs invitations, None where none was given.

        Raises:
            SettingsError: it is too short or no hexadecimal; the message never quotes it.
        """
        try:
            secret = bytes.fromhex(self.secret)
        except ValueError:
            secret = b"?"
        if secret and len(secret) < MIN_SECRET:
            raise SettingsError(f"{PREFIX}SECRET must be at least 64 hexadecimal digits; make them with: {MAKE_HEX}")
        return secret or None

    def retention(self) -> Retention:
        """Give how long responses and journal are kept.

        Raises:
            SettingsError: that is no duration, or shorter than a day.
        """
        return Retention(
            responses=_read_span("KEEP_RESPONSES", self.keep_responses),
            journal=_read_span("KEEP_JOURNAL", self.keep_journal),
        )

    def address(self) -> str:
        """Give the public URL without a slash at its end, "" where there is none.

        Raises:
            SettingsError: links made of it would lead nowhere.
        """
        try:
            parts = urlsplit(self.public_url)
            sound = parts.scheme in {"http", "https"} and parts.hostname and not (parts.query or parts.fragment)
        except ValueError:  # half of an IPv6 address
            sound = False
        if self.public_url and not sound:
            raise SettingsError(
                f"public_url is how browsers reach the gateway, such as https://survey.example.com, "
                f"and not {self.public_url!r}"
            )
        return self.public_url.rstrip("/")

    def reachable_at(self, host: str, port: int) -> GatewaySettings:
        """Give these settings with the public URL filled in, where none was given, from the socket's address."""
        name = f"[{host}]" if ":" in host else host
        return self if self.public_url else replace(self, public_url=f"http://{name}:{port}")

    def secrets(self) -> tuple[str, ...]:
        """Give the identity secrets, newest first.

        Raises:
            SettingsError: one is too short; the message says how to make one, and never quotes it.
        """
        secrets = tuple(secret for part in self.identity_secrets.split(",") if (secret := part.strip()))
        if any(len(secret.encode()) < MIN_SECRET for secret in secrets):
            raise SettingsError(
                f"{PREFIX}IDENTITY_SECRETS: each secret needs at least {MIN_SECRET} bytes; make one with: {MAKE_ONE}"
            )
        return secrets


def _read_span(name: str, text: str) -> Span | None:
    span = parse_span(text.strip()) if text else None
    if text and (span is None or span < DAY):
        either = f"--{name.lower().replace('_', '-')} or {PREFIX}{name}"
        raise SettingsError(f"{either} must be a duration of at least a day, such as 400d, not {text!r}")
    return span


def _convert(value: object, kind: Any) -> Any:
    # Else `8e3` would be a port, and 8000: nobody means that.
    if isinstance(value, str) and kind not in (str, bool) and not (value.isascii() and value.isdigit()):
        raise ValueError
    return convert(value, kind, strict=False)


def read_settings(environ: Mapping[str, str], **given: Any) -> GatewaySettings:
    """Build settings: a given option wins over its variable, which wins over the default; None counts as not given.

    Raises:
        SettingsError: a value can't be used; the message names the setting, not the value.
    """
    values: dict[str, Any] = {}
    for field in fields(GatewaySettings):
        value = given.get(field.name)
        if value is None:
            value = environ.get(PREFIX + field.name.upper()) or None
        if value is None:
            continue
        try:
            values[field.name] = _convert(value, field.type)
        except ValueError as error:
            raise SettingsError(f"{PREFIX}{field.name.upper()} must be {EXPECTED[field.name]}") from error
    settings = GatewaySettings(**values)
    settings.secrets()
    settings.token_secret()
    settings.retention()
    return settings
