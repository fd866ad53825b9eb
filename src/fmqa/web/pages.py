"""The pages where people read and ask, rendered on the server: they work without a script, with nothing from outside.

A form is answered with a redirect to the page that shows the result, so that a reload asks nothing again. Requests that
another site makes a browser send are refused.
"""

import asyncio
import datetime
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Annotated, Final, NamedTuple

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.exceptions import HTTPException

from fmqa.errors import BadQuestion, FmqaError, NotFound
from fmqa.grades.systems import known
from fmqa.guard.keys import Caller
from fmqa.guard.waiting import Line
from fmqa.store import feedback
from fmqa.store.conversations import StoredAnswer
from fmqa.types import Answer, Document, Metadata, Record, ReviewState, Trust, question_key
from fmqa.web import exports, forms, linked_data, markup, problems, streaming, views
from fmqa.web.documents import originals, uploads
from fmqa.web.forms import AskForm, Choice, FeedbackForm
from fmqa.web.gate import Asking
from fmqa.web.problems import Problem
from fmqa.web.site import comparing, embedding, evidence, handouts, history, landing, reviewing, updates
from fmqa.web.site.frame import Arriving, Ask, Site, remember
from fmqa.web.streaming import Answering, Indexed, every_document

_SUGGESTED: Final = 3
_POINTS: Final = "What are the key points?"


class Cited(Arriving):
    """The span of a document that a citation points at."""

    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=1)
    text: str | None = Field(None, max_length=64, description="Start of the SHA-256 of the text that it was made for.")


class Listed(NamedTuple):
    """A document in the list of sources: reading every document takes a while."""

    metadata: Metadata
    statements: int
    review_state: ReviewState
    trust: Trust
    is_added: bool


def add_pages(app: FastAPI, assistant: Answering, line: Line) -> None:
    """Add the pages to an application.

    Args:
        app: The application.
        assistant: What answers.
        line: Where questions are answered.
    """
    site = Site(assistant)
    app.state.site = site
    _add_static(app)
    _add_documents(app, site)
    _add_asking(app, site, line)
    handouts.add_pages(app, site)
    updates.add_pages(app, site)
    comparing.add_pages(app, site)
    reviewing.add_pages(app, site)
    embedding.add_pages(app, site)
    _add_answers(app, site)
    history.add_pages(app, site)
    evidence.add_pages(app, site)
    _add_about(app, site)


def problem_page(request: Request, problem: Problem) -> Response:
    """Return the page that tells of an error."""
    site: Site = request.app.state.site
    return site.page(request, "problem.html", problem.status, here="", problem=problem, place=None)


def problem_types_page(request: Request, types: Sequence[Record]) -> Response:
    """Return the page that tells what one kind of problem means, or lists all."""
    site: Site = request.app.state.site
    return site.page(request, "problem_types.html", here="", types=types)


