"""The features from which the chance is computed that the sources answer a query.

``fitting.Calibration`` holds their fitted weights. Each feature is a reason that a reader could give: a question that
the sources are known to answer is close to this one, and closer than the others; one that they are known not to answer
is not; the reader takes one of the best
statements for an answer; one statement has the words of the question; the best statement fits what was asked; a
question for numbers is answered with numbers.
"""

from collections.abc import Sequence
from typing import Final

from fmqa.evidence.catalogue import Catalogue, Entry, is_about
from fmqa.evidence.ranking import Ranked
from fmqa.evidence.searching import Found
from fmqa.index import reader
from fmqa.types import Query

_LOOKED_AT: Final = 5  # of the best statements, one must have the words of the question
_NEAR: Final = 20  # statements among which the best must stand out


def features(query: Query, best: Ranked, found: Found, catalogue: Catalogue) -> dict[str, float]:
    """Return the numbers that the confidence is computed from.

    Args:
        query: What is asked.
        best: The curated statements, best first.
        found: What searching found.
        catalogue: The curated statements of the index.
    """
    first = list(best.entries[:_LOOKED_AT])
    return {
        "question": float(best.questions.max()) if first else 0.0,
        "unanswered": best.unanswered if first else 0.0,
        "first question": float(best.questions[0]) if first else 0.0,
        "score": float(best.scores[0]) if first else 0.0,
        "margin": float(best.scores[0] - best.scores[min(_NEAR, len(best.scores) - 1)]) if first else 0.0,
        "chance": float(best.chances[0]) if first else 0.0,
        "reads": _reads(found, first),
        "dense": max(found.ours.dense.values(), default=0.0),
        "coverage": float(best.coverage[:_LOOKED_AT].max()) if first else 0.0,
        "answered": _answered_share(query, first[:3], catalogue),
        "no_amount": float(query.asks.number and not _gives_amount(first[:1], catalogue)),
    }


def _reads(found: Found, best: Sequence[Entry]) -> float:
    """Return the reader's log-odds, at best, that one of the statements answers the question, alone or in its talk."""
    if not best:
        return 0.0
    texts = [f"{entry.document.short_title}\n{entry.text}" for entry in best]
    asked = dict.fromkeys((found.typed, found.behind))
    return float(reader.shipped().score_pairs([(question, text) for question in asked for text in texts]).max())


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
