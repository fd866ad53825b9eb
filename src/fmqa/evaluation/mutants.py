"""Altered answers for the mutation benchmark: their records, and what all operators are made with.

An altered statement is altered both in its record and in the Markdown text, so that the checker must notice the changed
meaning and not merely that two copies differ. Operators of the family *text* alter the Markdown alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Final, Literal, NamedTuple

from pydantic import Field, SkipValidation

from fmqa.corpus import anchors
from fmqa.corpus.vocabulary import Matcher, names_of
from fmqa.text import figures
from fmqa.types import (
    Anchor,
    Answer,
    AnswerStatement,
    Concept,
    Document,
    Record,
    Source,
    StatementSpan,
    Status,
    Vocabulary,
)

LookUp = Callable[[str], Document]
Family = Literal[
    "number", "unit", "comparator", "dosing", "negation", "direction", "modality", "condition", "concept", "join",
    "grade", "anchor", "stem", "source", "generation", "disclaimer", "text", "harmless",
]  # fmt: skip
_ALWAYS: Final = frozenset(
    ("number", "unit", "comparator", "grade", "anchor", "stem", "source", "generation", "disclaimer")
)


class Mutant(Record):
    """An answer that was altered in one place, and what to verify it with."""

    operator: str
    harmful: bool = Field(description="False for a variant that says the same: the verifier must let it pass.")
    answer: SkipValidation[Answer] = Field(description="It may break what every answer must keep: that is the point.")
    document: LookUp = Field(description="The documents as they are when it is verified.")
    statement: int | None = Field(
        description="Place of the altered one among all statements; None for the answer as a whole."
    )
    span: tuple[int, int] | None = Field(
        description="The altered words, in the statement's text or else in the answer's; empty where words were left "
        "out; None where no words were altered."
    )
    done: str = Field(description="What was altered, for a reader.")

    @property
    def said(self) -> str:
        """The altered words in what is around them: the statement, or the whole text."""
        return self.answer.text if self.statement is None else self.answer.every_statement[self.statement].text


class World:
    """What operators know besides an answer: the documents that it cites, and the vocabulary."""

    def __init__(self, documents: Iterable[Document], vocabulary: Vocabulary) -> None:
        self._documents = {document.id: document for document in documents}
        self._spans = {f"{d.id}#{span.statement.id}": span for d in self._documents.values() for span in d.statements}
        self._concepts = vocabulary.concepts
        self.matcher = Matcher(vocabulary)
        self.names = names_of(self.matcher)

    def document(self, document_id: str) -> Document:
        """Return the document with an id.

        Raises: KeyError if there is none.
        """
        return self._documents[document_id]

    def span(self, statement: AnswerStatement) -> StatementSpan | None:
        """Return where a statement stands in its document; None where it is not curated."""
        return self._spans.get(statement.id)

    def siblings(self, concept_id: str) -> tuple[Concept, ...]:
        """Return the concepts beside one: of the same list and the same parents, neither broader than the other."""
        own = self.matcher.get(concept_id)
        return tuple(
            other
            for other in self._concepts
            if other.kind is own.kind
            and (set(other.parents) & set(own.parents) or (not other.parents and not own.parents))
            and not self.matcher.covers(other.id, own.id)
            and not self.matcher.covers(own.id, other.id)
        )


class Edit(NamedTuple):
    """Words of a text to be replaced."""

    start: int
    end: int
    into: str

    def applied(self, text: str) -> str:
        """Return the text with the words replaced."""
        return text[: self.start] + self.into + text[self.end :]


Edits = Callable[[str, World, Random], Iterable[Edit]]
"""A text -> the places where an operator can alter it."""
Make = Callable[[Answer, World, Random], Iterator["Altered"]]
"""An answer -> the answers that an operator makes of it."""


class Altered(NamedTuple):
    """An altered answer, before it is known under an operator's name."""

    answer: Answer
    done: str
    statement: int | None = None
    span: tuple[int, int] | None = None
    document: Document | None = None  # another text of a document


class Operator(NamedTuple):
    """One way to alter an answer."""

    family: Family
    make: Make
    whole: bool = False  # made of whole answers; otherwise of answers that were cut to one statement

    @property
    def harmful(self) -> bool:
        """Whether what it makes must be noticed."""
        return self.family != "harmless"

    @property
    def required(self) -> float:
        """The least share of wrong answers that must be noticed; of harmless ones, the largest."""
        if not self.harmful:
            return 0.01
        return 1.0 if self.family in _ALWAYS else 0.8 if self.family == "join" else 0.95


# --- altering ---------------------------------------------------------------------------------------------------------


