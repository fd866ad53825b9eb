"""What answering needs besides the question: one generation of the index, and what is looked up in it."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fmqa import fitting
from fmqa.corpus.names import Names
from fmqa.corpus.vocabulary import Matcher, names_of
from fmqa.danger import drugs, judgement
from fmqa.errors import BadSettings, NotFound
from fmqa.evidence.catalogue import Catalogue
from fmqa.evidence.statements import Statements
from fmqa.index.reading import Index
from fmqa.question.intents import cues_of, intents
from fmqa.settings import Settings
from fmqa.text import wording
from fmqa.types import ConceptKind, Intent, Metadata, Pack, Trust, Vocabulary, question_key

_NAMED: Final = 20  # documents that an error names
_FEW: Final = 3  # documents that can be named instead of what they are about
_OFFERED: Final = 2048  # questions that may be offered, of which is kept how they are read


class Library(NamedTuple):
    """One generation of the index, opened, with the tables that the stages look things up in."""

    opened: Index
    matcher: Matcher
    names: Names
    catalogue: Catalogue
    statements: Statements  # the curated ones as arrays
    start: Metadata | None
    calibration: fitting.Calibration | None  # None: the corpus has no labelled questions, never abstain on it
    urgency: judgement.Urgency | None  # None: no labelled messages, or an older index; rules alone tell emergencies
    suggestions: dict[str, tuple[str, ...]]  # by intervention: follow-ups that the corpus answers
    read_as: Callable[[str], tuple[Intent, str]]  # what one of them asks for first, and its ``question_key``
    scope: str  # what the corpus is about, in words
    glossary: tuple[tuple[str, str], ...]  # terms and their explanations
    same_words: wording.Names  # finds names that may stand for one another, for verification
    settings: Settings
    allowed: NDArray[np.bool_] | None = None  # rows of the documents that may answer; None: all
    chosen: Collection[str] | None = None  # the documents that may answer; None: all


def library_of(opened: Index, settings: Settings) -> Library:
    """Return the library of an opened index."""
    matcher = _matcher(opened.vocabulary)
    catalogue = Catalogue(opened, matcher)
    documents = tuple(catalogue.documents.named.values())
    tuned = opened.calibration or {}
    return Library(
        opened=opened,
        matcher=matcher,
        names=Names(
            documents,
            matcher.pack.bodies,
            unvouched=frozenset(name for name, facts in opened.facts.items() if facts.trust is Trust.FOREIGN),
        ),
        catalogue=catalogue,
        statements=Statements(catalogue),
        start=_start(settings.start_document or matcher.pack.start, catalogue.documents),
        calibration=fitting.Calibration.model_validate(tuned["rule"]) if tuned.get("rule") else None,
        urgency=judgement.Urgency.model_validate(tuned["urgency"]) if tuned.get("urgency") else None,
        suggestions={concept: tuple(found) for concept, found in opened.suggestions.items()},
        read_as=_read_as(matcher.pack),
        scope=_scope([metadata for metadata in documents if metadata.origin is None], matcher),
        glossary=tuple((c.label, c.explanation) for c in opened.vocabulary.concepts if c.explanation is not None),
        same_words=names_of(matcher),
        settings=settings,
    )


def _read_as(pack: Pack) -> Callable[[str], tuple[Intent, str]]:
    """Return how a question that may be offered is read: the same few are looked at with every answer."""
    cues = cues_of(pack)
    return lru_cache(_OFFERED)(lambda text: (next(iter(intents(text, cues)), Intent.GENERAL), question_key(text)))


def _matcher(vocabulary: Vocabulary) -> Matcher:
    """Return what finds concepts in a question: by the names of the vocabulary, and by shipped brands."""
    own = Matcher(vocabulary)

    def known(name: str) -> str | None:
        whole = (m for m in own.mentions(name) if (m.start, m.end) == (0, len(name)))
        return next((m.concept for m in whole if m.kind is ConceptKind.INTERVENTION), None)

    return own.with_brands(drugs.brands(known))


def narrowed(library: Library, documents: Collection[str]) -> Library:
    """Return the library with some of its documents alone: the others are neither searched, nor told, nor counted.

    What is unsafe is told all the same: interactions, uses that no label covers, and dangers in an emergency.
    """
    return library._replace(
        catalogue=library.catalogue.only(documents),
        statements=library.statements.only(documents),
        allowed=library.opened.rows_among(documents),
        chosen=documents,
    )


def starting_from(document: str | None, library: Library, *, asked_for: bool) -> Library:
    """Return the library for a conversation that is on a document; without one, it is on the corpus's own.

    Raises: NotFound if there is no such document and it was asked for now; one that is gone since is passed over.
    """
    if document is None or (document not in library.catalogue.documents and not asked_for):
        return library
    if document not in library.catalogue.documents:
        raise NotFound(
            f"there is no document {document[:80]} to start from; GET /v1/documents or 'fmqa corpus list' shows all, "
            "and without one the conversation starts from the corpus's own"
        )
    return library._replace(start=library.catalogue.documents[document])


def _start(wanted: str | None, documents: Mapping[str, Metadata]) -> Metadata | None:
    """Return the document that a new conversation starts from.

    Raises: BadSettings that names those which are held, if there is no such document.
    """
    if not wanted:
        return None
    if wanted not in documents:
        held = ", ".join(islice(documents, _NAMED)) + (" …" if len(documents) > _NAMED else "")
        raise BadSettings(f"FMQA_START_DOCUMENT, or else the corpus, starts from {wanted}; the index holds {held}")
    return documents[wanted]


def _scope(documents: Sequence[Metadata], matcher: Matcher) -> str:
    """Return in words what most of the documents of our own are about: conditions, or else treatments; empty: neither.

    Few documents that say neither are named.
    """
    for field in ("conditions", "interventions"):
        counts = Counter(concept for document in documents for concept in getattr(document, field))
        common = [c for c, n in counts.most_common() if n * 4 >= len(documents) and matcher.get(c).in_scope]
        if common:
            return " and ".join(matcher.label(c) for c in common[:2])
    return " and ".join(document.short_title for document in documents) if len(documents) <= _FEW else ""
