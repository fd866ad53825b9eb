"""The two clients: one that waits for each response, and one for programs with an event loop; both send the same calls.

>>> with Client("http://127.0.0.1:8000") as client:  # doctest: +SKIP
...     answer = client.ask("What evidence level does EULAR give exercise?")
...     client.ask("and CBT?", conversation_id=answer.conversation_id).text
"""

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, Generic, ParamSpec, Self, TypeVar

import httpx2

from fmqa.client import calls
from fmqa.client.calls import Call
from fmqa.errors import Unavailable
from fmqa.wire import Question, StreamEvent

P = ParamSpec("P")
T = TypeVar("T")
_LONGEST_WAIT: Final = 30  # seconds for which a client waits before it asks again


class _Method(Generic[P, T]):
    """A call as a method of the client that waits."""

    def __init__(self, make: Callable[P, Call[T]]) -> None:
        self._make = make

    def __get__(self, client: "Client", owner: type["Client"]) -> Callable[P, T]:
        @functools.wraps(self._make)
        def method(*args: P.args, **kwargs: P.kwargs) -> T:
            return client.send(self._make(*args, **kwargs))

        return method


class _AsyncMethod(Generic[P, T]):
    """A call as a method of the client that does not wait."""

    def __init__(self, make: Callable[P, Call[T]]) -> None:
        self._make = make

    def __get__(self, client: "AsyncClient", owner: type["AsyncClient"]) -> Callable[P, Coroutine[Any, Any, T]]:
        @functools.wraps(self._make)
        async def method(*args: P.args, **kwargs: P.kwargs) -> T:
            return await client.send(self._make(*args, **kwargs))

        return method


class Client:
    """Asks a running service and waits for each response.

    What the service refuses is raised as the error that it raised there, such as BadQuestion or NotFound; what cannot
    be reached is Unavailable. A request that may be sent twice is sent again when the service is busy.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        timeout_s: float = 30,
        retries: int = 2,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Take where the service is.

        Args:
            base_url: Its address.
            key: The key that its operator gave; None where it wants none.
            timeout_s: Seconds that a response may take.
            retries: How often a request that may be sent twice is sent again.
            transport: How requests are sent; None: over the network.
        """
        self._retries = retries
        self._http = httpx2.Client(base_url=base_url, headers=_headers(key), timeout=timeout_s, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_ended: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """Send a call and return what its response says.

        Raises: FmqaError, of the class that the service raised.
        """
        for left in range(self._retries, -1, -1):
            with _reached(call, left) as result:
                result.append(self._http.send(call.request(self._http)))
            if not result:
                continue
            wait = _wait(call, result[0], left)
            if wait is None:
                return _read(call, result[0])
            time.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def stream(self, asked: Question) -> Iterator[StreamEvent]:
        """Ask a question and return each step of its answer as it is told: interpretation, passages, answer, end.

        Raises: FmqaError, of the class that the service raised.
        """
        call, events = calls.stream(asked), calls.Events()
        with _reached(call, 0), self._http.stream(**_streamed(call)) as response:
            if response.is_error:
                response.read()
                raise calls.error_of(response)
            for event in httpx2.EventSource(response):
                if (step := events.read(event.event, event.data)) is not None:
                    yield step

    ask = _Method(calls.ask)
    search = _Method(calls.search)
    documents = _Method(calls.documents)
    document = _Method(calls.document)
    passage = _Method(calls.passage)
    recommendations = _Method(calls.recommendations)
    fhir = _Method(calls.fhir)
    answer = _Method(calls.answer)
    export = _Method(calls.export)
    standing = _Method(calls.standing)
    feedback = _Method(calls.feedback)
    conversations = _Method(calls.conversations)
    conversation = _Method(calls.conversation)
    delete_conversation = _Method(calls.delete_conversation)
    ready = _Method(calls.ready)


class AsyncClient:
    """The same for programs with an event loop: every method is awaited, and ``stream`` iterated with ``async for``."""

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        timeout_s: float = 30,
        retries: int = 2,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Take where the service is; see ``Client``."""
        self._retries = retries
        self._http = httpx2.AsyncClient(
            base_url=base_url, headers=_headers(key), timeout=timeout_s, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_ended: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def send(self, call: Call[T]) -> T:
        """Send a call and return what its response says.

        Raises: FmqaError, of the class that the service raised.
        """
        for left in range(self._retries, -1, -1):
            with _reached(call, left) as result:
                result.append(await self._http.send(call.request(self._http)))
            if not result:
                continue
            wait = _wait(call, result[0], left)
            if wait is None:
                return _read(call, result[0])
            await asyncio.sleep(wait)
        raise AssertionError("the last try returns or raises")

    async def stream(self, asked: Question) -> AsyncIterator[StreamEvent]:
        """Ask a question and return each step of its answer as it is told; see ``Client.stream``."""
        call, events = calls.stream(asked), calls.Events()
        with _reached(call, 0):
            async with self._http.stream(**_streamed(call)) as response:
                if response.is_error:
                    await response.aread()
                    raise calls.error_of(response)
                async for event in httpx2.EventSource(response):
                    if (step := events.read(event.event, event.data)) is not None:
                        yield step

    ask = _AsyncMethod(calls.ask)
    search = _AsyncMethod(calls.search)
    documents = _AsyncMethod(calls.documents)
    document = _AsyncMethod(calls.document)
    passage = _AsyncMethod(calls.passage)
    recommendations = _AsyncMethod(calls.recommendations)
    fhir = _AsyncMethod(calls.fhir)
    answer = _AsyncMethod(calls.answer)
    export = _AsyncMethod(calls.export)
    standing = _AsyncMethod(calls.standing)
    feedback = _AsyncMethod(calls.feedback)
    conversations = _AsyncMethod(calls.conversations)
    conversation = _AsyncMethod(calls.conversation)
    delete_conversation = _AsyncMethod(calls.delete_conversation)
    ready = _AsyncMethod(calls.ready)


def _headers(key: str | None) -> dict[str, str]:
    return {"user-agent": "fmqa-client", **({"authorization": f"Bearer {key}"} if key else {})}


def _streamed(call: Call[None]) -> dict[str, Any]:
    """Return the request of a stream as the HTTP library takes it."""
    assert call.body is not None  # noqa: S101 - a stream answers a question
    headers = {"accept": call.accept, "content-type": "application/json", "idempotency-key": call.key or ""}
    content = call.body.model_dump_json(exclude_none=True)
    return {"method": call.method, "url": call.path, "content": content, "headers": headers}


def _twice(call: Call[Any]) -> bool:
    """Return whether a request does the same sent twice as sent once."""
    return call.method != "POST" or call.key is not None


@contextmanager
def _reached(call: Call[Any], left: int) -> Iterator[list[httpx2.Response]]:
    """Take a response into the list; leave it empty where the service was not reached and may be asked again.

    Raises: Unavailable if it was not reached and is not asked again.
    """
    try:
        yield []
    except httpx2.TransportError as error:
        if not (left and _twice(call)):
            # Not chained: its request holds the question.
            raise Unavailable(f"the service cannot be reached ({type(error).__name__})") from None


def _wait(call: Call[Any], response: httpx2.Response, left: int) -> int | None:
    """Return the seconds to wait before a request is sent again; None: it is not."""
    wait = calls.wait_of(response)
    if not left or not _twice(call) or response.status_code not in (429, 503) or wait is None:
        return None
    return wait if wait <= _LONGEST_WAIT else None


def _read(call: Call[T], response: httpx2.Response) -> T:
    if response.is_error:
        raise calls.error_of(response)
    return call.read(response)
