"""From a survey folder to what is live: loaded, tried, its `${NAME}`s resolved, its sinks built, then put in force."""

from tactful_gateway.activation.live import Live
from tactful_gateway.activation.prepare import Prepared, prepare, prepare_latest
from tactful_gateway.publishing.wanted import NotReadyError

__all__ = ["Live", "NotReadyError", "Prepared", "prepare", "prepare_latest"]
