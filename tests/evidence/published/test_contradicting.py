"""A statement of lower trust that says something else than one of higher trust is told to do so, and no other is."""

import datetime
from collections.abc import Callable

import pytest

import samples
from fmqa.assistant import Assistant
from fmqa.evidence.catalogue import evidence_of
from fmqa.evidence.published.contradicting import contradictions
from fmqa.types import EvidenceStatement, FileFormat, Origin, Review, ReviewState, Trust, trust_of

Made = Callable[..., EvidenceStatement]
ORIGIN = Origin(file="a.txt", file_sha256="0" * 64, format=FileFormat.TEXT, added=datetime.date(2026, 1, 1))


def foreign(curated: EvidenceStatement, text: str) -> EvidenceStatement:
    """Return words of a file that was added, as an evidence statement."""
    document = curated.document.model_copy(update={"id": "added", "origin": ORIGIN})
    return curated.model_copy(
        update={
            "id": "added@0-1",
            "text": text,
            "statement": None,
            "grades": (),
            "grade_anchors": (),
            "document": document,
        }
    )


CASES = {
    "EULAR does not recommend exercise in fibromyalgia.": "direction",
    "Exercise is advised against in fibromyalgia: avoid it.": "direction",
    "Exercise is recommended in fibromyalgia.": None,
    "Acupuncture is not recommended in fibromyalgia.": None,  # another treatment
    "Exercise was studied in 31 adults.": None,
}


@pytest.mark.parametrize("text", CASES)
def test_a_contradiction_is_told_by_its_direction(text: str, assistant: Assistant) -> None:
    catalogue = assistant.library.catalogue
    curated = evidence_of(catalogue.by_id["eular-2017#exercise"], 0.9, catalogue)
    found = contradictions((curated, foreign(curated, text)), catalogue)
    assert [each.differs_in for each in found] == ([CASES[text]] if CASES[text] else [])


@pytest.mark.parametrize(
    ("text", "differs"), [("Naltrexone 450 mg at night.", True), ("Naltrexone 4.5 mg at night.", False)]
)
def test_a_contradiction_is_told_by_its_dose(text: str, differs: bool, assistant: Assistant) -> None:
    catalogue = assistant.library.catalogue
    dose = evidence_of(catalogue.by_id["ldn-evidence-overview#trial-doses"], 0.9, catalogue)
    found = contradictions((dose, foreign(dose, text)), catalogue)
    assert [each.differs_in for each in found] == (["dose"] if differs else [])
    assert all((each.statement, each.of) == ("added@0-1", dose.id) for each in found)


def test_statements_of_equal_trust_do_not_contradict_one_another(assistant: Assistant) -> None:
    catalogue = assistant.library.catalogue
    every = [evidence_of(entry, 0.5, catalogue) for entry in catalogue.about("exercise")]
    assert len(every) > 3
    assert contradictions(every, catalogue) == ()


def test_trust_is_of_curation_approval_and_who_added_it() -> None:
    curated = samples.METADATA
    told = ORIGIN.model_copy(update={"told": ("organisation",)})
    file, own = (curated.model_copy(update={"origin": origin}) for origin in (ORIGIN, told))
    approved = Review(state="approved", reviewer="A", date=datetime.date(2026, 1, 1), text_sha256="0" * 64)
    assert trust_of(curated, ReviewState.SUBMITTED) is Trust.TRUSTED
    assert trust_of(file, ReviewState.SUBMITTED) is trust_of(file, ReviewState.UNDER_REVIEW) is Trust.FOREIGN
    assert trust_of(own, ReviewState.UNDER_REVIEW) is Trust.OWN
    assert trust_of(file, approved.state_for("0" * 64)) is Trust.TRUSTED
    assert trust_of(file, approved.state_for("1" * 64)) is Trust.FOREIGN  # another text than the approved one
    assert sorted(Trust, key=lambda trust: trust.rank) == [Trust.TRUSTED, Trust.OWN, Trust.FOREIGN]
