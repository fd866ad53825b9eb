"""Schema.org JSON-LD of a document's page. It says what the document says: no level is converted."""

from collections.abc import Callable
from typing import Any

from fmqa.types import Document, DocumentKind, ReviewState, StatementKind, Vocabulary

_AUDIENCES = ("Clinician", "Patient")


def page(document: Document, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the JSON-LD of a document's page.

    Source: https://schema.org/MedicalWebPage, https://schema.org/MedicalGuidelineRecommendation
    """
    metadata = document.metadata
    labels = {concept.id: concept.label for concept in vocabulary.concepts}

    def label(concept: str) -> str:
        return labels.get(concept, concept)

    about: list[dict[str, Any]] = [{"@type": "MedicalCondition", "name": label(name)} for name in metadata.conditions]
    about += [{"@type": "MedicalTherapy", "name": label(name)} for name in metadata.interventions]
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "name": metadata.title,
        "inLanguage": "en",
        "dateModified": metadata.last_updated.isoformat(),
        "license": metadata.licence,
        "audience": [{"@type": "MedicalAudience", "audienceType": name} for name in _AUDIENCES],
        "about": about,
        "citation": [
            {"@type": "CreativeWork", "name": reference.citation, **({"url": reference.link} if reference.link else {})}
            for reference in metadata.references
        ],
        "creativeWorkStatus": document.review_state.value,
    }
    if document.review_state is ReviewState.APPROVED and metadata.review.date:
        data["lastReviewed"] = metadata.review.date.isoformat()
        data["reviewedBy"] = {"@type": "Person", "name": metadata.review.reviewer}
    if metadata.kind is DocumentKind.GUIDELINE:
        data["mainEntity"] = _recommendations(document, label)
    return data


def _recommendations(document: Document, label: Callable[[str], str]) -> list[dict[str, Any]]:
    found = []
    for span in document.statements:
        if span.statement.kind is not StatementKind.RECOMMENDATION:
            continue
        entry: dict[str, Any] = {
            "@type": "MedicalGuidelineRecommendation",
            "description": document.text[span.start : span.end],
            "guidelineSubject": [
                {"@type": "MedicalTherapy", "name": label(name)} for name in span.statement.interventions
            ],
        }
        strengths = [grade.strength for grade in span.statement.grades if grade.strength]
        if strengths:
            entry["recommendationStrength"] = "; ".join(strengths)
        if document.metadata.year:
            entry["guidelineDate"] = str(document.metadata.year)
        found.append(entry)
    return found
