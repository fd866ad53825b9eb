"""The OpenAPI description: what errors really look like, an answer in full, and the events of a stream."""

import json
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from fmqa.types import Answer
from fmqa.web import problems
from fmqa.wire import DoneEvent, InterpretationEvent, PassagesEvent, SourcesEvent

TAGS: Final = [
    {"name": "answers", "description": "Questions, their answers whole or step by step, and answers read again."},
    {"name": "corpus", "description": "What answers come from; it changes only with a generation of the index (ETag)."},
    {"name": "conversations", "description": "Stored conversations of the one who asks."},
    {"name": "openai", "description": "For chat programs that speak OpenAI's interface; nothing is stored."},
    {"name": "cds-hooks", "description": "Cards of information for record systems; nothing is kept."},
    {"name": "state", "description": "What the service is, and whether it is well."},
]
_REF: Final = "#/components/schemas/"
EVENTS: Final = {
    "interpretation": "InterpretationEvent",
    "passages": "PassagesEvent",
    "answer": "AnswerEvent",
    "sources": "SourcesEvent",
    "done": "DoneEvent",
    "error": "Problem",
}
"""The schema of each event of a stream."""


class App(FastAPI):
    """FastAPI whose description names the media types that errors and events really have, and shows a whole answer."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI description."""
        if self.openapi_schema is not None:
            return self.openapi_schema
        schema = super().openapi()
        for path in schema["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    _name_problems(int(status), response)
        _add_events(schema)
        # Here and not at the route, where the framework would leave out every null.
        example = json.loads(files("fmqa.web").joinpath("example_answer.json").read_text())
        answered = schema["paths"]["/v1/ask"]["post"]["responses"]["200"]["content"]["application/json"]
        answered["example"] = example
        return schema


def _name_problems(status: int, response: dict[str, Any]) -> None:
    for media_type in ("application/json", "text/event-stream"):
        if status >= 400 and media_type in response.get("content", {}):
            response["content"] = {problems.MEDIA_TYPE: response["content"].pop(media_type)}


def _add_events(schema: dict[str, Any]) -> None:
    """Describe each event of the stream: its name, and what its data hold as JSON."""
    known = schema["components"]["schemas"]
    records = (InterpretationEvent, PassagesEvent, SourcesEvent, DoneEvent, Answer)
    _, made = models_json_schema([(each, "serialization") for each in records], ref_template=_REF + "{model}")
    for name, each in made["$defs"].items():
        known.setdefault(name, each)
    answer = known["Answer"]
    known["AnswerEvent"] = {
        **answer,
        "title": "AnswerEvent",
        "description": "The verified answer, without its sources.",
        "properties": {name: each for name, each in answer["properties"].items() if name != "sources"},
        "required": [name for name in answer["required"] if name != "sources"],
    }
    events = [
        {
            "type": "object",
            "title": f"event: {event}",
            "required": ["event", "data"],
            "properties": {
                "event": {"const": event},
                "data": {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": {"$ref": _REF + record},
                },
            },
        }
        for event, record in EVENTS.items()
    ]
    content = schema["paths"]["/v1/ask/stream"]["post"]["responses"]["200"]["content"]
    content["text/event-stream"] = {"itemSchema": {"oneOf": events}}  # a schema would be that of the list of all events
