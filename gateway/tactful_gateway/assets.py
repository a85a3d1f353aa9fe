"""The built widget's files; an installed wheel has them inside the package, a checkout in `widgets/dist`."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from msgspec import Struct

HASH_MARK = b"__RENDERER_HASH__"
HASH_LENGTH = 16
_HERE = Path(__file__).resolve().parent
_PLACES = (_HERE / "_widget", _HERE.parents[1] / "widgets" / "dist")


class Assets(Struct, frozen=True):
    """The loader with the renderer's hash written into it, the renderer, and the hash under which it is served."""

    loader: bytes
    renderer: bytes
    hash: str

    @property
    def renderer_path(self) -> str:
        """Where the renderer is served, relative to the public URL."""
        return f"/w/{self.hash}/renderer.js"


def read_assets(places: tuple[Path, ...] = _PLACES) -> Assets | None:
    """Read the widget from the first place that has it; None if it was never built."""
    for place in places:
        loader, renderer = place / "loader.js", place / "renderer.js"
        if loader.is_file() and renderer.is_file():
            body = renderer.read_bytes()
            digest = sha256(body).hexdigest()[:HASH_LENGTH]
            return Assets(loader.read_bytes().replace(HASH_MARK, digest.encode()), body, digest)
    return None