def wants_page(request: Request) -> bool:
    """Return whether a browser is asking, rather than a program."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def _add_static(app: FastAPI) -> None:
    @app.get("/static/{name}", include_in_schema=False)
    async def static(name: str) -> Response:
        if name not in views.STATIC:
            raise HTTPException(404)
        media_type, content = views.STATIC[name]
        # The address holds a hash of the content.
        return Response(
            content, media_type=media_type, headers={"cache-control": "public, max-age=31536000, immutable"}
        )


def _add_documents(app: FastAPI, site: Site) -> None:
    @app.get("/", include_in_schema=False)
    def start(request: Request) -> Response:
        if start_document := site.start():
            return _document_page(request, site, start_document, Cited(), here="/")
        return _documents_page(request, site, Choice(), here="/")

    @app.get("/documents", include_in_schema=False)
    def documents(request: Request) -> Response:
        return _documents_page(request, site, forms.choice_of(request), here="/documents")

    @app.get("/documents/{document_id}", include_in_schema=False)
    def document(request: Request, document_id: str, cited: Annotated[Cited, Query()]) -> Response:
        return _document_page(request, site, document_id, cited, here="")


def _documents_page(request: Request, site: Site, choice: Choice, here: str) -> Response:
    index = site.assistant.index
    documents = site.kept.get(index.generation, ("listed",), lambda: tuple(map(_listed, every_document(index))))
    names = {document.metadata.id: document.metadata.short_title for document in documents}
    place = site.place(request)
    ask = site.ask(request, place=place, choice=choice)
    upload = uploads.form_of(request.state.caller, site.assistant.settings)
    return site.page(
        request, "documents.html", here=here, documents=documents, names=names, place=place, ask=ask, upload=upload
    )


def _listed(document: Document) -> Listed:
    return Listed(
        document.metadata, len(document.statements), document.review_state, document.trust, is_added=document.is_added
    )


def _document_page(request: Request, site: Site, document_id: str, cited: Cited, here: str) -> Response:
    index = site.assistant.index
    document = index.document(document_id)
    stale = cited.text is not None and not document.sha256.startswith(cited.text)
    span = None
    if cited.start is not None and cited.end is not None and not stale:
        if not cited.start < cited.end <= len(document.text):
            raise NotFound("the document has no such span; its text may have changed")
        span = (cited.start, cited.end)
    successor = document.metadata.superseded_by
    others = (*document.metadata.supersedes, *([successor] if successor else ()))
    place = site.place(request)
    answers: tuple[StoredAnswer, ...] = ()
    if place and request.query_params.get("asked"):  # the article with what was asked on it, for a reload
        answers = site.assistant.conversations.of(request.state.caller.name).answers(place.conversation_id)
    suggestions = answers[-1].answer.suggestions if answers else _suggestions(index, document)
    if not answers and not here:  # the start page tells them already
        suggestions = (_POINTS, *suggestions)[:_SUGGESTED]
    return site.page(
        request,
        "document.html",
        here=here,
        document=document,
        blocks=markup.document_blocks(document, span, known(index.vocabulary.grading)),
        stale=stale,
        cited=span is not None,
        page=originals.page_of(document, span),
        may_remove=uploads.form_of(request.state.caller, site.assistant.settings) is not None,
        original=_original(document),
        names={other: index.document(other).metadata.short_title for other in others if other in index.document_ids},
        linked_data=linked_data.page(document, index.vocabulary),
        landing=landing.landing(document, site.shelf()) if here else None,
        answers=answers,
        place=None if answers else place,
        ask=site.ask(request, place=place, document=document.id, suggestions=suggestions),
    )


def _add_asking(app: FastAPI, site: Site, line: Line) -> None:
    assistant = site.assistant

    @app.post("/ask", include_in_schema=False)
    async def ask(request: Request, form: forms.Asked, caller: Asking) -> Response:
        question = form.suggestion or form.question
        try:
            answer = await _answer(assistant, line, question, form, caller)
        except (BadQuestion, NotFound) as error:
            problem = problems.of_error(error)
            # A conversation that is gone cannot be gone on with; what was typed can be asked anew.
            gone = isinstance(error, NotFound)
            kept = {} if gone else form.model_dump(include={"conversation_id", "parent", "document"})
            shown = site.ask(request, **kept, question=question, error=problem, choice=form.choice)
            shown = shown._replace(audience=form.audience)
            conversation_id = "" if gone else form.conversation_id
            return await asyncio.to_thread(_conversation_page, request, site, conversation_id, shown, problem.status)
        if not answer.is_stored:
            given = StoredAnswer(question=question, created=datetime.datetime.now(datetime.UTC), answer=answer)
            return site.page(request, "conversation.html", here="", answers=(given,), title=question, kept=None)
        address = f"/conversations/{answer.conversation_id}#turn-{answer.question_id}"
        return remember(RedirectResponse(address, 303), form.audience)

    async def room() -> None:
        line.check()  # once the stream has begun, its status is said

    @app.post("/ask/stream", include_in_schema=False, response_class=EventSourceResponse, dependencies=[Depends(room)])
    async def stream(form: forms.Asked, caller: Asking) -> AsyncIterator[ServerSentEvent]:
        try:
            async for event in _events(assistant, line, form.suggestion or form.question, form, caller):
                yield event
        except FmqaError as error:
            problem = problems.of_error(error)
            yield ServerSentEvent(event="error", data=problem.model_dump(mode="json"))
        except Exception as error:  # a stream ends in done or error, whatever happens
            yield ServerSentEvent(event="error", data=problems.of_fault(error, "POST").model_dump(mode="json"))


def _steps(
    assistant: Answering, line: Line, question: str, form: AskForm, caller: Caller
) -> AsyncIterator[streaming.Step]:
    """Ask the question of a form; an empty field says nothing.

    A document that is gone since its page was opened is passed over: whoever has an emergency must not get an error.
    """
    return streaming.steps(
        assistant,
        line,
        question,
        conversation_id=form.conversation_id or None,
        audience=form.audience,
        document=form.document if form.document in assistant.index.document_ids else None,
        owner=caller.name,
        only=form.wanted,
        parent=form.parent or None if form.conversation_id else None,
    )


async def _answer(assistant: Answering, line: Line, question: str, form: AskForm, caller: Caller) -> Answer:
    steps = _steps(assistant, line, question, form, caller)
    *_, answer = [step async for step in steps]
    assert isinstance(answer, Answer)  # noqa: S101 - the last step is
    return answer


async def _events(
    assistant: Answering, line: Line, question: str, form: AskForm, caller: Caller
) -> AsyncIterator[ServerSentEvent]:
    """Return the events of one answer, as parts of a page: interpretation, passages, answer, sources, done."""
    asked = {"question": question.strip(), "audience": form.audience}
    async for step in _steps(assistant, line, question, form, caller):
        match step:
            case streaming.Interpretation(text):
                html = views.fragment("opening", **asked, interpreted=text, conversation_id=form.conversation_id)
                yield ServerSentEvent(event="interpretation", data={"html": html})
            case streaming.Found(passages):
                yield _passages(assistant, tuple(found.passage.anchor.document_id for found in passages))
            case answer:
                own = {"interpreted": answer.interpreted_question, "conversation_id": answer.conversation_id}
                head = views.fragment("head", **asked, **own)
                yield ServerSentEvent(
                    event="answer", data={"html": views.fragment("body", answer=answer), "head": head}
                )
                yield ServerSentEvent(event="sources", data={"html": views.fragment("sources", answer=answer)})
                expires, suggestions = None, answer.suggestions
                if answer.is_stored:
                    mine = assistant.conversations.of(caller.name)
                    expires = await asyncio.to_thread(mine.expires, answer.conversation_id)
                    turns = await asyncio.to_thread(mine.turns, answer.conversation_id)
                    suggestions = _unasked(suggestions, (turn.question for turn in turns))
                done = {
                    "html": views.fragment("actions", answer=answer, expires=expires),
                    "turn": f"turn-{answer.question_id}",
                    "answer": answer.question_id if answer.is_stored else form.parent,
                    "conversation_id": answer.conversation_id if answer.is_stored else form.conversation_id,
                    "stored": answer.is_stored,
                    "suggestions": suggestions,
                }
                yield ServerSentEvent(event="done", data=done)


def _passages(assistant: Answering, document_ids: tuple[str, ...]) -> ServerSentEvent:
    names = [assistant.index.document(found).metadata.short_title for found in dict.fromkeys(document_ids)]
    return ServerSentEvent(event="passages", data={"text": f"Reading {', '.join(names)} …" if names else ""})


def _add_answers(app: FastAPI, site: Site) -> None:
    conversations = site.assistant.conversations

    @app.get("/conversations/{conversation_id}", include_in_schema=False)
    def conversation(request: Request, conversation_id: str, caller: Asking) -> Response:
        conversations.of(caller.name).turns(conversation_id, last=1)
        return _conversation_page(request, site, conversation_id, None, 200)

    @app.get("/answers/{answer_id}", include_in_schema=False)
    def answer(request: Request, answer_id: str, caller: Asking, thanks: bool = False) -> Response:
        stored = conversations.of(caller.name).answer(answer_id)
        return site.page(
            request,
            "answer.html",
            here="",
            stored=stored,
            linked_data=linked_data.answer(stored, str(request.base_url)),
            generation=site.assistant.index.generation,
            thanks=thanks,
            place=None,
            ask=site.ask(
                request,
                conversation_id=stored.answer.conversation_id,
                parent=answer_id,
                suggestions=stored.answer.suggestions,
            ),
        )

    @app.get("/answers/{answer_id}/{form}", include_in_schema=False)
    def export(answer_id: str, form: str, caller: Asking) -> Response:
        if form not in exports.FORMATS:
            raise HTTPException(404)
        stored = conversations.of(caller.name).answer(answer_id)
        media_type, ending = exports.FORMATS[form]
        content = exports.export(stored.answer, stored.question, form, stored.created.date())
        shown = "inline" if form in ("text", "line") else "attachment"
        headers = {"content-disposition": f'{shown}; filename="fmqa-{stored.created:%Y-%m-%d}.{ending}"'}
        return Response(content, media_type=media_type, headers=headers)

    @app.post("/answers/{answer_id}/feedback", include_in_schema=False)
    async def add_feedback(request: Request, answer_id: str, caller: Asking) -> Response:
        form = await forms.read(request, FeedbackForm)
        mine = conversations.of(caller.name)
        await asyncio.to_thread(feedback.add, mine, answer_id, form.kind, form.comment, about=form.about or None)
        return RedirectResponse(f"/answers/{answer_id}?thanks=1#feedback", 303)


def _add_about(app: FastAPI, site: Site) -> None:
    @app.get("/policy", include_in_schema=False)
    @app.get("/limits", include_in_schema=False)
    def about(request: Request) -> Response:
        here = request.url.path
        return site.page(request, f"{here[1:]}.html", here=here)


def _conversation_page(request: Request, site: Site, conversation_id: str, ask: Ask | None, status: int) -> Response:
    conversations = site.assistant.conversations.of(request.state.caller.name)
    answers = conversations.answers(conversation_id) if conversation_id else ()
    suggestions = _unasked(answers[-1].answer.suggestions, (each.question for each in answers)) if answers else ()
    parent = answers[-1].answer.question_id if answers else ""
    remembered = conversations.remembered(conversation_id) if answers else None
    return site.page(
        request,
        "conversation.html",
        status,
        here="",
        answers=answers,
        title=remembered.title if remembered else "Your questions",
        kept=remembered,
        place=None,
        ask=ask or site.ask(request, conversation_id=conversation_id, parent=parent, suggestions=suggestions),
    )


def _unasked(suggestions: Iterable[str], questions: Iterable[str]) -> tuple[str, ...]:
    """Return the suggestions that were not asked yet in a conversation."""
    asked = {question_key(question) for question in questions}
    return tuple(suggestion for suggestion in suggestions if question_key(suggestion) not in asked)


def _original(document: Document) -> str | None:
    """Return where a document's source can be opened; None if it has several, or one without an address."""
    about = document.metadata
    if about.doi:
        return f"https://doi.org/{about.doi}"
    if about.url or not about.pmid:
        links = [reference.link for reference in about.references if reference.link]
        return about.url or (links[0] if len(about.references) == 1 and links else None)
    return f"https://pubmed.ncbi.nlm.nih.gov/{about.pmid}/"


def _suggestions(index: Indexed, document: Document) -> tuple[str, ...]:
    """Return questions on a document's subject that were answered when the index was built."""
    mine = [*document.metadata.interventions]
    mine += [name for span in document.statements for name in span.statement.interventions]
    pool = index.suggestions
    return tuple(dict.fromkeys(question for name in dict.fromkeys(mine) for question in pool.get(name, ())))[
        :_SUGGESTED
    ]
