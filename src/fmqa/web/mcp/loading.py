"""The Model Context Protocol at /mcp, loaded when it is first asked: its library takes a third of a start."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fmqa.guard.waiting import Line
from fmqa.web.problems import Message, Receive, Send
from fmqa.web.streaming import Answering

if TYPE_CHECKING:
    from fmqa.web.mcp.endpoint import Endpoint


class Tools:
    """An ASGI application that makes the server of the protocol at the first request, and answers while ``running``."""

    def __init__(self, assistant: Answering, line: Line) -> None:
        self._assistant, self._line = assistant, line
        self._wanted, self._ended = asyncio.Event(), asyncio.Event()
        self._ready: asyncio.Future[Endpoint] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._ready is None:
            raise RuntimeError("the application is not running")
        self._wanted.set()
        endpoint = await asyncio.shield(self._ready)
        await endpoint.endpoint(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer as long as this is open; it can be opened once."""
        self._ready = ready = asyncio.get_running_loop().create_future()
        keeping = asyncio.create_task(self._keep(ready))
        try:
            yield
        finally:
            self._ended.set()
            self._wanted.set()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping

    async def _keep(self, ready: "asyncio.Future[Endpoint]") -> None:
        """Hold the server open in one task, as the library asks."""
        await self._wanted.wait()
        if self._ended.is_set():
            return
        try:
            endpoint = await asyncio.to_thread(self._make)
        except Exception as error:  # each who asks is told
            ready.set_exception(error)
            return
        async with endpoint.running():
            ready.set_result(endpoint)
            await self._ended.wait()

    def _make(self) -> "Endpoint":
        from fmqa.web.mcp.endpoint import Endpoint  # noqa: PLC0415 - an extra, and slow to load

        return Endpoint(self._assistant, self._line)
