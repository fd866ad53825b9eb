"""What every page has around its own words: the ask form, where its reader comes from, and headers."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field

from fmqa.errors import NotFound
from fmqa.guard.keys import Scope
from fmqa.types import Audience, DocumentKind, Record
from fmqa.web import views
from fmqa.web.forms import Choice
from fmqa.web.problems import Problem
from fmqa.web.streaming import Answering, every_document

_Made = TypeVar("_Made")
_COOKIE: Final = "audience"
_YEAR_SECONDS: Final = 365 * 24 * 3600
# Without a referrer a form would not say either that it comes from here.
HEADERS: Final = {"content-security-policy": views.POLICY, "referrer-policy": "same-origin"}
"""Of every page."""


class Arriving(Record):
    """What an address says of where its reader comes from."""

    came: str = Field("", alias="from", max_length=64, description="The answer that a link was followed from.")
    asked: str = Field("", max_length=64, description="The answer that is shown below the text it was asked on.")


class Place(NamedTuple):
    """The answer that a reader comes from, with its conversation."""

    conversation_id: str
    answer_id: str
    question: str

    @property
    def address(self) -> str:
        """Where the answer stands in its conversation."""
        return f"/conversations/{self.conversation_id}#turn-{self.answer_id}"


class Shelf(NamedTuple):
    """What can be chosen among the sources."""

    kinds: tuple[str, ...]
    organisations: tuple[str, ...]
    first_year: int | None
    last_year: int | None


class Ask(NamedTuple):
    """What the ask form of a page holds."""

    audience: Audience
    longest: int
    shelf: Shelf
    conversation_id: str = ""
    parent: str = ""  # the turn that is gone on from
    document: str = ""  # that is open: a new conversation starts from it
    question: str = ""
    suggestions: tuple[str, ...] = ()
    choice: Choice = Choice()
    error: Problem | None = None


class _Slot:
    """A thing that is kept, or is being made."""

    def __init__(self) -> None:
        self.making = threading.Lock()
        self.made: tuple[Any, ...] = ()  # empty until it is made


class PerGeneration:
    """What is worked out once for a generation of the index, however many ask for it at once.

    Who asks for one thing does not wait for another one.
    """

    def __init__(self, most: int = 128) -> None:
        """Keep at most so many things, those that were asked for last."""
        self._most = most
        self._kept: OrderedDict[tuple[object, ...], _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, generation: str, key: tuple[object, ...], make: Callable[[], _Made]) -> _Made:
        """Return what was made for a generation under a key, or make it now."""
        place = (generation, *key)
        with self._lock:
            slot = self._kept.setdefault(place, _Slot())
            self._kept.move_to_end(place)
        with slot.making:
            if not slot.made:
                try:
                    slot.made = (make(),)
                except BaseException:
                    self._drop(place, slot)
                    raise
            made: _Made = slot.made[0]
        with self._lock:
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def _drop(self, place: tuple[object, ...], slot: _Slot) -> None:
        with self._lock:
            if self._kept.get(place) is slot:
                del self._kept[place]


class Site:
    """The pages of one assistant."""

    def __init__(self, assistant: Answering) -> None:
        self.assistant = assistant
        self.kept = PerGeneration()

    def page(self, request: Request, template: str, status: int = 200, **context: Any) -> Response:
        """Return a page: a template filled in, with the ask form and the way back to the answer."""
        context.setdefault("place", self.place(request))
        context.setdefault("edits", request.state.caller.may(Scope.ADMIN))
        context.setdefault("ask", self.ask(request, place=context["place"]))
        return HTMLResponse(views.render(template, **context), status, HEADERS)

    def ask(self, request: Request, *, place: Place | None = None, **known: Any) -> Ask:
        """Return the ask form of a page; it goes on with the conversation that the reader comes from."""
        remembered = request.cookies.get(_COOKIE)
        audience = Audience(remembered) if remembered in set(Audience) else Audience.CLINICIAN
        on = {"conversation_id": place.conversation_id, "parent": place.answer_id} if place else {}
        return Ask(audience, self.assistant.settings.question_chars, self.shelf(), **on | known)

    def place(self, request: Request) -> Place | None:
        """Return the answer that a request says it comes from; None if it says none, or one that is gone."""
        answer_id = request.query_params.get("from") or request.query_params.get("asked")
        if not answer_id:
            return None
        try:
            stored = self.assistant.conversations.of(request.state.caller.name).answer(answer_id)
        except NotFound:
            return None
        return Place(stored.answer.conversation_id, answer_id, stored.question)

    def start(self) -> str:
        """Return the id of the document that the service starts from; empty where none is held."""
        index = self.assistant.index
        start = self.assistant.settings.start_document or index.vocabulary.pack.start
        return start if start and start in index.document_ids else ""

    def shelf(self) -> Shelf:
        """Return what can be chosen among the sources of the present generation."""
        index = self.assistant.index

        def made() -> Shelf:
            held = [document.metadata for document in every_document(index)]
            kinds = {document.kind for document in held}
            years = [document.year for document in held if document.year]
            return Shelf(
                kinds=tuple(kind.value for kind in DocumentKind if kind in kinds),
                organisations=tuple(sorted({document.organisation for document in held if document.organisation})),
                first_year=min(years, default=None),
                last_year=max(years, default=None),
            )

        return self.kept.get(index.generation, ("shelf",), made)


def remember(response: Response, audience: Audience) -> Response:
    """Return a response after which the browser sends the audience along; the page's script sets it too."""
    response.set_cookie(_COOKIE, audience, max_age=_YEAR_SECONDS, samesite="strict")
    return response
