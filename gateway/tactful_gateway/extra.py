"""The door of the `tactful` command: without the extra `[gateway]`, it says what to install instead of a traceback.

The script is installed with the SDK too, so nothing that the extra brings may be imported here.
"""

from __future__ import annotations

import sys
from importlib import import_module

OURS = "tactful"
"""How the names of all our packages begin."""


def needs_extra(what: str, error: ModuleNotFoundError) -> ImportError:
    """Give what to say where a module of the extra is missing; a missing module of our own is another mistake."""
    if error.name is None or error.name.startswith(OURS):
        return error
    return ImportError(f'{what} needs `pip install "tactful[gateway]"`: there is no module {error.name}')


def run() -> None:
    """Run the command line."""
    try:
        import_module("tactful_gateway.cli.main").run()
    except ModuleNotFoundError as error:
        said = needs_extra("the command line", error)
        if said is error:
            raise
        sys.exit(f"tactful: {said}")
