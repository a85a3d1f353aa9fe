"""The report as one page of HTML: no script, no network, nothing beside it; and no text of others unescaped."""

from tactful_gateway.cli.simulation.page.document import Played, render_page

__all__ = ["Played", "render_page"]
