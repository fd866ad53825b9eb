"""The server process, and the parent process of several workers.

It bounds the length and the time of request heads. When it is told to stop, it answers the requests it has admitted,
refuses new ones, and then ends.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import Any, Final, NamedTuple

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from fmqa.errors import HeadersTooLarge, Unavailable
from fmqa.guard.waiting import Line
from fmqa.web import problems
from fmqa.web.gate import LONGEST_HEADERS

HEAD_SECONDS: Final = 10.0
"""Time that a client has to send the head of a request, and that a connection may stay without one."""
MOST_CONNECTIONS: Final = 512
GRACE_SECONDS: Final = 0.5
"""Time after the signal to stop during which newcomers are told so, though nobody waits any more."""
STOP_SECONDS: Final = 20.0
"""Longest time that a stop takes."""
TURN_SECONDS: Final = 1e-4
"""Longest turn of a thread while another waits for the interpreter.

An answer gives it up some dozen times, for arithmetic in C and for files, and would each time wait for the 5 ms of
Python's default: .18 s beside a generation that is opened, and .10 s with this (99th percentiles of two clients on two
cores; .04 s with nobody else at work).
"""
EARLY_SECONDS: Final = 5.0
"""A worker that dies sooner would die again."""

_log = logging.getLogger(__name__)


class BoundedProtocol(HttpToolsProtocol):
    """HTTP whose requests have heads of bounded length that come in bounded time.

    The parser keeps what it has read of a header until the header ends, so an endless one would fill the memory.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_bytes = 0
        self._in_head = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has become too long."""
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > LONGEST_HEADERS and not self.transport.is_closing():
            self._refuse()

    def on_message_begin(self) -> None:
        """Start with the head of a request."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._start_clock()

    def on_headers_complete(self) -> None:
        """Go on with its body, for which the application has a bound of its own."""
        self._in_head = False
        self._stop_clock()
        super().on_headers_complete()

    def _start_clock(self) -> None:
        self._stop_clock()
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self) -> None:
        problem = problems.of_error(HeadersTooLarge(f"send headers of at most {LONGEST_HEADERS} bytes together"))
        body = problem.json_bytes()
        head = f"content-type: {problems.MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[problem.status] + head.encode() + body)
        self.transport.close()


class Server(uvicorn.Server):
    """A server that, told to stop, answers those whom it has admitted, refuses others with 503, and ends well."""

    def __init__(self, config: uvicorn.Config, line: Line, parent: int | None = None) -> None:
        """Take the line of those who wait, and the process that started this one as one of several."""
        super().__init__(config)
        self._line = line
        self._parent = parent
        self._stop_since: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve; what was loaded until then, most of all that there is, the collector never looks at again.

        A full collection stops all threads: measured at .18 s with what was loaded, as long as ten answers take.
        Threads take turns often, so that one which opens a new generation holds the others up the less.
        """
        await super().startup(sockets)
        sys.setswitchinterval(TURN_SECONDS)
        gc.collect()
        gc.freeze()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Admit nobody any more; a second Ctrl-C ends at once."""
        del frame
        if self._stop_since is not None and sig == signal.SIGINT:
            self.should_exit = self.force_exit = True
        self._line.drain()
        self._stop_since = self._stop_since or time.monotonic()

    async def on_tick(self, counter: int) -> bool:
        """Return whether it is time to end."""
        if self._parent is not None and os.getppid() != self._parent and self._stop_since is None:
            self.handle_exit(signal.SIGTERM, None)  # nobody would tell it to stop any more
        if self._stop_since is not None:
            passed = time.monotonic() - self._stop_since
            if (passed > GRACE_SECONDS and not self._line.admitted) or passed > STOP_SECONDS:
                self.should_exit = True
        return await super().on_tick(counter)


def config_of(app: Any) -> uvicorn.Config:
    """Return how an application is served; there is no access log, which would hold addresses with ids."""
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=5,
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        Unavailable: The address cannot be listened on.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise Unavailable(
            f"cannot listen on {host} port {port} ({error.strerror}); choose others with --host and --port"
        ) from error


def run_workers(listening: socket.socket, workers: int, options: list[str]) -> int:
    """Run several workers behind one socket until they are told to stop; return the exit code.

    A worker that dies is started again; one that dies at once is not, and ends the others.
    """
    told: list[int] = []  # not an Event: its lock may be held by the code that a signal interrupts
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda sig, _frame: told.append(sig))
    listening.set_inheritable(True)
    number = listening.fileno()
    command = [sys.executable, "-m", "fmqa", "serve", "--fd", str(number), *options]

    def start() -> _Worker:
        return _Worker(subprocess.Popen(command, pass_fds=[number]), time.monotonic())  # noqa: S603 - our own program

    running = [start() for _ in range(workers)]
    code = 0
    while not told and not code:
        time.sleep(0.2)
        for place, worker in enumerate(running):
            if worker.process.poll() is None:
                continue
            if time.monotonic() - worker.since < EARLY_SECONDS:
                code = worker.process.returncode or 70
                break
            if told:  # a Ctrl-C reaches the workers too
                break
            _log.error("a worker ended with code %d and is started again", worker.process.returncode)
            running[place] = start()
    for worker in running:
        worker.process.terminate()
    return max(code, *(_end(worker.process) for worker in running))


class _Worker(NamedTuple):
    process: subprocess.Popen[bytes]
    since: float


def _end(process: subprocess.Popen[bytes]) -> int:
    """Wait for a worker that was told to stop, and return its exit code."""
    try:
        return abs(process.wait(STOP_SECONDS + 10))
    except subprocess.TimeoutExpired:
        process.kill()
        return 70
