"""Models and agents: the official client of the Model Context Protocol, over HTTP and over standard input."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import jsonschema
import pytest
from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from starlette.testclient import TestClient

from fmqa.assistant import Assistant
from fmqa.guard import keys
from fmqa.guard.keys import Scope
from fmqa.settings import Settings
from fmqa.types import DISCLAIMER
from fmqa.web.api import create_app
from fmqa.wire import Brief
from six_turns import BASE, QUESTIONS, TURNS

SOURCE = Path(__file__).parents[2] / "src"


@asynccontextmanager
async def connected(app: Any, key: str | None = None, mode: str = "auto") -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), headers=headers) as http:
        transport = streamable_http_client(f"{BASE}/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


def over_http(held: Settings, work: Callable[[Client], Awaitable[None]], mode: str = "auto") -> None:
    """Do some work with a client of a service in this process."""

    async def run() -> None:
        app = create_app(Assistant.open(held))
        async with app.router.lifespan_context(app), connected(app, mode=mode) as client:
            await work(client)

    asyncio.run(run())


async def converse(client: Client) -> None:
    conversation = None
    first = []
    for question in QUESTIONS:
        asked = {"question": question, **({"conversation_id": conversation} if conversation else {})}
        result = await client.call_tool("ask", asked)
        assert not result.is_error
        answer = Brief.model_validate_json(json.dumps(result.structured_content))
        assert DISCLAIMER in (answer.disclaimer, result.content[0].text)  # type: ignore[union-attr]
        conversation = answer.conversation_id
        first.append(answer.sources[0].document_id if answer.statements else None)
    assert first == [statement and statement.partition("#")[0] for _, statement in TURNS]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_conversation_of_six_turns(held: Settings, mode: str) -> None:
    over_http(held, converse, mode)


def test_every_tool_gives_what_its_schema_says_with_the_disclaimer(held: Settings) -> None:
    calls: dict[str, dict[str, Any]] = {
        "ask": {"question": QUESTIONS[0]},
        "search": {"query": "kidney", "k": 2, "kinds": ["article"]},
        "get_document": {"document_id": "uspstf-2021"},
        "get_recommendations": {"organisations": ["USPSTF"]},
        "compare": {"first": "metformin", "second": "insulin"},
    }

    async def work(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == set(calls)
        for name, asked in calls.items():
            jsonschema.validate(asked, tools[name].input_schema)
            result = await client.call_tool(name, asked)
            assert not result.is_error, result.content
            jsonschema.validate(result.structured_content, tools[name].output_schema)
            assert DISCLAIMER in json.dumps(result.structured_content)
            assert DISCLAIMER in result.content[0].text  # type: ignore[union-attr]

    over_http(held, work)


def test_the_documents_that_may_be_compared_can_be_chosen(held: Settings) -> None:
    async def work(client: Client) -> None:
        asked = {"first": "metformin", "second": "insulin", "documents": ["uspstf-2021"]}
        chosen = Brief.model_validate((await client.call_tool("compare", asked)).structured_content)
        assert {source.document_id for source in chosen.sources} <= {"uspstf-2021"}
        every = Brief.model_validate((await client.call_tool("compare", {**asked, "documents": []})).structured_content)
        assert "metformin-at-a-glance" in {source.document_id for source in every.sources}

    over_http(held, work)


def test_recommendations_have_typed_grades(held: Settings) -> None:
    async def work(client: Client) -> None:
        result = await client.call_tool("get_recommendations", {"intervention": "screening"})
        (found,) = [each for each in result.structured_content["recommendations"] if each["id"].endswith("#screening")]
        assert found["grades"][0]["grade"] == "B"
        assert found["grades"][0]["printed"] == "grade B"
        assert found["grades"][0]["explanation"]

    over_http(held, work)


def test_documents_are_resources(held: Settings) -> None:
    async def work(client: Client) -> None:
        listed = (await client.list_resources()).resources
        assert [str(each.uri) for each in listed] == [
            "fmqa://documents/metformin-at-a-glance",
            "fmqa://documents/uspstf-2021",
        ]
        (content,) = (await client.read_resource(listed[1].uri)).contents
        assert "USPSTF" in content.text  # type: ignore[union-attr]
        assert content.text.endswith(DISCLAIMER)  # type: ignore[union-attr]
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "fmqa://documents/{document_id}"
        with pytest.raises(MCPError, match="no such document"):
            await client.read_resource("fmqa://documents/no-such")

    over_http(held, work)


@pytest.mark.parametrize(
    ("tool", "asked", "words"),
    [
        ("ask", {"question": ""}, "question: String should have at least 1 character"),
        ("ask", {"question": "x" * 3000}, "longer than 2000 characters"),
        ("ask", {"question": "Zebrafish-7391?", "conversation_id": "no-such"}, "no such conversation"),
        ("ask", {"question": "Zebrafish-7391?", "zebrafish": 1}, "a field that is not known here"),
        ("get_document", {"document_id": "zebrafish"}, "no document with this id"),
        ("get_recommendations", {"intervention": "zebrafish"}, "knows no such treatment"),
        (
            "search",
            {"query": "Zebrafish-7391", "organisations": ["Zebrafish"]},
            "no organisation here is the one asked for",
        ),
    ],
)
def test_what_is_wrong_is_said_and_not_repeated(
    held: Settings, caplog: pytest.LogCaptureFixture, tool: str, asked: dict[str, Any], words: str
) -> None:
    async def work(client: Client) -> None:
        result = await client.call_tool(tool, asked)
        assert result.is_error
        assert words in result.content[0].text  # type: ignore[union-attr]
        assert "ebrafish" not in result.content[0].text  # type: ignore[union-attr]

    with caplog.at_level(logging.DEBUG):
        over_http(held, work)
    told = [record for record in caplog.records if not record.name.startswith("mcp.client")]
    assert told
    assert not [record.name for record in told if "ebrafish" in record.getMessage()]


def test_a_key_uses_the_tools_that_its_scopes_allow(held: Settings, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    key = keys.new(file, "ward-3", frozenset({Scope.ASK}))
    settings = held.model_copy(update={"keys": file})

    async def run() -> None:
        app = create_app(Assistant.open(settings))
        async with app.router.lifespan_context(app), connected(app, key) as client:
            assert not (await client.call_tool("ask", {"question": QUESTIONS[0]})).is_error
            refused = await client.call_tool("search", {"query": "kidney"})
            assert refused.is_error
            assert "it needs the scope read" in refused.content[0].text  # type: ignore[union-attr]

    asyncio.run(run())


def test_other_methods_are_refused(service: TestClient) -> None:
    assert service.get("/mcp").status_code == 405
    assert service.delete("/mcp").status_code == 405


def test_the_command_answers_over_standard_input(held: Settings) -> None:
    own = {"FMQA_CORPUS": held.corpus, "FMQA_INDEX": held.index, "FMQA_DATABASE": held.database}
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), **{name: str(value) for name, value in own.items()}}
    command = StdioServerParameters(command=sys.executable, args=["-m", "fmqa", "mcp"], env=environment)

    async def run() -> None:
        async with Client(stdio_client(command)) as client:
            result = await client.call_tool("ask", {"question": QUESTIONS[0]})
            assert result.structured_content["statements"][0]["citations"] == [1]
            assert result.structured_content["disclaimer"] == DISCLAIMER

    asyncio.run(run())
