"""Questions of the corpus: each curated statement with the questions that it answers directly."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from fmqa.corpus import loading
from fmqa.index import passages
from fmqa.types import Document
from training.records import packed_rows


class PackStatement(NamedTuple):
    """A curated statement as training and measuring need it."""

    id: str  # document#id
    document: str
    title: str
    subjects: frozenset[str]  # interventions, else conditions
    text: str  # as printed
    searched: str  # what the index embeds: title, headings, text and plain wording
    plain: str | None
    questions: tuple[str, ...]


def statements(folder: Path, questions: Path | None = None) -> list[PackStatement]:
    """Return the curated statements of a corpus with their questions.

    Args:
        folder: The corpus.
        questions: A file of JSON lines {id, answers}, beside the ``answers`` that statements of the corpus carry.
    """
    given: dict[str, tuple[str, ...]] = {}
    if questions is not None:
        given = {row["id"]: tuple(row["answers"]) for row in packed_rows(questions)}
    return [statement for document in loading.load(folder).documents for statement in _of(document, given)]


def _of(document: Document, given: Mapping[str, tuple[str, ...]]) -> list[PackStatement]:
    spans = {span.statement.id: span for span in document.statements}
    found = []
    for passage in passages.split(document, lambda text: len(text.split()), 128):
        if passage.statement is None or passage.statement not in spans:
            continue
        statement = spans[passage.statement].statement
        if statement.basis == "extracted":
            continue
        key = f"{document.id}#{statement.id}"
        own = tuple(getattr(statement, "answers", ()) or ())
        found.append(
            PackStatement(
                id=key,
                document=document.id,
                title=document.metadata.short_title,
                subjects=frozenset(statement.interventions or statement.conditions),
                text=passage.text,
                searched=passages.search_text(passage, document),
                plain=statement.plain,
                questions=tuple(dict.fromkeys((*own, *given.get(key, ())))),
            )
        )
    return found
