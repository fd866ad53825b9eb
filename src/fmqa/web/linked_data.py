"""Schema.org JSON-LD of documents and answers. It says what they say: no level is converted."""

import json
from collections.abc import Callable
from typing import Any

from fmqa.answer.titles import by_document, named
from fmqa.store.conversations import StoredAnswer
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


def answer(stored: StoredAnswer, base_url: str) -> dict[str, Any]:
    """Return the JSON-LD of a stored answer: a question, the answer in its words, and what it cites.

    Args:
        stored: The answer.
        base_url: Address of the service, under which the answer has its page.

    Source: https://schema.org/QAPage, https://schema.org/Quotation
    """
    given = stored.answer
    root = base_url.rstrip("/")
    address = f"{root}/answers/{given.question_id}"
    cited = [
        {
            "@type": "CreativeWork",
            "name": named(sources[0]),
            "identifier": sources[0].document_id,
            "url": f"{root}/documents/{sources[0].document_id}",
            "creativeWorkStatus": sources[0].review_state.value,
            **({"isBasedOn": sources[0].link} if sources[0].link else {}),
        }
        for sources in by_document(given.sources)
    ]
    return {
        "@context": "https://schema.org",
        "@type": "QAPage",
        "url": address,
        "inLanguage": "en",
        "dateCreated": stored.created.isoformat(),
        "version": given.generation,
        "audience": {"@type": "MedicalAudience", "audienceType": given.audience.value.capitalize()},
        "usageInfo": given.disclaimer,
        "mainEntity": {
            "@type": "Question",
            "name": stored.question,
            "answerCount": 1,
            "acceptedAnswer": {
                "@type": "Answer",
                "text": given.text,
                "encodingFormat": "text/markdown",
                "url": address,
                "creativeWorkStatus": given.status.value,
                "citation": cited,
            },
        },
    }


def answer_json(stored: StoredAnswer, base_url: str) -> str:
    """Return the JSON-LD of a stored answer as text."""
    return json.dumps(answer(stored, base_url), ensure_ascii=False)


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
