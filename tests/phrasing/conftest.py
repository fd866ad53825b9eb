"""A small library to answer from, and servers of language models."""

from collections.abc import Callable, Iterator

import pytest

from fmqa.settings import Settings
from llm_server import FakeModel, Handler
from small import build


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small library, built once."""
    return build(tmp_path_factory.mktemp("phrasing"))


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], FakeModel]]:
    """Starts servers that are gone after the test."""
    running: list[FakeModel] = []

    def start(handler: Handler) -> FakeModel:
        running.append(FakeModel(handler))
        return running[-1]

    yield start
    for server in running:
        server.close()
