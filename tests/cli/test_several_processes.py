"""Service processes that share nothing but the index and PostgreSQL: any of them goes on with any conversation."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

import postgres
from fmqa.settings import Settings


class Service:
    """Two processes behind one address. One that is stopped takes no connection, so the other has to answer."""

    def __init__(self, settings: Settings) -> None:
        with ExitStack() as opened:
            listening = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
            self.port = listening.getsockname()[1]
            named = {
                f"FMQA_{name.upper()}": str(getattr(settings, name))
                for name in ("corpus", "index", "database", "encoder")
            }
            command = [sys.executable, "-m", "fmqa", "serve", "--fd", str(listening.fileno())]
            self.processes = [
                subprocess.Popen(
                    command, pass_fds=[listening.fileno()], env=os.environ | named, stdout=subprocess.DEVNULL
                )
                for _ in range(2)
            ]

    def request(self, which: int, method: str, path: str, body: object = None) -> Any:
        """Have one of the processes answer, and return what it says; it is waited for until it is up."""
        other = self.processes[1 - which]
        other.send_signal(signal.SIGSTOP)
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)) as connection:
                content = None if body is None else json.dumps(body)
                connection.request(method, path, content, {"content-type": "application/json"})
                response = connection.getresponse()
                said = response.read()
                return json.loads(said) if response.status == 200 else response.status
        finally:
            other.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End both and wait for them."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)


@pytest.fixture
def service(small: Settings, postgres_server: str) -> Iterator[Service]:
    service = Service(small.model_copy(update={"database": postgres.database(postgres_server)}))
    yield service
    service.close()


def test_a_conversation_is_answered_by_either_process(service: Service) -> None:
    first = service.request(0, "POST", "/v1/ask", {"question": "What does EULAR 2017 say of exercise?"})
    conversation_id = first["conversation_id"]
    follow_up = {"question": "And of opioids?", "conversation_id": conversation_id}
    second = service.request(1, "POST", "/v1/ask", follow_up)
    third = service.request(0, "POST", "/v1/ask", {**follow_up, "question": "And of corticosteroids?"})
    assert second["conversation_id"] == third["conversation_id"] == conversation_id
    assert "EULAR 2017" in second["interpreted_question"]  # it knows what the other was asked
    said = [service.request(which, "GET", f"/v1/conversations/{conversation_id}") for which in (0, 1)]
    assert said[0] == said[1]
    assert len(said[0]["turns"]) == 3
    assert service.request(1, "DELETE", f"/v1/conversations/{conversation_id}") == 204
    assert service.request(0, "GET", f"/v1/conversations/{conversation_id}") == 404
