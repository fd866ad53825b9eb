"""What the chance that the sources answer a query is computed from; ``calibration`` holds the fitted weights.

Each number is a reason that a reader could give: something close to the question was found, and closer than the rest;
one statement has the words that were asked with; the question holds no word that is new to the sources; the best
statement fits what was asked; what is asked for in numbers is told in numbers.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from fmqa.evidence.catalogue import Catalogue, Entry, is_about
from fmqa.text.words import content_words
from fmqa.types import Query, RetrievedPassage

_LOOKED_AT: Final = 5  # of the best statements, one must have the words of the question
_NEAR: Final = 20  # passages among which the nearest must stand out


def features(
    query: Query, retrieved: Sequence[RetrievedPassage], scored: Sequence[tuple[float, Entry]], catalogue: Catalogue
) -> dict[str, float]:
    """Return the numbers that the confidence is computed from, each in about [0, 1].

    Args:
        query: What is asked.
        retrieved: The best passages, best first.
        scored: The candidate statements with their scores, best first.
        catalogue: The curated statements of the index.
    """
    index = catalogue.index
    _, near = index.dense(index.encode(query.text), _NEAR, index.curated)
    best = [entry for _, entry in scored[:_LOOKED_AT]]
    rows = dict.fromkeys([*(entry.row for entry in best), *(passage.row for passage in retrieved[:_LOOKED_AT])])
    words = _Words(query, catalogue)
    return {
        "dense": float(near[0]) if len(near) else 0.0,
        "margin": float(near[0] - near[-1]) if len(near) else 0.0,
        "coverage": max(map(words.covered_by, rows), default=0.0),
        "unknown": words.unknown(),
        "score": scored[0][0] if scored else 0.0,
        "answered": _answered_share(query, best[:3], catalogue),
        "no_amount": float(query.asks.number and not _gives_amount(best[:1], catalogue)),
    }


class _Words:
    """The words of a question that carry its subject, each weighed by how rare it is in documents of our own."""

    def __init__(self, query: Query, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._concepts: dict[str, list[tuple[str, str]]] = {}
        for mention in catalogue.matcher.mentions(query.text):
            for word in content_words(query.text[mention.start : mention.end]):
                self._concepts.setdefault(word, []).append((mention.kind.value, mention.concept))
        words = sorted(query.asks.words)  # sums of floats depend on their order
        self._weights = {w: catalogue.index.idf(w, curated=True) for w in words if not re.fullmatch(r"[\d.,-]+", w)}
        self._total = sum(self._weights.values())

    def covered_by(self, row: int) -> float:
        """Return the share of the words that a passage has, in whatever wording, or that its statement is about."""
        index, entry = self._catalogue.index, self._catalogue.by_row.get(row)
        told = index.passage_stems(row)
        if entry is None:
            return self._share(word for word in self._weights if index.stems(word) <= told)
        document = entry.document
        names = (document.title, document.short_title, *document.aliases)
        told |= index.stems(" ".join((entry.statement.plain or "", *names)))
        return self._share(
            word
            for word in self._weights
            if index.stems(word) <= told
            or any(is_about(entry.statement, *concept, self._catalogue) for concept in self._concepts.get(word, ()))
        )

    def unknown(self) -> float:
        """Return the share of the words that neither the vocabulary nor any text, wording or name of ours knows."""
        index = self._catalogue.index
        return self._share(
            word
            for word in self._weights
            if word not in self._concepts
            and not index.known(word)
            and not index.stems(word) <= self._catalogue.other_words
        )

    def _share(self, words: Iterable[str]) -> float:
        return sum(self._weights[word] for word in words) / self._total if self._total else 0.0


def _gives_amount(best: Sequence[Entry], catalogue: Catalogue) -> bool:
    """Return whether any of the statements has a number that is not a year."""
    return any(not 1900 <= number <= 2100 for entry in best for number in catalogue.quantities(entry.text))


def _answered_share(query: Query, best: Sequence[Entry], catalogue: Catalogue) -> float:
    """Return the share of what was asked about, concepts and named documents, that the best statements are about."""
    parts = [
        any(is_about(entry.statement, field, asked, catalogue) for entry in best)
        for field in ("interventions", "conditions", "populations", "outcomes")
        for asked in getattr(query, field)
        if asked not in catalogue.usual
    ]
    if query.documents:
        parts.append(any(entry.document.id in query.documents for entry in best))
    return sum(parts) / len(parts) if parts else 0.0
