"""Recommendations and grades as a FHIR bundle: valid R5, in the source's own system, with the words as they stand."""

import json
from typing import Any

import pytest
from fhir.resources.bundle import Bundle

from fmqa.types import DISCLAIMER, DocumentKind, Vocabulary
from fmqa.web.exchange import fhir
from samples import DOCUMENT, GRADE, METADATA, REFERENCE, SENTENCE, STATEMENT


def resources(document: Any = DOCUMENT, base_url: str | None = "http://localhost/") -> dict[str, list[Any]]:
    bundle = json.loads(fhir.bundle(document, Vocabulary(), base_url))
    Bundle.model_validate(bundle)
    found: dict[str, list[Any]] = {}
    for entry in bundle["entry"]:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


def test_a_recommendation_has_its_words_and_its_source() -> None:
    found = resources()
    (plan,) = found["PlanDefinition"]
    assert plan["description"] == SENTENCE
    assert plan["identifier"][0]["value"] == "eular-2017#exercise"
    assert plan["status"] == "active"
    assert DISCLAIMER in plan["usage"]
    assert {"type": "citation", "citation": REFERENCE.citation, "document": {"url": REFERENCE.link}} in plan[
        "relatedArtifact"
    ]
    assert (
        plan["relatedArtifact"][-1]["document"]["url"]
        == f"http://localhost/documents/eular-2017?start=0&end={len(SENTENCE)}#cite"
    )
    (composition,) = found["Composition"]
    assert composition["section"][0]["entry"][0]["type"] == "PlanDefinition"


def test_grades_stand_as_printed_in_their_own_system() -> None:
    (assessment,) = resources()["ArtifactAssessment"]
    parts = {
        part["type"]["text"]: (part["classifier"][0]["coding"][0]["system"], part["classifier"][0]["coding"][0]["code"])
        for content in assessment["content"]
        for part in content["component"]
        if "coding" in part["classifier"][0]
    }
    own = "urn:fmqa:grading-system:eular-2017"
    assert parts == {
        "Rating system": ("urn:fmqa:grading-system", "eular-2017"),
        "Strength of recommendation": (own, "strong for"),
        "Grade of recommendation": (own, "A"),
        "Level or certainty of evidence": (own, "Ia"),
        "Direction": ("urn:fmqa:direction", "for"),
    }
    assert GRADE.level in assessment["content"][0]["summary"]


def test_every_reference_leads_to_a_resource_of_the_bundle() -> None:
    bundle = json.loads(fhir.bundle(DOCUMENT, Vocabulary()))
    places = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(places) == len(bundle["entry"])

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["reference"]] if isinstance(value.get("reference"), str) else []
            return own + [each for inner in value.values() for each in references(inner)]
        return [each for inner in value for each in references(inner)] if isinstance(value, list) else []

    assert references(bundle)
    assert set(references(bundle)) <= places


@pytest.mark.parametrize("superseded", [None, "eular-2030"])
def test_a_superseded_edition_is_retired(superseded: str | None) -> None:
    document = DOCUMENT.model_copy(update={"metadata": METADATA.model_copy(update={"superseded_by": superseded})})
    (plan,) = resources(document)["PlanDefinition"]
    assert plan["status"] == ("retired" if superseded else "active")


def test_a_document_without_a_recommendation_has_none() -> None:
    finding = STATEMENT.model_copy(update={"kind": "finding", "grades": ()})
    span = DOCUMENT.statements[0].model_copy(update={"statement": finding})
    about = METADATA.model_copy(update={"kind": DocumentKind.TRIAL})
    found = resources(DOCUMENT.model_copy(update={"statements": (span,), "metadata": about}))
    assert set(found) == {"Composition", "Citation"}


def test_long_ids_are_cut_and_stay_different() -> None:
    ids = {"a" * 70 + "-1", "a" * 70 + "-2"}
    spans = tuple(
        DOCUMENT.statements[0].model_copy(update={"statement": STATEMENT.model_copy(update={"id": each})})
        for each in ids
    )
    found = resources(DOCUMENT.model_copy(update={"statements": spans}))
    made = {plan["id"] for plan in found["PlanDefinition"]}
    assert len(made) == 2
    assert all(len(each) <= 64 for each in made)
