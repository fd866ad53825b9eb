"""What answering needs besides the question: one generation of the index, and what is looked up in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from fmqa import fitting
from fmqa.corpus.names import Names
from fmqa.corpus.vocabulary import Matcher, names_of
from fmqa.danger import judgement
from fmqa.errors import BadSettings
from fmqa.evidence.catalogue import Catalogue
from fmqa.index.reading import Index
from fmqa.settings import Settings
from fmqa.text import wording
from fmqa.types import Metadata

_NAMED: Final = 20  # documents that an error names


class Library(NamedTuple):
    """One generation of the index, opened, with the tables that the stages look things up in."""

    opened: Index
    matcher: Matcher
    names: Names
    catalogue: Catalogue
    start: Metadata | None
    calibration: fitting.Calibration | None  # None: the corpus has no labelled questions, never abstain on it
    urgency: judgement.Urgency | None  # None: no labelled messages, or an older index; rules alone tell emergencies
    suggestions: dict[str, tuple[str, ...]]  # by intervention: follow-ups that the corpus answers
    scope: str  # what the corpus is about, in words
    glossary: tuple[tuple[str, str], ...]  # terms and their explanations
    same_words: wording.Names  # finds names that may stand for one another, for verification
    settings: Settings


def library_of(opened: Index, settings: Settings) -> Library:
    """Return the library of an opened index."""
    matcher = Matcher(opened.vocabulary)
    catalogue = Catalogue(opened, matcher)
    documents = tuple(catalogue.documents.named.values())
    tuned = opened.calibration or {}
    return Library(
        opened=opened,
        matcher=matcher,
        names=Names(documents, matcher.pack.bodies),
        catalogue=catalogue,
        start=_start(settings.start_document or matcher.pack.start, catalogue.documents),
        calibration=fitting.Calibration.model_validate(tuned["rule"]) if tuned.get("rule") else None,
        urgency=judgement.Urgency.model_validate(tuned["urgency"]) if tuned.get("urgency") else None,
        suggestions={concept: tuple(found) for concept, found in opened.suggestions.items()},
        scope=_scope([metadata for metadata in documents if metadata.origin is None], matcher),
        glossary=tuple((c.label, c.explanation) for c in opened.vocabulary.concepts if c.explanation is not None),
        same_words=names_of(matcher),
        settings=settings,
    )


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
    """Return what most of the documents are about, in words."""
    counts = Counter(c for document in documents for c in document.conditions)
    common = [c for c, n in counts.most_common() if n * 4 >= len(documents) and matcher.get(c).in_scope]
    return " and ".join(matcher.label(c) for c in common[:2]) or "their own subject"
