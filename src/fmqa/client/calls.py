"""What a client can ask of the service: each call is a request, and how its response is read. Nothing is sent here.

The docstrings are those of the clients' methods, which take the same arguments and return what is read.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Generic, NamedTuple, TypeVar

import httpx2
from pydantic import BaseModel

from fmqa import errors
from fmqa.answer.standing import Standing
from fmqa.errors import FmqaError, Unavailable
from fmqa.store.conversations import StoredAnswer
from fmqa.store.feedback import FeedbackKind
from fmqa.types import Answer, Audience, Direction, Document, Only, Passage
from fmqa.wire import (
    ConversationList,
    ConversationTurns,
    DocumentDetail,
    DocumentList,
    DocumentQuery,
    DoneEvent,
    FeedbackGiven,
    InterpretationEvent,
    Page,
    PassagesEvent,
    Question,
    RecommendationList,
    RecommendationQuery,
    SearchQuery,
    SearchResults,
    State,
    StreamEvent,
)

T = TypeVar("T")
_Model = TypeVar("_Model", bound=BaseModel)
FORMS: Final = {
    "markdown": "text/markdown",
    "text": "text/plain",
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl-json": "application/vnd.citationstyles.csl+json",
    "json-ld": "application/ld+json",
}
"""Forms of a stored answer, or of its sources, and their media types."""
NO_FILTER: Final = Only()


class Call(NamedTuple, Generic[T]):
    """A request, and how its response is read."""

    method: str
    path: str
    read: Callable[[httpx2.Response], T]
    query: Mapping[str, Any] = {}
    body: BaseModel | None = None
    accept: str = "application/json"
    key: str | None = None  # of a request that may be sent again

    def request(self, client: "httpx2.Client | httpx2.AsyncClient") -> httpx2.Request:
        """Return the request as it is sent."""
        headers = {"accept": self.accept, **({"idempotency-key": self.key} if self.key else {})}
        content = None if self.body is None else self.body.model_dump_json(exclude_none=True)
        if content is not None:
            headers["content-type"] = "application/json"
        return client.build_request(self.method, self.path, params=dict(self.query), content=content, headers=headers)


def _of(record: type[_Model]) -> Callable[[httpx2.Response], _Model]:
    return lambda response: record.model_validate_json(response.content)


def _nothing(_response: httpx2.Response) -> None:
    return None


def _set(query: BaseModel) -> dict[str, Any]:
    """Return the parameters that are set; of several values each."""
    return query.model_dump(mode="json", exclude_defaults=True)


def ask(
    question: str,
    conversation_id: str | None = None,
    audience: Audience = Audience.CLINICIAN,
    document: str | None = None,
    max_words: int | None = None,
    only: Only = NO_FILTER,
) -> Call[Answer]:
    """Ask a question, or with the id of its conversation a follow-up; sent twice, it is answered once."""
    body = Question(
        question=question,
        conversation_id=conversation_id,
        audience=audience,
        document=document,
        max_words=max_words,
        only=only,
    )
    return Call("POST", "/v1/ask", _of(Answer), body=body, key=str(uuid.uuid4()))


def stream(asked: Question) -> Call[None]:
    """Ask a question whose answer comes step by step."""
    key = str(uuid.uuid4())
    return Call("POST", "/v1/ask/stream", _nothing, body=asked, accept="text/event-stream", key=key)


def search(query: str, k: int = 10, only: Only = NO_FILTER) -> Call[SearchResults]:
    """Return the passages nearest to a query, of the documents that the filters allow."""
    return Call("GET", "/v1/search", _of(SearchResults), _set(SearchQuery(q=query, k=k, **dict(only))))


def documents(only: Only = NO_FILTER, limit: int = 500, offset: int = 0) -> Call[DocumentList]:
    """List the documents that the filters allow."""
    asked = DocumentQuery(**dict(only), limit=limit, offset=offset)
    return Call("GET", "/v1/documents", _of(DocumentList), _set(asked))


def document(document_id: str) -> Call[Document]:
    """Return a document with its text, which anchors point into."""

    def read(response: httpx2.Response) -> Document:
        return DocumentDetail.model_validate_json(response.content).document

    return Call("GET", f"/v1/documents/{document_id}", read)


def fhir(document_id: str) -> Call[dict[str, Any]]:
    """Return a document's recommendations and grades as a FHIR R5 bundle."""

    def read(response: httpx2.Response) -> dict[str, Any]:
        found: dict[str, Any] = response.json()
        return found

    return Call("GET", f"/v1/documents/{document_id}", read, accept="application/fhir+json")


