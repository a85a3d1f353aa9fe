"""Builds what delivers, sinks and channels, with every `${NAME}` resolved; all problems of it are kept, none raised."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from tactful_gateway.activation.environment import find_unset, line_at, place_of
from tactful_gateway.channels import registry as channel_kinds
from tactful_gateway.channels.base import Courier
from tactful_gateway.clock import Clock
from tactful_gateway.outgoing.options import OptionProblem
from tactful_gateway.sinks import registry as sink_kinds
from tactful_gateway.sinks.base import Sink
from tactful_rules.model.folder import ChannelConfig, Loaded, SinkConfig, SourceProblem
from tactful_rules.source import resolve


class Builder:
    """Builds what delivers, and keeps every problem of it."""

    def __init__(self, loaded: Loaded, environ: Mapping[str, str], clock: Clock) -> None:
        self.unset: dict[SourceProblem, str] = {}
        self.unfit: list[SourceProblem] = []
        self._loaded = loaded
        self._environ = environ
        self._clock = clock

    @property
    def problems(self) -> list[SourceProblem]:
        """Give all of them, in no order."""
        return [*self.unset, *self.unfit]

    def sink(self, config: SinkConfig) -> tuple[SinkConfig, Sink] | None:
        """Build a sink; None where something is wrong with it."""
        if not self._has_all("sinks", config):
            return None
        resolved = replace(config, options=resolve(config.options, self._environ))
        try:
            return resolved, sink_kinds.build(resolved, self._clock)
        except sink_kinds.SinkOptionsError as error:
            self._place("sink", config.id, error.problems)
            return None

    def channel(self, config: ChannelConfig) -> tuple[ChannelConfig, Courier] | None:
        """Build what sends over a channel; None where something is wrong with it."""
        if not self._has_all("channels", config):
            return None
        resolved = replace(config, options=resolve(config.options, self._environ))
        try:
            return resolved, channel_kinds.build(resolved, self._clock)
        except channel_kinds.ChannelOptionsError as error:
            self._place("channel", config.id, error.problems)
            return None

    def _has_all(self, section: str, config: SinkConfig | ChannelConfig) -> bool:
        lacking = find_unset(config.options, (section, config.id), self._loaded, self._environ)
        self.unset |= lacking
        return not lacking

    def _place(self, what: str, name: str, problems: list[OptionProblem]) -> None:
        for problem in problems:
            place = place_of((f"{what}s", name, *problem.key.split(".")), self._loaded)
            message = f"{what} {name}: {problem.message}"
            self.unfit.append(SourceProblem(place, problem.code, message, source=line_at(place, self._loaded)))

    def summary(self) -> str:
        """Say in one line what keeps the folder from going live."""
        unset = tuple(dict.fromkeys(self.unset.values()))
        parts = [f"the environment lacks {', '.join(unset)}"] if unset else []
        return "; ".join([*parts, *(problem.message for problem in self.unfit)])
