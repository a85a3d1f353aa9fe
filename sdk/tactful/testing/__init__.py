"""Stand-ins for an app's own tests: the real clients over a transport that answers from memory; nothing is imitated."""

from __future__ import annotations

from tactful.testing.fakes import FakeAsyncTactful, FakeCall, FakeTactful
from tactful.testing.recording import AsyncRecordingTransport, RecordingTransport
from tactful.testing.script import ScriptedTransport, asked

__all__ = [
    "AsyncRecordingTransport",
    "FakeAsyncTactful",
    "FakeCall",
    "FakeTactful",
    "RecordingTransport",
    "ScriptedTransport",
    "asked",
]
