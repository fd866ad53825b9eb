"""The Model Context Protocol over HTTP at /mcp, and over standard input and output.

Each request stands by itself: there are no sessions, so that any worker can answer. What a tool is sent is checked here
and named in errors by field only; no text of it reaches a log.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any, Final

import anyio
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from fmqa.errors import FmqaError, NotAllowed, NotFound
from fmqa.guard.keys import EVERYTHING, Caller, Scope
from fmqa.guard.waiting import Line
from fmqa.types import DISCLAIMER
from fmqa.web import problems
from fmqa.web.mcp.tools import TOOLS, text_of
from fmqa.web.streaming import Answering

_DOCUMENTS: Final = "fmqa://documents/"
_PAGE: Final = 100  # resources that one list holds
_INSTRUCTIONS: Final = (
    "Answers come word for word from the sources that fmqa holds. Cite them as given, keep grades as printed, pass on "
    f"notices and the disclaimer, and say so where the sources do not answer. {DISCLAIMER}"
)
_Context = ServerRequestContext[dict[str, Any], Any]


class Endpoint:
    """The server of the protocol; ``endpoint`` is its ASGI application, which answers while ``running``."""

    def __init__(self, assistant: Answering, line: Line) -> None:
        self._assistant, self._line = assistant, line
        logging.getLogger("mcp.server").setLevel(logging.CRITICAL)  # what it says of a fault may quote what was sent
        self.server: Server[dict[str, Any]] = Server(
            "fmqa",
            version=version("fmqa"),
            title="fmqa",
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
        )
        # Who may ask, and under which name, was decided before: the library's own checks are not wanted.
        self._manager = StreamableHTTPSessionManager(self.server, stateless=True, json_response=True)
        self.endpoint = StreamableHTTPASGIApp(self._manager)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer over HTTP as long as this is open; it can be opened once."""
        async with self._manager.run():
            yield

    async def _list_tools(
        self, _context: _Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=name,
                    title=tool.title,
                    description=tool.description,
                    input_schema=tool.takes.model_json_schema(),
                    output_schema=tool.gives.model_json_schema(mode="serialization"),
                    annotations=types.ToolAnnotations(
                        read_only_hint=name != "ask",  # which remembers its turn
                        destructive_hint=False,
                        open_world_hint=False,
                    ),
                )
                for name, tool in TOOLS.items()
            ]
        )

    async def _call_tool(self, context: _Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            tool = TOOLS[params.name]
        except KeyError:
            raise MCPError(types.INVALID_PARAMS, "there is no such tool; tools/list names them") from None
        try:
            caller = _allowed(context, tool.scope)
            asked = tool.takes.model_validate(params.arguments or {})
            result, words = await self._line.run(partial(tool.work, self._assistant, asked, caller))
        except ValidationError as error:
            faults = map(problems.field_problem, ({**each, "loc": ("", *each["loc"])} for each in error.errors()))
            return _failed(
                "; ".join(f"{each.field}: {each.problem}" if each.field else each.problem for each in faults)
            )
        except FmqaError as error:
            return _failed(problems.of_error(error).detail)
        except Exception as error:  # its message may hold the question
            return _failed(problems.of_fault(error, "MCP").detail)
        content: list[types.ContentBlock] = [types.TextContent(text=words)]
        return types.CallToolResult(content=content, structured_content=result.model_dump(mode="json"))

    async def _list_resources(
        self, context: _Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        _allowed(context, Scope.READ)
        index = self._assistant.index
        cursor = (params.cursor if params else None) or "0"
        if not cursor.isdecimal() or len(cursor) > 9:
            raise MCPError(types.INVALID_PARAMS, "the cursor is none that was given; begin without one")
        first = int(cursor)
        ids = index.document_ids[first : first + _PAGE]
        resources = [
            types.Resource(
                uri=_DOCUMENTS + document.id,
                name=document.id,
                title=document.metadata.short_title,
                description=document.metadata.title,
                mime_type="text/plain",
            )
            for document in await anyio.to_thread.run_sync(lambda: [index.document(each) for each in ids])
        ]
        more = first + _PAGE < len(index.document_ids)
        return types.ListResourcesResult(resources=resources, next_cursor=str(first + _PAGE) if more else None)

    async def _list_templates(
        self, _context: _Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(
            uri_template=_DOCUMENTS + "{document_id}",
            name="document",
            title="A document",
            description="One document with its text, by its id.",
            mime_type="text/plain",
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def _read_resource(
        self, context: _Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        _allowed(context, Scope.READ)
        index = self._assistant.index
        try:
            document = await anyio.to_thread.run_sync(index.document, str(params.uri).removeprefix(_DOCUMENTS))
        except NotFound:
            raise MCPError(types.INVALID_PARAMS, "there is no such document; resources/list names them") from None
        told = text_of(document, index.generation)
        head = [told.title, f"{told.short_title}; review: {told.review_state}; {told.wording} of: "]
        head[-1] += " / ".join(told.references)
        text = "\n\n".join([*head, told.text, told.disclaimer])
        contents = [types.TextResourceContents(uri=params.uri, text=text, mime_type="text/plain")]
        return types.ReadResourceResult(contents=contents)


def _allowed(context: _Context, scope: Scope) -> Caller:
    """Return who asks; over standard input that is whoever runs this machine.

    Raises: NotAllowed if the key lacks the scope.
    """
    caller: Caller = EVERYTHING if context.request is None else context.request.state.caller
    if not caller.may(scope):
        raise NotAllowed(f"this key may not do that: it needs the scope {scope}")
    return caller


def _failed(words: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=words)], is_error=True)


def serve_stdio(assistant: Answering) -> None:
    """Answer over standard input and output until the input ends."""
    line = Line(assistant.settings.waiting)
    server = Endpoint(assistant, line).server

    async def serve() -> None:
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    try:
        anyio.run(serve)
    finally:
        line.close()
