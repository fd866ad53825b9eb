"""Any OpenAI-compatible server of a language model: bounded in time and size, and left alone while it fails.

Nothing that is sent or received is logged; a failure is told by its kind.
"""

import contextlib
import http.client
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from fmqa.errors import BadSettings, NoModel
from fmqa.settings import Settings

FAILURES: Final = 3
"""In a row, after which the server is left alone."""
REST_SECONDS: Final = 30.0
"""For so long; then one question tries it again."""
AT_ONCE: Final = 4
"""Questions that wait for it at the same time; one more is answered without it."""
LONGEST: Final = 256 * 1024
"""Bytes of a reply that are read."""
_PATH: Final = "/chat/completions"
_log = logging.getLogger(__name__)


class LanguageModel:
    """A language model behind an HTTP address. Safe to use from several threads at once."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        """Take the address from the settings; nothing is connected yet.

        Args:
            settings: ``llm_url`` must be set.
            now: Seconds of a clock that only goes forward.

        Raises: BadSettings if the address cannot be used.
        """
        parts = urlsplit(settings.llm_url or "")
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("http", "https") or not parts.hostname or port == -1 or parts.username:
            raise BadSettings("FMQA_LLM_URL is no address of a server, such as http://127.0.0.1:8080/v1")
        self.name = settings.llm_model
        self.seconds = settings.llm_seconds
        self.uses = frozenset(settings.llm_uses.split(","))
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host, self._port = parts.hostname, port
        self._path = parts.path.rstrip("/").removesuffix(_PATH) + _PATH
        self._key = settings.llm_key
        self._now = now
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._failures = 0
        self._rests_until = 0.0

    def deadline(self) -> float:
        """Return when, on its clock, an answer that begins now may not wait for it any longer."""
        return self._now() + self.seconds

    def complete(self, orders: str, text: str, until: float, most_tokens: int = 400) -> str:
        """Return what the model writes.

        Args:
            orders: What it shall do.
            text: What with.
            until: See ``deadline``.
            most_tokens: Longest reply.

        Raises: NoModel if it does not answer by then, or not as it should, or is left alone for now.
        """
        if not self._slots.acquire(blocking=False):
            raise NoModel("it is busy")
        try:
            self._admit()
            try:
                written = _content(self._reply(orders, text, until, most_tokens))
            except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
                late = self._now() >= until
                raise self._failed("it did not answer in time" if late else type(error).__name__) from None
            except NoModel as error:
                raise self._failed(str(error)) from None
            with self._lock:
                self._failures = 0
            return written
        finally:
            self._slots.release()

    def _admit(self) -> None:
        """Let a request through unless the server is left alone; of those after a rest, one."""
        with self._lock:
            if self._failures < FAILURES:
                return
            if self._now() < self._rests_until:
                raise NoModel("it failed and is left alone for a while")
            self._rests_until = self._now() + REST_SECONDS

    def _failed(self, why: str) -> NoModel:
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._rests_until = self._now() + REST_SECONDS
        _log.warning("the language model failed: %s", why)
        return NoModel(why)

    def _reply(self, orders: str, text: str, until: float, most_tokens: int) -> bytes:
        left = until - self._now()
        if left <= 0:
            raise TimeoutError
        asked = {
            "model": self.name,
            "messages": [{"role": "system", "content": orders}, {"role": "user", "content": text}],
            "temperature": 0,
            "max_tokens": most_tokens,
            "stream": False,
        }
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "Connection": "close"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        with self._connected(left) as connection:
            connection.request("POST", self._path, json.dumps(asked).encode(), headers)
            reply = connection.getresponse()
            if reply.status != http.HTTPStatus.OK:  # an address that it points to elsewhere is not followed
                raise NoModel(f"it answered with HTTP {reply.status}")
            body = reply.read(LONGEST + 1)
        if len(body) > LONGEST:
            raise NoModel("its reply is too long")
        return body

    @contextlib.contextmanager
    def _connected(self, seconds: float) -> Iterator[http.client.HTTPConnection]:
        """Yield a connection that is cut after so many seconds, however slowly the other side goes on sending."""
        if self._tls is None:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=seconds)
        else:
            connection = http.client.HTTPSConnection(self._host, self._port, timeout=seconds, context=self._tls)
        connection.connect()
        plug = connection.sock
        watch = threading.Timer(seconds, _cut, (plug,))
        watch.daemon = True
        watch.start()
        try:
            yield connection
        finally:
            watch.cancel()
            connection.close()


def _cut(plug: socket.socket) -> None:
    with contextlib.suppress(OSError):
        plug.shutdown(socket.SHUT_RDWR)


def _content(body: bytes) -> str:
    """Return the words of a reply.

    Raises: ValueError if it is no JSON; NoModel if it has no words where they belong.
    """
    reply: Any = json.loads(body)
    try:
        words = reply["choices"][0]["message"]["content"]
    except (LookupError, TypeError):
        words = None
    if not isinstance(words, str) or not words.strip():
        raise NoModel("its reply has no words")
    return words
