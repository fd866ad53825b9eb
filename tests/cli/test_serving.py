"""The server process, talked to over a socket: bounded heads, hang-ups, an orderly end, several workers."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmqa.building import build_index
from fmqa.cli import serving
from fmqa.index import generations
from fmqa.settings import Settings
from fmqa.web.gate import LONGEST_HEADERS

TESTS = Path(__file__).parents[1]
# One question takes ANSWER_S; two are answered at once, and four wait.
SERVER = """
import gc, os, socket, sys, time
sys.path.insert(0, sys.argv[1])
from fmqa.cli import serving
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations
from fmqa.web import logs
from fmqa.web.api import create_app
from samples import METADATA, SampleAssistant

serving.HEAD_SECONDS = 1.0

class Slow(SampleAssistant):
    def ask(self, question, **given):
        if "slow" in question:
            time.sleep(float(os.environ["ANSWER_S"]))
            print("answered", flush=True)
        return super().ask(question, **given)

logs.set_up("text")
settings = Settings(start_document=METADATA.id, waiting=4)
application = create_app(Slow(Conversations(sys.argv[2]), settings))
application.state.line.at_once = 2
listening = socket.socket(fileno=int(sys.argv[3]))
serving.Server(serving.config_of(application), application.state.line).run(sockets=[listening])
print("turn:", sys.getswitchinterval(), flush=True)
print("set aside:", gc.get_freeze_count(), flush=True)
"""


class Running:
    """A server process and how it is talked to."""

    def __init__(self, tmp_path: Path, answer_s: float = 0.5) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        database = f"sqlite:///{tmp_path / 'conversations.db'}"
        command = [sys.executable, "-c", SERVER, str(TESTS), database, str(listening.fileno())]
        environment = {**os.environ, "ANSWER_S": str(answer_s), "PYTHON_CPU_COUNT": "2"}
        self.process = subprocess.Popen(
            command, pass_fds=[listening.fileno()], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        listening.close()
        self.get("/healthz", 60)

    def get(self, path: str, timeout: float = 10) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status

    def ask(self, question: str = "slow") -> tuple[int, dict[str, str], float]:
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(
                "POST", "/v1/ask", json.dumps({"question": question}), {"content-type": "application/json"}
            )
            response = connection.getresponse()
            response.read()
            return response.status, dict(response.getheaders()), time.monotonic() - started

    def asked_at_once(self, count: int) -> list[tuple[int, dict[str, str], float]]:
        found: list[tuple[int, dict[str, str], float]] = []
        threads = [threading.Thread(target=lambda: found.append(self.ask())) for _ in range(count)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return found

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=15)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that goes on through all tests of how it bears its clients."""
    running = Running(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[Running]:
    """A server that a test may end."""
    running = Running(tmp_path)
    yield running
    running.stop()


def until_closed(connection: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_more_than_can_wait_are_told_so_at_once_and_all_others_are_answered(server: Running) -> None:
    found = server.asked_at_once(20)
    answered = [each for each in found if each[0] == 200]
    refused = [each for each in found if each[0] == 503]
    assert len(answered) + len(refused) == 20
    assert len(refused) >= 10
    assert len(answered) >= 6
    assert all(int(headers["retry-after"]) >= 1 for _, headers, _ in refused)
    assert min(seconds for _, _, seconds in answered) > max(0.4, min(seconds for _, _, seconds in refused))


def test_questions_whose_client_hung_up_delay_nobody(server: Running) -> None:
    body = json.dumps({"question": "slow"}).encode()
    head = (
        f"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    for _ in range(100):  # many times what can wait
        gone = [server.connected() for _ in range(4)]
        for each in gone:
            each.sendall(head.encode() + b"\r\n" + body)
        for each in gone:
            each.close()
    status, _, seconds = server.ask("a quick one")
    assert status == 200
    assert seconds < 2.5  # two that had begun may have to end; 398 would take 100 seconds


def test_an_endless_header_is_cut_off_and_stops_nobody(server: Running) -> None:
    connection = server.connected()
    sent, longest = 0, 0.0
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.sendall(b"GET /v1 HTTP/1.1\r\nHost: localhost\r\nX-Endless: ")
        while sent < 100_000_000:
            connection.sendall(b"a" * 65536)
            sent += 65536
            started = time.monotonic()
            if sent % (64 * 65536) == 0:
                server.get("/healthz")
                longest = max(longest, time.monotonic() - started)
    assert LONGEST_HEADERS < sent < 20_000_000  # what the buffers of both ends hold
    connection.close()
    assert server.get("/healthz") == 200
    assert longest < 1


@pytest.mark.parametrize(
    "sent", [b"", b"GET /v1 HT", b"GET /v1 HTTP/1.1\r\nHost: localhost\r\nX-Slow: a"], ids=["nothing", "line", "header"]
)
def test_a_connection_without_a_whole_head_is_closed_in_time(server: Running, sent: bytes) -> None:
    with server.connected() as connection:
        started = time.monotonic()
        connection.sendall(sent)
        until_closed(connection)
        assert 0.5 < time.monotonic() - started < 6


def test_an_idle_connection_is_closed(server: Running) -> None:
    with server.connected() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        started = time.monotonic()
        assert b" 200 " in until_closed(connection)
        assert time.monotonic() - started < 9


def test_a_stop_answers_those_admitted_refuses_others_and_ends_well(ending: Running) -> None:
    found: list[tuple[int, dict[str, str], float]] = []
    admitted = [threading.Thread(target=lambda: found.append(ending.ask())) for _ in range(5)]
    for each in admitted:
        each.start()
    time.sleep(0.3)
    ending.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    status, headers, _ = ending.ask()
    assert status == 503
    assert headers["retry-after"]
    assert ending.get("/readyz") == 503
    for each in admitted:
        each.join()
    assert [each[0] for each in found] == [200] * 5
    assert ending.process.wait(15) == 0


def test_the_collector_leaves_alone_what_was_loaded_before_anybody_asked(ending: Running) -> None:
    ending.process.send_signal(signal.SIGTERM)
    told, _ = ending.process.communicate(timeout=20)
    assert int(told.rpartition(b":")[2]) > 50_000


def test_threads_take_turns_often_where_questions_are_answered(ending: Running) -> None:
    ending.process.send_signal(signal.SIGTERM)
    told, _ = ending.process.communicate(timeout=20)
    turn = told.partition(b"turn: ")[2].split()[0]
    assert float(turn) == pytest.approx(serving.TURN_SECONDS)


def test_a_client_that_leaves_a_stream_leaves_no_trace_in_the_log(ending: Running) -> None:
    for _ in range(5):
        connection = ending.connected()
        body = json.dumps({"question": "slow"}).encode()
        head = "POST /v1/ask/stream HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        time.sleep(0.05)
        connection.close()
    assert ending.ask()[0] == 200
    ending.process.send_signal(signal.SIGTERM)
    _, errors = ending.process.communicate(timeout=20)
    assert (ending.process.returncode, errors) == (0, b"")


def test_the_bounds_are_those_of_the_gate() -> None:
    assert serving.HEAD_SECONDS <= 30
    assert serving.MOST_CONNECTIONS < 1000  # below the usual limit of open files


# --- several workers --------------------------------------------------------------------------------------------------


def asked(port: int) -> str:
    """Return the generation that answered a question."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        body = json.dumps({"question": "Is exercise recommended?"})
        connection.request("POST", "/v1/ask", body, {"content-type": "application/json"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        return str(answer["generation"])


def until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if condition():
                return True
        time.sleep(0.2)
    return False


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def test_two_workers_serve_one_generation_each_one_that_dies_is_replaced_and_both_end_well(small: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ}
    for name in ("corpus", "index", "database", "encoder"):
        environment[f"FMQA_{name.upper()}"] = str(getattr(small, name))
    command = [sys.executable, "-m", "fmqa", "serve", "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert until(lambda: bool(asked(port)), 60)
        before = generations.current(small.index)
        assert {asked(port) for _ in range(10)} == {before}
        assert until(lambda: len(workers_of(process)) == 2, 10)
        time.sleep(serving.EARLY_SECONDS)  # one that dies sooner is not replaced
        first = workers_of(process)[0]
        os.kill(first, signal.SIGKILL)
        assert until(lambda: len(workers_of(process)) == 2 and first not in workers_of(process), 20)
        assert {asked(port) for _ in range(5)} == {before}
        page = small.corpus / "guidelines" / "eular-2017.md"
        page.write_text(page.read_text("utf-8").replace("strengthening exercise. [", "strengthening exercise daily. ["))
        build_index(small)
        after = generations.current(small.index)
        assert after != before
        seen: list[str] = []

        def changed_over() -> bool:
            seen.append(asked(port))
            return len(seen) >= 20 and set(seen[-20:]) == {after}

        assert until(changed_over, 60)
        assert set(seen) <= {before, after}
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
