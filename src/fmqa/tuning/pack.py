"""Questions of a corpus: each curated statement with the questions that it answers directly."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fmqa.index import passages
from fmqa.types import Document


class Wordings(NamedTuple):
    """Further questions that one statement answers, beside those that the corpus holds."""

    alone: tuple[str, ...] = ()  # that stand alone
    follow_up: str | None = None  # one in the middle of a talk: "and how long do they take it?"


class PackStatement(NamedTuple):
    """A curated statement as training and measuring need it."""

    id: str  # document#id
    document: str
    title: str
    subjects: frozenset[str]  # interventions, else conditions
    text: str  # as printed
    searched: str  # what the index embeds: title, headings, text and plain wording
    plain: str | None
    questions: tuple[str, ...]  # that the index holds
    wordings: Wordings = Wordings()  # further questions that it answers


def statements(documents: Sequence[Document], further: Mapping[str, Wordings] | None = None) -> list[PackStatement]:
    """Return the curated statements of documents with their questions.

    Args:
        documents: A loaded corpus.
        further: Questions that the corpus does not hold, by document#id of the statement that answers them.
    """
    return [statement for document in documents for statement in _of(document, further or {})]


def _of(document: Document, further: Mapping[str, Wordings]) -> list[PackStatement]:
    spans = {span.statement.id: span for span in document.statements}
    found = []
    for passage in passages.split(document, lambda text: len(text.split()), 128):
        if passage.statement is None or passage.statement not in spans:
            continue
        statement = spans[passage.statement].statement
        if statement.basis == "extracted":
            continue
        found.append(
            PackStatement(
                id=f"{document.id}#{statement.id}",
                document=document.id,
                title=document.metadata.short_title,
                subjects=frozenset(statement.interventions or statement.conditions),
                text=passage.text,
                searched=passages.search_text(passage, document),
                plain=statement.plain,
                questions=statement.answers,
                wordings=further.get(f"{document.id}#{statement.id}", Wordings()),
            )
        )
    return found
