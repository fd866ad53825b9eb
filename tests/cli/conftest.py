"""An assistant for the commands that needs no index."""

from pathlib import Path

import pytest

from fmqa.assistant import Assistant
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations
from samples import SampleAssistant


@pytest.fixture
def assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands open an assistant that needs no index; its conversations last from one command to the next."""
    path = tmp_path / "conversations.db"

    def open_sample(settings: Settings | None = None) -> SampleAssistant:
        return SampleAssistant(Conversations(f"sqlite:///{path}"))

    monkeypatch.setattr(Assistant, "open", open_sample)
    return path
