"""What chat programs speak: models and chat completions as OpenAI's interface has them.

There is no language model behind it. The answer is the verified one that other routes give, as Markdown with the cited
sources as annotations, and whole in the field ``fmqa``. Nothing is stored: the history comes with each request, and a
follow-up means what it means after the user's earlier messages.

Source: https://platform.openai.com/docs/api-reference/chat
"""

import re
import time
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from fmqa.errors import NotFound
from fmqa.guard.waiting import Line
from fmqa.types import Answer, Audience, Only, Slug
from fmqa.web import exports, markup, metrics
from fmqa.web.problems import errors
from fmqa.web.routes.headers import no_query
from fmqa.web.streaming import Answering
from fmqa.wire import Text, Words

MODELS: Final = {"fmqa": Audience.CLINICIAN, "fmqa-patient": Audience.PATIENT}
"""The names by which a chat program chooses who reads the answers."""
_CHUNK: Final = {"type": "object", "required": ["data"], "properties": {"data": {"type": "string"}}}
"""An event of a stream: a part of the completion as JSON, or ``[DONE]``."""
_MADE: Final = int(time.time())  # the interface wants a time for each model


class _Open(BaseModel):
    """A record whose other fields are left aside: programs send what only a language model understands."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Part(_Open):
    """A part of a message; only text counts."""

    type: str = ""
    text: Text | None = None


class Message(_Open):
    """A message of the history. What the user said counts: instructions and earlier answers change nothing here."""

    role: str
    content: Text | tuple[Part, ...] | None = None

    @property
    def words(self) -> str:
        """The text of the message."""
        if isinstance(self.content, tuple):
            return "\n".join(part.text for part in self.content if part.text)
        return self.content or ""


class Options(BaseModel):
    """What the interface has no field for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: Slug | None = Field(None, description="The document that is read.")
    max_words: Words | None = Field(None, description="Longest answer, in words.")
    only: Only | None = Field(None, description="Which documents may answer; all without it.")


class StreamOptions(_Open):
    """How a stream ends."""

    include_usage: StrictBool = False


class ChatRequest(_Open):
    """A conversation so far; the last message of the user is answered. Fields that steer a model are left aside."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": "fmqa", "messages": [{"role": "user", "content": "What does EULAR say on exercise?"}]}
            ]
        }
    )

    model: Text = Field("fmqa", max_length=80, description="fmqa, or fmqa-patient for plain wordings.")
    messages: tuple[Message, ...] = Field(min_length=1)
    stream: StrictBool | None = False
    stream_options: StreamOptions | None = None
    fmqa: Options = Field(Options(), description="What the interface has no field for.")


class UrlCitation(BaseModel):
    """Where the words lie that a mark cites."""

    url: str
    title: str
    start_index: int
    end_index: int


class Annotation(BaseModel):
    """A citation of the content."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class Reply(BaseModel):
    """The answer as a message."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: str | None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The one answer that there is."""

    index: int = 0
    message: Reply
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class Usage(BaseModel):
    """Tokens that a language model read and wrote: none."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class ChatCompletion(BaseModel):
    """An answer in OpenAI's form, with the whole of it beside."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    system_fingerprint: str = Field(description="Index generation that it was answered from.")
    choices: list[Choice]
    usage: Usage = Usage()
    fmqa: Answer


class Model(BaseModel):
    """A name that can be asked."""

    id: str
    object: Literal["model"] = "model"
    created: int = _MADE
    owned_by: str = "fmqa"


class Models(BaseModel):
    """The names that can be asked."""

    object: Literal["list"] = "list"
    data: list[Model]


def add_routes(app: FastAPI, assistant: Answering, line: Line) -> None:
    """Add the routes that chat programs ask."""

    @app.get("/v1/models", tags=["openai"], responses=errors(422))
    async def models(_: Annotated[None, Depends(no_query)]) -> Models:
        """List the models that a chat program can choose: one for each audience."""
        return Models(data=[Model(id=name) for name in MODELS])

    @app.get("/v1/models/{model}", tags=["openai"], responses=errors(404, 422))
    async def model(model: str, _: Annotated[None, Depends(no_query)]) -> Model:
        """Return one model."""
        _audience(model)
        return Model(id=model)

    @app.post(
        "/v1/chat/completions",
        tags=["openai"],
        responses={
            200: {"content": {"text/event-stream": {"itemSchema": _CHUNK}}},
            **errors(400, 404, 413, 422, 503),
        },
        response_model=ChatCompletion,
        dependencies=[Depends(no_query)],
    )
    async def chat_completions(body: ChatRequest, request: Request) -> ChatCompletion | StreamingResponse:
        """Answer the last message of a chat; its history resolves follow-ups, and nothing of it is stored.

        With `stream`, as chunks in OpenAI's form.
        """
        audience = _audience(body.model)
        questions = [words for each in body.messages if each.role == "user" and (words := each.words.strip())]
        work = partial(
            assistant.reply,
            questions,
            audience=audience,
            max_words=body.fmqa.max_words,
            document=body.fmqa.document,
            only=body.fmqa.only,
        )
        answer = await line.run(work)
        metrics.answered(answer)
        completion = _completion(answer, body.model, questions[-1], str(request.base_url))
        if not body.stream:
            return completion
        include_usage = body.stream_options is not None and body.stream_options.include_usage
        return StreamingResponse(_chunks(completion, include_usage), media_type="text/event-stream")


def _audience(model: str) -> Audience:
    """Return who reads the answers of a model.

    Raises: NotFound if there is no such model.
    """
    if model not in MODELS:
        raise NotFound(f"there is no such model; there are {' and '.join(MODELS)}")
    return MODELS[model]


def _completion(answer: Answer, model: str, question: str, base_url: str) -> ChatCompletion:
    said, after = exports.reply(answer, question, base_url)
    sources = {source.n: source for source in answer.sources}
    marks = [(mark, sources[int(mark[1])]) for mark in re.finditer(r"\[(\d{1,4})\]", said) if int(mark[1]) in sources]
    annotations = [
        Annotation(
            url_citation=UrlCitation(
                url=base_url.rstrip("/") + markup.citation_link(source.anchor),
                title=source.short_title,
                start_index=mark.start(),
                end_index=mark.end(),
            )
        )
        for mark, source in marks
    ]
    content = f"{said}\n\n{after}"
    return ChatCompletion(
        id=f"chatcmpl-{answer.question_id}",
        created=int(time.time()),
        model=model,
        system_fingerprint=answer.generation,
        choices=[Choice(message=Reply(content=content, annotations=annotations))],
        fmqa=answer,
    )


def _chunks(completion: ChatCompletion, include_usage: bool) -> Iterator[str]:
    """Return a completion as the events of a stream: role, paragraphs, citations, the end with the whole answer."""
    common = completion.model_dump(include={"id", "created", "model", "system_fingerprint"})
    common["object"] = "chat.completion.chunk"
    message = completion.choices[0].message

    def chunk(delta: dict[str, Any], finish_reason: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return exports.event({**common, "choices": [choice], **more})

    yield chunk({"role": "assistant", "content": ""})
    for paragraph in re.findall(r".+?(?:\n\n|$)", message.content, re.DOTALL):
        yield chunk({"content": paragraph})
    yield chunk({"annotations": [each.model_dump() for each in message.annotations]})
    yield chunk({}, "stop", fmqa=completion.fmqa.model_dump(mode="json"))
    if include_usage:
        yield exports.event({**common, "choices": [], "usage": completion.usage.model_dump()})
    yield "data: [DONE]\n\n"
