"""The pages where people read and ask, rendered on the server: they work without a script, with nothing from outside.

A form is answered with a redirect to the page that shows the result, so that a reload asks nothing again. Requests that
another site makes a browser send are refused.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from functools import partial
from typing import Annotated, Any, NamedTuple

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.exceptions import HTTPException

from fmqa.errors import BadQuestion, FmqaError, NotFound
from fmqa.grades.systems import known
from fmqa.store import feedback
from fmqa.types import Answer, Audience, Document, Record
from fmqa.web import estimates, exports, forms, linked_data, markup, overview, plots, problems, streaming, views
from fmqa.web.forms import AskForm, FeedbackForm
from fmqa.web.problems import Problem
from fmqa.web.streaming import Answering

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


def add_pages(app: FastAPI, assistant: Answering, pool: Executor) -> None:
    """Add the pages to an application.

    Args:
        app: The application.
        assistant: What answers.
        pool: Where questions are answered.
    """
    _add_static(app)
    _add_documents(app, assistant)
    _add_asking(app, assistant, pool)
    _add_answers(app, assistant)
    _add_overviews(app, assistant)


def problem_page(request: Request, assistant: Answering, problem: Problem) -> Response:
    """Return the page that tells of an error."""
    content = views.render("problem.html", here="", problem=problem, ask=_ask(request, assistant))
    return HTMLResponse(content, problem.status, _PAGE)


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
    async def start(request: Request) -> Response:
        assistant.refresh()
        start_document = assistant.settings.start_document or assistant.index.vocabulary.pack.start
        if start_document and start_document in assistant.index.document_ids:
            return _document_page(request, assistant, start_document, Cited(), here="/")
        return _documents_page(request, assistant, here="/")

    @app.get("/documents", include_in_schema=False)
    async def documents(request: Request) -> Response:
        assistant.refresh()
        return _documents_page(request, assistant, here="/documents")

    @app.get("/documents/{document_id}", include_in_schema=False)
    async def document(request: Request, document_id: str, cited: Annotated[Cited, Query()]) -> Response:
        assistant.refresh()
        return _document_page(request, assistant, document_id, cited, here="")


def _documents_page(request: Request, assistant: Answering, here: str) -> Response:
    documents = _every_document(assistant)
    names = {document.id: document.metadata.short_title for document in documents}
    return _page(request, assistant, "documents.html", here=here, documents=documents, names=names)


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
        names={successor: index.document(successor).metadata.short_title} if successor else {},
        linked_data=linked_data.page(document, index.vocabulary),
        ask=_ask(request, assistant, document=document.id, suggestions=_suggestions(assistant, document)),
    )


def _add_asking(app: FastAPI, assistant: Answering, pool: Executor) -> None:
    @app.post("/ask", include_in_schema=False)
    async def ask(request: Request, form: forms.Asked) -> Response:
        question = form.suggestion or form.question
        assistant.refresh()
        try:
            answer = await _answer(assistant, pool, question, form)
        except (BadQuestion, NotFound) as error:
            problem = problems.of_error(error)
            # A conversation that is gone cannot be gone on with; what was typed can be asked anew.
            kept = "" if isinstance(error, NotFound) else form.conversation_id
            on = "" if isinstance(error, NotFound) else form.document
            shown = _ask(request, assistant, conversation_id=kept, document=on, question=question, error=problem)
            shown = shown._replace(audience=form.audience)
            return _conversation_page(request, assistant, kept, shown, problem.status)
        address = f"/conversations/{answer.conversation_id}#turn-{answer.question_id}"
        return _remember(RedirectResponse(address, 303), form.audience)

    @app.post("/ask/stream", include_in_schema=False, response_class=EventSourceResponse)
    async def stream(form: forms.Asked) -> AsyncIterator[ServerSentEvent]:
        assistant.refresh()
        try:
            async for event in _events(assistant, pool, form.suggestion or form.question, form):
                yield event
        except FmqaError as error:
            problem = problems.of_error(error)
            yield ServerSentEvent(event="error", data=problem.model_dump(mode="json"))


def _asked(assistant: Answering, form: AskForm) -> dict[str, Any]:
    """Return how the question of a form is asked; an empty field says nothing.

    A document that is gone since its page was opened is passed over: whoever has an emergency must not get an error.
    """
    document = form.document if form.document in assistant.index.document_ids else None
    return {"audience": form.audience, "conversation_id": form.conversation_id or None, "document": document}


async def _answer(assistant: Answering, pool: Executor, question: str, form: AskForm) -> Answer:
    steps = streaming.steps(assistant, pool, question, **_asked(assistant, form))
    *_, answer = [step async for step in steps]
    assert isinstance(answer, Answer)  # noqa: S101 - the last step is
    return answer


async def _events(assistant: Answering, pool: Executor, question: str, form: AskForm) -> AsyncIterator[ServerSentEvent]:
    """Return the events of one answer, as parts of a page: interpretation, passages, answer, sources, done."""
    asked = {"question": question.strip(), "audience": form.audience}
    async for step in streaming.steps(assistant, pool, question, **_asked(assistant, form)):
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
                    "conversation_id": answer.conversation_id,
                    "suggestions": answer.suggestions,
                }
                yield ServerSentEvent(event="done", data=done)


def _passages(assistant: Answering, document_ids: tuple[str, ...]) -> ServerSentEvent:
    names = [assistant.index.document(found).metadata.short_title for found in dict.fromkeys(document_ids)]
    return ServerSentEvent(event="passages", data={"text": f"Reading {', '.join(names)} …" if names else ""})


def _add_answers(app: FastAPI, assistant: Answering) -> None:
    @app.get("/conversations/{conversation_id}", include_in_schema=False)
    async def conversation(request: Request, conversation_id: str) -> Response:
        assistant.refresh()
        assistant.conversations.turns(conversation_id, last=1)
        return _conversation_page(request, assistant, conversation_id, None, 200)

    @app.post("/conversations/{conversation_id}/delete", include_in_schema=False)
    async def delete(request: Request, conversation_id: str) -> Response:
        forms.refuse_other_sites(request)
        assistant.conversations.delete(conversation_id)
        return RedirectResponse("/", 303)

    @app.get("/answers/{answer_id}", include_in_schema=False)
    async def answer(request: Request, answer_id: str, thanks: bool = False) -> Response:
        assistant.refresh()
        stored = assistant.conversations.answer(answer_id)
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
            generation=assistant.index.generation,
            thanks=thanks,
            ask=shown,
        )

    @app.get("/answers/{answer_id}/{form}", include_in_schema=False)
    async def export(answer_id: str, form: str) -> Response:
        if form not in exports.FORMATS:
            raise HTTPException(404)
        stored = assistant.conversations.answer(answer_id)
        media_type, ending = exports.FORMATS[form]
        content = exports.export(stored.answer, stored.question, form)
        shown = "inline" if form == "text" else "attachment"
        headers = {"content-disposition": f'{shown}; filename="fmqa-{stored.created:%Y-%m-%d}.{ending}"'}
        return Response(content, media_type=media_type, headers=headers)

    @app.post("/answers/{answer_id}/feedback", include_in_schema=False)
    async def add_feedback(request: Request, answer_id: str) -> Response:
        form = await forms.read(request, FeedbackForm)
        feedback.add(assistant.conversations, answer_id, form.kind, form.comment)
        return RedirectResponse(f"/answers/{answer_id}?thanks=1#feedback", 303)


def _add_overviews(app: FastAPI, assistant: Answering) -> None:
    drawn: dict[tuple[str, str, int, str], bytes] = {}

    @app.get("/evidence", include_in_schema=False)
    async def evidence(request: Request, condition: str = "") -> Response:
        assistant.refresh()
        documents = _every_document(assistant)
        known = overview.conditions(documents, assistant.index.vocabulary)
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
            table=overview.evidence_map(documents, assistant.index.vocabulary, chosen),
            timeline=overview.timeline(documents),
            panels=estimates.panels(overview.all_estimates(documents, chosen)),
            label=overview.labels(assistant.index.vocabulary),
        )

    @app.get("/evidence/{condition}/{panel}-{theme}.svg", include_in_schema=False)
    async def forest(condition: str, panel: int, theme: plots.Theme) -> Response:
        index = assistant.index
        key = (index.generation, condition, panel, theme)
        if key not in drawn:
            panels = list(estimates.panels(overview.all_estimates(_every_document(assistant), condition)).values())
            if not 0 <= panel < len(panels):
                raise HTTPException(404)
            label = overview.labels(index.vocabulary)
            names = [overview.estimate_label(estimate, label) for estimate in panels[panel]]
            drawing = partial(plots.forest, panels[panel], names, theme)
            drawn[key] = await asyncio.get_running_loop().run_in_executor(None, drawing)
        return Response(drawn[key], media_type="image/svg+xml")

    @app.get("/coverage", include_in_schema=False)
    async def coverage(request: Request) -> Response:
        assistant.refresh()
        held = overview.coverage(_every_document(assistant), assistant.index.vocabulary)
        return _page(request, assistant, "coverage.html", here="/coverage", coverage=held)

    @app.get("/policy", include_in_schema=False)
    @app.get("/limits", include_in_schema=False)
    async def about(request: Request) -> Response:
        here = request.url.path
        return _page(request, assistant, f"{here[1:]}.html", here=here)


def _every_document(assistant: Answering) -> list[Document]:
    index = assistant.index
    return [index.document(document_id) for document_id in index.document_ids]


def _conversation_page(
    request: Request, assistant: Answering, conversation_id: str, ask: Ask | None, status: int
) -> Response:
    answers = assistant.conversations.answers(conversation_id) if conversation_id else ()
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


def _suggestions(assistant: Answering, document: Document) -> tuple[str, ...]:
    """Return questions on a document's subject that were answered when the index was built."""
    mine = [*document.metadata.interventions]
    mine += [name for span in document.statements for name in span.statement.interventions]
    pool = assistant.index.suggestions
    return tuple(dict.fromkeys(question for name in dict.fromkeys(mine) for question in pool.get(name, ())))[
        :_SUGGESTED
    ]


def _remember(response: Response, audience: Audience) -> Response:
    response.set_cookie(_COOKIE, audience, max_age=_YEAR_SECONDS, samesite="strict")  # the page's script sets it too
    return response
