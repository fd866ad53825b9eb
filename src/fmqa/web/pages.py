"""The pages where people read and ask, rendered on the server: they work without a script, with nothing from outside.

A form is answered with a redirect to the page that shows the result, so that a reload asks nothing again. Requests that
another site makes a browser send are refused.
"""

import asyncio
import datetime
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.exceptions import HTTPException

from fmqa.errors import BadQuestion, FmqaError, NotFound
from fmqa.grades.systems import known
from fmqa.guard.keys import Caller
from fmqa.guard.waiting import Line
from fmqa.store import feedback
from fmqa.store.conversations import StoredAnswer
from fmqa.types import Answer, Audience, Document, Record
from fmqa.web import estimates, exports, forms, linked_data, markup, overview, plots, problems, streaming, views
from fmqa.web.documents import originals, uploads
from fmqa.web.forms import AskForm, FeedbackForm
from fmqa.web.gate import Asking
from fmqa.web.problems import Problem
from fmqa.web.streaming import Answering, Indexed

_COOKIE = "audience"
_YEAR_SECONDS = 365 * 24 * 3600
# Without a referrer a form would not say either that it comes from here.
_PAGE = {"content-security-policy": views.POLICY, "referrer-policy": "same-origin"}
_SUGGESTED = 3


class Cited(Record):
    """The span of a document that a citation points at."""

    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=1)
    text: str | None = Field(None, max_length=64, description="Start of the SHA-256 of the text that it was made for.")


class Ask(NamedTuple):
    """What the ask form of a page holds."""

    audience: Audience
    longest: int
    conversation_id: str = ""
    document: str = ""  # that is open: a new conversation starts from it
    question: str = ""
    suggestions: tuple[str, ...] = ()
    error: Problem | None = None


def add_pages(app: FastAPI, assistant: Answering, line: Line) -> None:
    """Add the pages to an application.

    Args:
        app: The application.
        assistant: What answers.
        line: Where questions are answered.
    """
    _add_static(app)
    _add_documents(app, assistant)
    _add_asking(app, assistant, line)
    _add_answers(app, assistant)
    _add_overviews(app, assistant)


def problem_page(request: Request, assistant: Answering, problem: Problem) -> Response:
    """Return the page that tells of an error."""
    content = views.render("problem.html", here="", problem=problem, ask=_ask(request, assistant))
    return HTMLResponse(content, problem.status, _PAGE)


def problem_types_page(request: Request, assistant: Answering, types: Sequence[Record]) -> Response:
    """Return the page that tells what one kind of problem means, or lists all."""
    return _page(request, assistant, "problem_types.html", here="", types=types)


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


def _add_documents(app: FastAPI, assistant: Answering) -> None:
    @app.get("/", include_in_schema=False)
    def start(request: Request) -> Response:
        start_document = assistant.settings.start_document or assistant.index.vocabulary.pack.start
        if start_document and start_document in assistant.index.document_ids:
            return _document_page(request, assistant, start_document, Cited(), here="/")
        return _documents_page(request, assistant, here="/")

    @app.get("/documents", include_in_schema=False)
    def documents(request: Request) -> Response:
        return _documents_page(request, assistant, here="/documents")

    @app.get("/documents/{document_id}", include_in_schema=False)
    def document(request: Request, document_id: str, cited: Annotated[Cited, Query()]) -> Response:
        return _document_page(request, assistant, document_id, cited, here="")


def _documents_page(request: Request, assistant: Answering, here: str) -> Response:
    documents = _every_document(assistant.index)
    names = {document.id: document.metadata.short_title for document in documents}
    upload = uploads.form_of(request.state.caller, assistant.settings)
    return _page(request, assistant, "documents.html", here=here, documents=documents, names=names, upload=upload)


def _document_page(request: Request, assistant: Answering, document_id: str, cited: Cited, here: str) -> Response:
    index = assistant.index
    document = index.document(document_id)
    stale = cited.text is not None and not document.sha256.startswith(cited.text)
    span = None
    if cited.start is not None and cited.end is not None and not stale:
        if not cited.start < cited.end <= len(document.text):
            raise NotFound("the document has no such span; its text may have changed")
        span = (cited.start, cited.end)
    successor = document.metadata.superseded_by
    return _page(
        request,
        assistant,
        "document.html",
        here=here,
        document=document,
        blocks=markup.document_blocks(document, span, known(index.vocabulary.grading)),
        stale=stale,
        cited=span is not None,
        page=originals.page_of(document, span),
        may_remove=uploads.form_of(request.state.caller, assistant.settings) is not None,
        names={successor: index.document(successor).metadata.short_title} if successor else {},
        linked_data=linked_data.page(document, index.vocabulary),
        ask=_ask(request, assistant, document=document.id, suggestions=_suggestions(index, document)),
    )


