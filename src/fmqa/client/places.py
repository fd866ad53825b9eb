"""Where a passage stands, in plain values that other programs keep beside its words."""

from typing import Any

from fmqa.types import RetrievedPassage
from fmqa.wire import SearchResults


def metadata_of(found: RetrievedPassage, results: SearchResults) -> dict[str, Any]:
    """Return where a passage stands, how near it is, and what must be told with it."""
    anchor = found.passage.anchor
    return {
        "passage_id": found.passage.id,
        "document_id": anchor.document_id,
        "start": anchor.position.start,
        "end": anchor.position.end,
        "text_sha256": anchor.document_sha256,
        "headings": list(found.passage.headings),
        "score": found.score,
        "generation": results.generation,
        "disclaimer": results.disclaimer,
    }
