"""The Quiet Cup's web shop: a page with the widget, a server with the SDK, a panel that follows the answers' file."""

from .app import create_app
from .visit import Shop

__all__ = ["Shop", "create_app"]