def passage(passage_id: str) -> Call[Passage]:
    """Return a passage with its anchor."""
    return Call("GET", f"/v1/passages/{passage_id}", _of(Passage))


def recommendations(
    intervention: str | None = None,
    direction: Direction | None = None,
    only: Only = NO_FILTER,
    limit: int = 100,
    offset: int = 0,
) -> Call[RecommendationList]:
    """List recommendations with their grades as printed."""
    own = {"intervention": intervention, "direction": direction}
    asked = RecommendationQuery.model_validate({**dict(only), **own, "limit": limit, "offset": offset})
    return Call("GET", "/v1/recommendations", _of(RecommendationList), _set(asked))


def answer(answer_id: str) -> Call[StoredAnswer]:
    """Return an answer as it was given, with its question."""
    return Call("GET", f"/v1/answers/{answer_id}", _of(StoredAnswer))


def export(answer_id: str, form: str) -> Call[str]:
    """Return a stored answer, or its sources, in one of FORMS.

    Raises: KeyError if there is no such form.
    """
    return Call("GET", f"/v1/answers/{answer_id}", lambda response: response.text, accept=FORMS[form])


def standing(answer_id: str) -> Call[Standing]:
    """Return whether a stored answer is still what its sources say, and what changed."""
    return Call("GET", f"/v1/answers/{answer_id}/standing", _of(Standing))


def feedback(answer_id: str, kind: FeedbackKind, comment: str = "") -> Call[None]:
    """Say of an answer that it is helpful, wrong, or that something is missing."""
    return Call("POST", f"/v1/answers/{answer_id}/feedback", _nothing, body=FeedbackGiven(kind=kind, comment=comment))


def conversations(limit: int = 50, offset: int = 0) -> Call[ConversationList]:
    """List conversations, last used first."""
    return Call("GET", "/v1/conversations", _of(ConversationList), _set(Page(limit=limit, offset=offset)))


def conversation(conversation_id: str) -> Call[ConversationTurns]:
    """Return the turns of a conversation."""
    return Call("GET", f"/v1/conversations/{conversation_id}", _of(ConversationTurns))


def delete_conversation(conversation_id: str) -> Call[None]:
    """Delete a conversation for good."""
    return Call("DELETE", f"/v1/conversations/{conversation_id}", _nothing)


def ready() -> Call[State]:
    """Return whether questions can be answered."""
    return Call("GET", "/readyz", _of(State))


# --- what goes wrong --------------------------------------------------------------------------------------------------


def error_of(response: httpx2.Response) -> FmqaError:
    """Return the error that a response tells of: of the class that the service raised, as far as it is known here."""
    try:
        problem = response.json()
        slug, title, detail = problem["type"].rpartition("/")[2], problem["title"], problem["detail"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return Unavailable(f"no fmqa service answered, but something with status {response.status_code}")
    faults = (f"{each.get('field') or 'request'}: {each['problem']}" for each in problem.get("errors", ()))
    error = _KNOWN.get(slug, FmqaError)("; ".join((detail, *faults)))
    error.slug, error.title, error.status = slug, title, response.status_code
    error.retry_after = wait_of(response)
    return error


def wait_of(response: httpx2.Response) -> int | None:
    """Return the seconds after which a response says that it is worth asking again; None if it does not."""
    told = response.headers.get("retry-after", "")
    return int(told) if told.isdecimal() else None


def _family(error: type[FmqaError]) -> Iterator[type[FmqaError]]:
    yield error
    for each in error.__subclasses__():
        yield from _family(each)


_KNOWN: Final = {error.slug: error for error in _family(errors.FmqaError)}

# --- the events of a stream -------------------------------------------------------------------------------------------


class Events:
    """Makes the events of a stream into records; ``answer`` and ``sources`` become one answer."""

    def __init__(self) -> None:
        self._answer: dict[str, Any] = {}

    def read(self, name: str, data: str) -> StreamEvent | None:
        """Return the record that an event completes; None if more belongs to it.

        Raises: FmqaError if the event tells of one.
        """
        match name:
            case "interpretation":
                return InterpretationEvent.model_validate_json(data)
            case "passages":
                return PassagesEvent.model_validate_json(data)
            case "answer":
                self._answer = json.loads(data)
            case "sources":
                return Answer.model_validate_json(json.dumps(self._answer | json.loads(data)))
            case "done":
                return DoneEvent.model_validate_json(data)
            case "error":
                problem = json.loads(data)
                raise error_of(httpx2.Response(problem["status"], json=problem))
        return None