def _add_asking(app: FastAPI, assistant: Answering, line: Line) -> None:
    @app.post("/ask", include_in_schema=False)
    async def ask(request: Request, form: forms.Asked, caller: Asking) -> Response:
        question = form.suggestion or form.question
        try:
            answer = await _answer(assistant, line, question, form, caller)
        except (BadQuestion, NotFound) as error:
            problem = problems.of_error(error)
            # A conversation that is gone cannot be gone on with; what was typed can be asked anew.
            kept = "" if isinstance(error, NotFound) else form.conversation_id
            on = "" if isinstance(error, NotFound) else form.document
            shown = _ask(request, assistant, conversation_id=kept, document=on, question=question, error=problem)
            shown = shown._replace(audience=form.audience)
            return await asyncio.to_thread(_conversation_page, request, assistant, kept, shown, problem.status)
        if not answer.is_stored:
            given = StoredAnswer(question=question, created=datetime.datetime.now(datetime.UTC), answer=answer)
            return _page(request, assistant, "conversation.html", here="", answers=(given,), days="0")
        address = f"/conversations/{answer.conversation_id}#turn-{answer.question_id}"
        return _remember(RedirectResponse(address, 303), form.audience)

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
                done = {
                    "html": views.fragment("actions", answer=answer),
                    "turn": f"turn-{answer.question_id}",
                    "conversation_id": answer.conversation_id if answer.is_stored else form.conversation_id,
                    "stored": answer.is_stored,
                    "suggestions": answer.suggestions,
                }
                yield ServerSentEvent(event="done", data=done)


def _passages(assistant: Answering, document_ids: tuple[str, ...]) -> ServerSentEvent:
    names = [assistant.index.document(found).metadata.short_title for found in dict.fromkeys(document_ids)]
    return ServerSentEvent(event="passages", data={"text": f"Reading {', '.join(names)} …" if names else ""})


def _add_answers(app: FastAPI, assistant: Answering) -> None:
    @app.get("/conversations/{conversation_id}", include_in_schema=False)
    def conversation(request: Request, conversation_id: str, caller: Asking) -> Response:
        assistant.conversations.of(caller.name).turns(conversation_id, last=1)
        return _conversation_page(request, assistant, conversation_id, None, 200)

    @app.post("/conversations/{conversation_id}/delete", include_in_schema=False)
    def delete(request: Request, conversation_id: str, caller: Asking) -> Response:
        forms.refuse_other_sites(request)
        assistant.conversations.of(caller.name).delete(conversation_id)
        return RedirectResponse("/", 303)

    @app.get("/answers/{answer_id}", include_in_schema=False)
    def answer(request: Request, answer_id: str, caller: Asking, thanks: bool = False) -> Response:
        stored = assistant.conversations.of(caller.name).answer(answer_id)
        shown = _ask(
            request,
            assistant,
            conversation_id=stored.answer.conversation_id,
            suggestions=stored.answer.suggestions,
        )
        return _page(
            request,
            assistant,
            "answer.html",
            here="",
            stored=stored,
            linked_data=linked_data.answer(stored, str(request.base_url)),
            generation=assistant.index.generation,
            thanks=thanks,
            ask=shown,
        )

    @app.get("/answers/{answer_id}/{form}", include_in_schema=False)
    def export(answer_id: str, form: str, caller: Asking) -> Response:
        if form not in exports.FORMATS:
            raise HTTPException(404)
        stored = assistant.conversations.of(caller.name).answer(answer_id)
        media_type, ending = exports.FORMATS[form]
        content = exports.export(stored.answer, stored.question, form)
        shown = "inline" if form == "text" else "attachment"
        headers = {"content-disposition": f'{shown}; filename="fmqa-{stored.created:%Y-%m-%d}.{ending}"'}
        return Response(content, media_type=media_type, headers=headers)

    @app.post("/answers/{answer_id}/feedback", include_in_schema=False)
    async def add_feedback(request: Request, answer_id: str, caller: Asking) -> Response:
        form = await forms.read(request, FeedbackForm)
        conversations = assistant.conversations.of(caller.name)
        await asyncio.to_thread(feedback.add, conversations, answer_id, form.kind, form.comment)
        return RedirectResponse(f"/answers/{answer_id}?thanks=1#feedback", 303)


