"""JSON-LD of a page: what the document says, and nobody who did not review it."""

import datetime

from fmqa.types import DocumentKind, Review, ReviewState, Vocabulary
from fmqa.web import linked_data
from samples import DOCUMENT, METADATA, SENTENCE

NOTHING = Vocabulary(concepts=())


def test_a_recommendation_has_its_words_and_its_strength_as_printed() -> None:
    data = linked_data.page(DOCUMENT, NOTHING)
    (recommendation,) = data["mainEntity"]
    assert recommendation["description"] == SENTENCE
    assert recommendation["recommendationStrength"] == "strong for"
    assert "evidenceLevel" not in recommendation  # schema.org has A to C, which is another system


def test_only_a_guideline_recommends() -> None:
    trial = DOCUMENT.model_copy(update={"metadata": METADATA.model_copy(update={"kind": DocumentKind.TRIAL})})
    assert "mainEntity" not in linked_data.page(trial, NOTHING)


def test_a_reviewer_stands_there_only_for_the_text_that_was_approved() -> None:
    day = datetime.date(2026, 11, 24)
    for sha256, named in ((DOCUMENT.sha256, True), ("0" * 64, False)):
        review = Review(state=ReviewState.APPROVED, reviewer="A Person", date=day, text_sha256=sha256)
        document = DOCUMENT.model_copy(update={"metadata": METADATA.model_copy(update={"review": review})})
        data = linked_data.page(document, NOTHING)
        assert ("reviewedBy" in data) == named
        assert ("lastReviewed" in data) == named
        assert data["creativeWorkStatus"] == ("approved" if named else "submitted")
