"""A page to hand to a patient: what an answer says, in the plain wordings of its statements."""

from typing import NamedTuple

from fastapi import FastAPI, Request, Response

from fmqa.errors import NotFound
from fmqa.types import Answer, Document, Source
from fmqa.web.gate import Asking
from fmqa.web.site.frame import Site
from fmqa.web.streaming import Indexed


class Handout(NamedTuple):
    """What stands on the page."""

    sentences: tuple[tuple[str, tuple[Source, ...]], ...]
    left_out: int  # statements that have no plain wording
    terms: tuple[tuple[str, str], ...]
    sources: tuple[Source, ...]  # one of each document


def handout(answer: Answer, index: Indexed) -> Handout:
    """Return the plain wordings of what an answer says; a statement that has none is left out, and counted."""
    sentences = []
    for statement in answer.statements:
        plain = statement.text if statement.wording == "plain" else _plain(statement.id, index)
        if plain:
            sentences.append((plain, tuple(answer.sources[n - 1] for n in statement.citations)))
    words = " ".join(plain for plain, _ in sentences).casefold()
    explained = {c.label: c.explanation for c in index.vocabulary.concepts if c.explanation}
    terms = answer.glossary or {label: told for label, told in explained.items() if label.casefold() in words}
    cited = {source.document_id: source for _, sources in sentences for source in sources}
    return Handout(
        tuple(sentences), len(answer.statements) - len(sentences), tuple(terms.items()), tuple(cited.values())
    )


def _plain(statement_id: str, index: Indexed) -> str | None:
    document_id, _, name = statement_id.partition("#")
    try:
        document: Document = index.document(document_id)
    except NotFound:  # of an earlier generation
        return None
    return next((span.statement.plain for span in document.statements if span.statement.id == name), None)


def add_pages(app: FastAPI, site: Site) -> None:
    """Add the hand-out to an application."""

    @app.get("/answers/{answer_id}/handout", include_in_schema=False)
    def page(request: Request, answer_id: str, caller: Asking) -> Response:
        stored = site.assistant.conversations.of(caller.name).answer(answer_id)
        shown = handout(stored.answer, site.assistant.index)
        ask = site.ask(request, conversation_id=stored.answer.conversation_id, parent=answer_id)
        return site.page(request, "handout.html", here="", stored=stored, handout=shown, place=None, ask=ask)
