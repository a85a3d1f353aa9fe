"""What Django knows of the app: its name, and the checks of its setting."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from tactful.django.checks import check_setting


class TactfulConfig(AppConfig):
    """The app `tactful.django`."""

    name = "tactful.django"
    label = "tactful"
    verbose_name = "Tactful"

    def ready(self) -> None:
        """Let `manage.py check`, `runserver` and `migrate` look at the setting."""
        register(check_setting)
