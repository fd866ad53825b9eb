"""A server of a language model that says, and does wrong, what a test wants."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

Handler = Callable[[bytes], Iterator[bytes]]
"""A request -> what is sent back, part by part."""


class FakeModel:
    """A server on this machine that answers each request as its handler says, and keeps what it was sent."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.requests: list[bytes] = []
        self.stop = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    @property
    def prompts(self) -> list[str]:
        """What the model was told, request by request."""
        bodies = (json.loads(request.partition(b"\r\n\r\n")[2]) for request in self.requests)
        return ["\n".join(message["content"] for message in body["messages"]) for body in bodies]

    def _serve(self) -> None:
        while not self.stop.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += connection.recv(65536)
                head, _, body = request.partition(b"\r\n\r\n")
                length = next(
                    int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
                )
                while len(body) < length:
                    body += connection.recv(65536)
                self.requests.append(head + b"\r\n\r\n" + body)
                for part in self.handler(body):
                    if self.stop.is_set():
                        return
                    connection.sendall(part)
            except OSError:  # it was hung up on, as it should be
                return

    def close(self) -> None:
        self.stop.set()
        if self._socket.fileno() >= 0:
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


def http(body: bytes, status: str = "200 OK", head: str = "") -> bytes:
    """Return an HTTP response."""
    return f"HTTP/1.1 {status}\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def words(text: object) -> bytes:
    """Return the response of a server whose model says something."""
    return http(json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode())


def drip(start: bytes, part: bytes) -> Iterator[bytes]:
    """Yield a beginning, and then a little again and again: each part comes in time, the whole never."""
    yield start
    while True:
        time.sleep(0.02)
        yield part
