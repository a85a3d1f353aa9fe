"""A Django app: put `tactful.django` into INSTALLED_APPS and its middleware into MIDDLEWARE, and set TACTFUL."""

from __future__ import annotations

from tactful.django.clients import async_client, client, use
from tactful.django.middleware import TactfulMiddleware

__all__ = ["TactfulMiddleware", "async_client", "client", "use"]