def _add_overviews(app: FastAPI, assistant: Answering) -> None:
    drawn: dict[tuple[str, str, int, str], bytes] = {}
    drawing = threading.Lock()

    @app.get("/evidence", include_in_schema=False)
    def evidence(request: Request, condition: str = "") -> Response:
        index = assistant.index  # once: another thread may change over to a newer one
        documents = _every_document(index)
        known = overview.conditions(documents, index.vocabulary)
        chosen = condition or (known[0][0] if known else "")
        if not chosen:
            return _page(request, assistant, "no_evidence.html", here="/evidence")
        if chosen not in dict(known):
            raise NotFound("no source says anything on this condition; choose one of the list at /evidence")
        return _page(
            request,
            assistant,
            "evidence.html",
            here="/evidence",
            conditions=known,
            table=overview.evidence_map(documents, index.vocabulary, chosen),
            timeline=overview.timeline(documents),
            panels=estimates.panels(overview.all_estimates(documents, chosen)),
            label=overview.labels(index.vocabulary),
        )

    @app.get("/evidence/{condition}/{panel}-{theme}.svg", include_in_schema=False)
    def forest(condition: str, panel: int, theme: plots.Theme) -> Response:
        index = assistant.index
        key = (index.generation, condition, panel, theme)
        if key not in drawn:
            panels = list(estimates.panels(overview.all_estimates(_every_document(index), condition)).values())
            if not 0 <= panel < len(panels):
                raise HTTPException(404)
            label = overview.labels(index.vocabulary)
            names = [overview.estimate_label(estimate, label) for estimate in panels[panel]]
            with drawing:  # its library is not made for several threads
                drawn[key] = plots.forest(panels[panel], names, theme)
        return Response(drawn[key], media_type="image/svg+xml")

    @app.get("/coverage", include_in_schema=False)
    def coverage(request: Request) -> Response:
        index = assistant.index
        held = overview.coverage(_every_document(index), index.vocabulary)
        return _page(request, assistant, "coverage.html", here="/coverage", coverage=held)

    @app.get("/policy", include_in_schema=False)
    @app.get("/limits", include_in_schema=False)
    def about(request: Request) -> Response:
        here = request.url.path
        return _page(request, assistant, f"{here[1:]}.html", here=here)


def shown(request: Request, assistant: Answering, template: str, status: int = 200, **context: Any) -> Response:
    """Return a page: a template filled in, with the ask form."""
    return _page(request, assistant, template, status, **context)


def _every_document(index: Indexed) -> list[Document]:
    return [index.document(document_id) for document_id in index.document_ids]


def _conversation_page(
    request: Request, assistant: Answering, conversation_id: str, ask: Ask | None, status: int
) -> Response:
    conversations = assistant.conversations.of(request.state.caller.name)
    answers = conversations.answers(conversation_id) if conversation_id else ()
    suggestions = answers[-1].answer.suggestions if answers else ()
    return _page(
        request,
        assistant,
        "conversation.html",
        status,
        here="",
        answers=answers,
        days=f"{assistant.settings.conversation_days:g}",
        ask=ask or _ask(request, assistant, conversation_id=conversation_id, suggestions=suggestions),
    )


def _page(request: Request, assistant: Answering, template: str, status: int = 200, **context: Any) -> Response:
    context.setdefault("ask", _ask(request, assistant))
    return HTMLResponse(views.render(template, **context), status, _PAGE)


def _ask(request: Request, assistant: Answering, **known: Any) -> Ask:
    remembered = request.cookies.get(_COOKIE)
    audience = Audience(remembered) if remembered in set(Audience) else Audience.CLINICIAN
    return Ask(audience, assistant.settings.question_chars, **known)


def _suggestions(index: Indexed, document: Document) -> tuple[str, ...]:
    """Return questions on a document's subject that were answered when the index was built."""
    mine = [*document.metadata.interventions]
    mine += [name for span in document.statements for name in span.statement.interventions]
    pool = index.suggestions
    return tuple(dict.fromkeys(question for name in dict.fromkeys(mine) for question in pool.get(name, ())))[
        :_SUGGESTED
    ]


def _remember(response: Response, audience: Audience) -> Response:
    response.set_cookie(_COOKIE, audience, max_age=_YEAR_SECONDS, samesite="strict")  # the page's script sets it too
    return response
