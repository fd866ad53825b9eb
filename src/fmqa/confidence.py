"""What the chance that the sources answer a query is computed from; ``calibration`` holds the fitted weights."""

import re
from collections.abc import Sequence

from fmqa import intents
from fmqa.catalogue import USUAL, Catalogue, Entry, content_words, is_about
from fmqa.types import Query, RetrievedPassage


def features(
    query: Query, retrieved: Sequence[RetrievedPassage], scored: Sequence[tuple[float, Entry]], catalogue: Catalogue
) -> dict[str, float]:
    """Return the numbers that the confidence is computed from, each in about [0, 1]."""
    dense = max((passage.dense or 0.0 for passage in retrieved), default=0.0)
    mentions = catalogue.matcher.mentions(query.text)
    top = [entry for _, entry in scored[:3]]
    told = {
        word
        for mention in mentions
        if any(is_about(entry.statement, mention.kind.value, mention.concept, catalogue) for entry in top)
        for word in content_words(query.text[mention.start : mention.end])
    }  # words for something that the best statements are about, in whatever words they say it
    words = (word for word in content_words(query.text) - intents.FILLER if not re.fullmatch(r"[\d.,-]+", word))
    weights = {word: catalogue.index.idf(word) for word in sorted(words)}  # sums of floats depend on their order
    total = sum(weights.values())
    stems = frozenset().union(*(catalogue.index.passage_stems(passage.row) for passage in retrieved[:5]))
    covered = sum(weight for word, weight in weights.items() if word in told or catalogue.index.stems(word) <= stems)
    named = content_words(" ".join(query.text[m.start : m.end] for m in mentions))
    unknown = [word for word in weights if word not in named and not catalogue.index.known(word)]
    return {
        "dense": dense,
        "coverage": covered / total if total else 0.0,
        "score": scored[0][0] if scored else 0.0,
        "answered": _answered_share(query, top, catalogue),
        "unknown": min(len(unknown), 3) / 3,
        "concepts": min(len({m.concept for m in mentions}), 3) / 3,
    }


def _answered_share(query: Query, best: Sequence[Entry], catalogue: Catalogue) -> float:
    """Return the share of what was asked about, concepts and named documents, that the best statements are about."""
    parts = [
        any(is_about(entry.statement, field, asked, catalogue) for entry in best)
        for field in ("interventions", "conditions", "populations", "outcomes")
        for asked in getattr(query, field)
        if asked not in USUAL
    ]
    if query.documents:
        parts.append(any(entry.document.id in query.documents for entry in best))
    return sum(parts) / len(parts) if parts else 0.0
