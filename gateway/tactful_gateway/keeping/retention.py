"""For how long what is collected stays; by default for ever: nobody wants an answer lost that was not told to go."""

from __future__ import annotations

from msgspec import Struct

from tactful_rules.model.ids import Span


class Retention(Struct, frozen=True):
    """How long responses and journal are kept, None for ever. Dead letters go with the journal."""

    responses: Span | None = None
    journal: Span | None = None