def on_statement(edits: Edits) -> Make:
    """Return what alters the words of each statement, in the record and in the Markdown."""

    def make(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
        for position, statement in enumerate(answer.statements):
            for edit in edits(statement.text, world, rng):
                changed = edit.applied(statement.text)
                if _same(changed, statement.text) or not changed.strip():
                    continue
                done = f"{statement.text[edit.start : edit.end]!r} became {edit.into!r}"
                span = (edit.start, edit.start + len(edit.into))
                yield Altered(with_words(answer, position, changed), done, position, span)

    return make


def on_further(edits: Edits) -> Make:
    """Return what alters the words of each statement that waits behind the text: the record is all that says it."""

    def make(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
        for position, statement in enumerate(answer.more):
            for edit in edits(statement.text, world, rng):
                changed = edit.applied(statement.text)
                if _same(changed, statement.text) or not changed.strip():
                    continue
                altered = statement.model_copy(update={"text": changed})
                more = (*answer.more[:position], altered, *answer.more[position + 1 :])
                done = f"{statement.text[edit.start : edit.end]!r} became {edit.into!r}"
                span = (edit.start, edit.start + len(edit.into))
                place = len(answer.statements) + position
                yield Altered(answer.model_copy(update={"more": more}), done, place, span)

    return make


def on_markdown(edits: Edits) -> Make:
    """Return what alters the Markdown alone, while every record stays right."""

    def make(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
        for edit in edits(answer.text, world, rng):
            changed = edit.applied(answer.text)
            if not _same(changed, answer.text):
                done = f"{answer.text[edit.start : edit.end]!r} became {edit.into!r}"
                span = (edit.start, edit.start + len(edit.into))
                yield Altered(answer.model_copy(update={"text": changed}), done, None, span)

    return make


def rewritten(edits: Edits) -> Make:
    """Return what writes every statement otherwise without saying anything else; what it writes is harmless."""

    def make(answer: Answer, world: World, rng: Random) -> Iterator[Altered]:
        for position, statement in enumerate(answer.statements):
            for edit in edits(statement.text, world, rng):
                changed = edit.applied(statement.text)
                if changed != statement.text:
                    done = f"{statement.text[edit.start : edit.end]!r} became {edit.into!r}"
                    span = (edit.start, edit.start + len(edit.into))
                    yield Altered(with_words(answer, position, changed), done, position, span)

    return make


def _same(changed: str, text: str) -> bool:
    """Return whether nothing was altered that matters: an equivalent mutant is no mutant."""
    return figures.normalised(changed) == figures.normalised(text)


def with_words(answer: Answer, position: int, words: str) -> Answer:
    """Return the answer with other words for one statement, in the record and in the Markdown."""
    old = answer.statements[position].text
    return with_statement(answer, position, text=words).model_copy(update={"text": answer.text.replace(old, words, 1)})


def with_statement(answer: Answer, position: int, **changes: object) -> Answer:
    """Return the answer with one statement altered."""
    statements = list(answer.statements)
    statements[position] = statements[position].model_copy(update=changes)
    return answer.model_copy(update={"statements": tuple(statements)})


def with_source(answer: Answer, source: Source, **changes: object) -> Answer:
    """Return the answer with one source altered."""
    sources = tuple(s.model_copy(update=changes) if s.n == source.n else s for s in answer.sources)
    return answer.model_copy(update={"sources": sources})


def source_of(answer: Answer, position: int) -> Source:
    """Return the source that a statement cites first."""
    return next(source for source in answer.sources if source.n == answer.statements[position].citations[0])


def anchored(document: Document, start: int, end: int) -> Anchor:
    """Return an anchor that resolves."""
    return anchors.make(document.id, document.text, document.sha256, start, end, document.text[start:end])


def line_of(answer: Answer, position: int) -> str | None:
    """Return the line of the Markdown that says a statement."""
    statement = answer.statements[position]
    cited = [f"[{n}]" for n in statement.citations]
    lines = answer.text.splitlines()
    return next((line for line in lines if statement.text in line and all(c in line for c in cited)), None)


def cut(answer: Answer, position: int) -> Answer | None:
    """Return the answer with one statement and its source alone; None where it cites several or has no line.

    The word that an answer opens with may rest on several statements, and is left out.
    """
    statement, line = answer.statements[position], line_of(answer, position)
    if line is None or len(statement.citations) != 1:
        return None
    source = source_of(answer, position)
    alone = line.removeprefix("- ")
    if answer.direct and statement.id == answer.direct.basis[0]:
        alone = alone.removeprefix(f"**{answer.direct.word}:** ").replace(f"**{answer.direct.word}: ", "**", 1)
    return answer.model_copy(
        update={
            "status": Status.ANSWERED,
            "text": alone.replace(f"[{source.n}]", "[1]"),
            "direct": None,
            "statements": (statement.model_copy(update={"citations": (1,), "verdict": None}),),
            "more": (),
            "table": None,
            "sources": (source.model_copy(update={"n": 1}),),
            "conflicts": (),
            "notices": (),
            "related": (),
            "glossary": {},
        }
    )


def bases(answers: Sequence[Answer]) -> tuple[tuple[Answer, ...], tuple[Answer, ...]]:
    """Return what mutants are made from: single statements, and whole answers, each once."""
    single: dict[tuple[str, str], Answer] = {}
    whole: dict[str, Answer] = {}
    for answer in answers:
        if not answer.statements or answer.status is Status.URGENT:
            continue
        whole.setdefault(answer.text, answer)
        for position, statement in enumerate(answer.statements):
            alone = cut(answer, position)
            if alone is not None:
                single.setdefault((statement.id, statement.text), alone)
    return tuple(single.values()), tuple(whole.values())
