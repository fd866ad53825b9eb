"""Offers what could be asked next: what the sources tell of the same treatments and nobody has asked yet.

Every question that is offered was answered when the index was built, and is kept under the concept that it is about.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Final, NamedTuple

from fmqa.evidence.library import Library
from fmqa.types import Intent, Material, Query, Turn, question_key

_OFFERED: Final = 4  # three are shown, and further evidence may bring some of its own


class _Next(NamedTuple):
    """A question that could be asked next."""

    concept: str
    facet: Intent
    question: str
    key: str


def offered(material: Material, turns: Sequence[Turn], library: Library) -> tuple[str, ...]:
    """Return questions that lead on from an answer, the nearest first.

    Those on the treatments of the question come first, or else on those that the answer tells of, then those on the
    subject of the corpus and on that of the document that is read. What was asked is not offered, however it was said.

    Args:
        material: What the answer is made from.
        turns: Earlier turns, oldest first.
        library: What the questions were tried on.
    """
    before = [turn.query for turn in turns if turn.query is not None]
    query = material.query
    if not material.statements and not _concepts(query) and before:  # "thanks": what was spoken of goes on
        query = before[-1]
    asked = {(concept, each.intents[0]) for each in (*before, query) for concept in _concepts(each)}
    said = {question_key(text) for text in (query.text, material.query.text, *(turn.question for turn in turns))}
    told = [c for each in material.statements if each.statement for c in each.statement.interventions]
    start = library.start.interventions if library.start else ()
    subject = library.matcher.pack.subject
    groups = (_concepts(query) or told, *((subject, start) if material.statements else (start, subject)))
    found = chain.from_iterable(_on(group, query.intents[0], library) for group in groups)
    left = (n.question for n in found if (n.concept, n.facet) not in asked and n.key not in said)
    return tuple(dict.fromkeys(left))[:_OFFERED]


def _concepts(query: Query) -> tuple[str, ...]:
    """Return the treatments that a question speaks of."""
    return tuple(dict.fromkeys((*query.interventions, *query.taking)))


def _on(concepts: Iterable[str], facet: Intent, library: Library) -> Iterator[_Next]:
    """Yield what can be asked about some concepts, of each in turn, from what follows on what was asked."""
    every: list[list[_Next]] = []
    for concept in dict.fromkeys(concepts):
        read = ((question, *library.read_as(question)) for question in library.suggestions.get(concept, ()))
        kept = [_Next(concept, asked, question, key) for question, asked, key in read]
        at = next((n for n, each in enumerate(kept, start=1) if each.facet is facet is not Intent.GENERAL), 0)
        every.append(kept[at:] + kept[:at])
    return (each for row in zip_longest(*every) for each in row if each is not None)
