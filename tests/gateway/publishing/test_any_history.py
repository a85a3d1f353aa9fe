"""Whatever is published, rolled back, refused and restarted in whatever order: the gateway and its store agree."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import msgspec
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tactful_gateway.activation import prepare_latest
from tactful_gateway.app import Gateway
from tactful_gateway.clock import SystemClock
from tactful_gateway.publishing.wanted import NotReadyError, Publisher, PublishOutcome, Terms, VersionConflictError
from tactful_gateway.settings import GatewaySettings
from tactful_gateway.storage import open_store

WHO = Publisher("key", "ci")
GOOD = [
    f"""
touchpoints: {{payment: {{}}}}
rules: {{any: {{at: payment, ask: csat}}}}
questionnaires: {{csat: {{questions: [{{id: score, type: csat, text: "Question {number}"}}]}}}}
"""
    for number in range(3)
]
GOOD.append(GOOD[0] + "# the same rules in other words\n")
BAD = [
    "rules: [",
    "rules: {any: {at: nowhere, ask: nothing}}",
    GOOD[0] + "tests: [{name: t, at: payment, expect: {ask: false}}]",
]


class AnyHistory(RuleBasedStateMachine):
    """`published` is the model: the text of each version, the first one's at 0."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._folder = tempfile.TemporaryDirectory()
        self._settings = GatewaySettings(db=f"sqlite:///{Path(self._folder.name) / 'tactful.db'}")
        self.published: list[str] = []

    @initialize()
    def start(self) -> None:
        """Start the gateway over whatever is in the store."""
        self._runner.run(self._start())

    async def _start(self) -> None:
        store, secret = await open_store(self._settings)
        prepared = await prepare_latest(store, {}, SystemClock())
        self._gateway = Gateway(None, prepared, self._settings, store, secret, environ={})
        await self._gateway.__aenter__()

    @rule(text=st.sampled_from(GOOD), expected=st.none() | st.integers(0, 4), dry=st.booleans())
    def publish(self, text: str, expected: int | None, dry: bool) -> None:
        """Publish a good folder on some terms."""
        doing = self._gateway.live.publish({"survey.yaml": text}, WHO, Terms(expected, dry))
        self._expect(text, expected, dry, doing)

    @precondition(lambda self: self.published)
    @rule(data=st.data(), expected=st.none() | st.integers(0, 4), dry=st.booleans())
    def roll_back(self, data: st.DataObject, expected: int | None, dry: bool) -> None:
        """Roll back to any version."""
        number = data.draw(st.integers(1, len(self.published)))
        doing = self._gateway.live.roll_back(number, WHO, Terms(expected, dry))
        self._expect(self.published[number - 1], expected, dry, doing)

    @rule(text=st.sampled_from(BAD), dry=st.booleans())
    def publish_what_is_bad(self, text: str, dry: bool) -> None:
        """Publish a folder with a problem."""
        doing = self._gateway.live.publish({"survey.yaml": text}, WHO, Terms(dry_run=dry))
        assert isinstance(self._outcome(doing), NotReadyError)

    @rule()
    def reload(self) -> None:
        """Send the signal to reload."""
        self._runner.run(self._gateway.live.reload())

    @rule()
    def restart(self) -> None:
        """Stop the gateway and start another one on the same store."""
        self._runner.run(self._gateway.__aexit__())
        self._runner.run(self._start())

    @invariant()
    def gateway_and_store_agree_with_the_model(self) -> None:
        """Number, live ruleset, files, journal: all tell of the same versions."""
        self._runner.run(self._check())

    async def _check(self) -> None:
        services = self._gateway.services
        versions = list(await services.store.versions(None, 1_000))
        assert [it.number for it in versions] == list(range(len(self.published), 0, -1))
        for version, text in zip(versions, reversed(self.published), strict=True):
            assert await services.store.files(version.content) == {"survey.yaml": text}
            assert await services.store.ruleset(version.ruleset) is not None
        assert services.version == (versions[0] if versions else None)
        if versions:
            assert services.rulesets.active.version == versions[0].ruleset
        rows = await services.store.journal(0, 1_000)
        told = [msgspec.json.decode(row.body)["data"]["number"] for row in rows]
        assert told == list(range(1, len(self.published) + 1))

    def _expect(self, text: str, expected: int | None, dry: bool, doing: Any) -> None:
        before, outcome = len(self.published), self._outcome(doing)
        same = bool(self.published) and self.published[-1] == text
        if expected not in (None, before) and not (same and expected == before - 1):
            assert isinstance(outcome, VersionConflictError)
        elif same:
            assert isinstance(outcome, PublishOutcome)
            assert outcome.result == "unchanged"
        else:
            assert isinstance(outcome, PublishOutcome)
            assert outcome.result == ("dry_run" if dry else "published")
            if not dry:
                self.published.append(text)

    def _outcome(self, doing: Any) -> PublishOutcome | Exception:
        async def await_it() -> PublishOutcome | Exception:
            try:
                found: PublishOutcome = await doing
            except (NotReadyError, VersionConflictError) as error:
                return error
            return found

        return self._runner.run(await_it())

    def teardown(self) -> None:
        """Stop."""
        if hasattr(self, "_gateway"):
            self._runner.run(self._gateway.__aexit__())
        self._runner.close()
        self._folder.cleanup()


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
