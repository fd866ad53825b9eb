"""Recommendations and grades of a document as a FHIR R5 bundle, in the shapes of Evidence-Based Medicine on FHIR.

A guideline is a Composition, each recommendation a PlanDefinition, and what the source prints of strength, grade, level
and agreement an ArtifactAssessment of it; references are Citations. Values are coded in the source's own grading system
and never translated into another one. Conformance to a profile of the implementation guide is not claimed, as it asks
for judgements (net effect, considerations) that these sources do not state.

Source: https://hl7.org/fhir/R5/artifactassessment.html, https://build.fhir.org/ig/HL7/ebm/
"""

import json
import re
import uuid
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from fmqa.errors import Unavailable
from fmqa.grades.systems import Known, known
from fmqa.grades.telling import display, shown_grade
from fmqa.types import DISCLAIMER, Document, EvidenceGrade, Reference, StatementSpan, Vocabulary
from fmqa.web.exchange.recommendations import recommendation, recommended
from fmqa.web.markup import span_link

MEDIA_TYPE: Final = "application/fhir+json"
_EBM: Final = "https://fevir.net/resources/CodeSystem/179423"  # the code system of the implementation guide
_LONGEST_ID: Final = 64
_Resource = dict[str, Any]


def bundle(document: Document, vocabulary: Vocabulary, base_url: str | None = None) -> str:
    """Return the bundle of a document as JSON, checked against the R5 definitions.

    Args:
        document: Which one; one without a recommendation has a Composition without sections.
        vocabulary: Names what recommendations are about.
        base_url: Address of the service, whose pages show the words; None: no page is named.

    Raises: Unavailable if the library that checks it is not installed.
    """
    try:
        from fhir.resources.bundle import Bundle  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise Unavailable("FHIR needs a library more: pip install 'fmqa[fhir]'") from error
    entries = [{"fullUrl": _urn(each), "resource": each} for each in _resources(document, vocabulary, base_url)]
    made = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    checked: str = Bundle.model_validate(made).model_dump_json()
    return json.dumps(json.loads(checked), ensure_ascii=False, indent=1)


def _resources(document: Document, vocabulary: Vocabulary, base_url: str | None) -> Iterator[_Resource]:
    grading = known(vocabulary.grading)
    labels = {concept.id: concept.label for concept in vocabulary.concepts}
    citations = {each.id: _citation(document, each) for each in document.metadata.references}
    plans = [(span, _plan(document, span, grading, labels, base_url)) for span in recommended(document)]
    yield _composition(document, [plan for _, plan in plans])
    yield from citations.values()
    for span, plan in plans:
        yield plan
        if any(grade.is_stated or grade.direction for grade in span.statement.grades):
            yield _assessment(span, plan, grading, citations[span.statement.sources[0]])


def _composition(document: Document, plans: list[_Resource]) -> _Resource:
    metadata = document.metadata
    made = {
        "resourceType": "Composition",
        "id": _id(document.id),
        "identifier": [{"system": "urn:fmqa:document", "value": document.id}],
        "version": document.sha256,
        "status": "final",
        "type": {"text": metadata.kind.value.capitalize()},
        "date": metadata.last_updated.isoformat(),
        "author": [{"display": metadata.organisation or "; ".join(metadata.authors) or "not stated"}],
        "title": metadata.title,
        "note": [
            {"text": words} for words in (_whose_words(document), f"Review: {document.review_state}.", DISCLAIMER)
        ],
    }
    if metadata.superseded_by:
        made["relatesTo"] = [{"type": "replaced-with", "display": metadata.superseded_by}]
    if plans:
        made["section"] = [{"title": "Recommendations", "entry": [_reference(plan) for plan in plans]}]
    return made


def _citation(document: Document, reference: Reference) -> _Resource:
    artifact: _Resource = {"title": [{"text": reference.citation}]}
    identifiers = [("https://doi.org", reference.doi), ("https://pubmed.ncbi.nlm.nih.gov", reference.pmid)]
    if found := [{"system": system, "value": value} for system, value in identifiers if value]:
        artifact["identifier"] = found
    if reference.link:
        artifact["webLocation"] = [{"url": reference.link}]
    return {
        "resourceType": "Citation",
        "id": _id(document.id, reference.id),
        "status": "active",
        "title": reference.citation,
        "citedArtifact": artifact,
    }


def _plan(
    document: Document, span: StatementSpan, grading: Known, labels: dict[str, str], base_url: str | None
) -> _Resource:
    metadata, told = document.metadata, recommendation(document, span, grading)
    references = {each.id: each for each in metadata.references}
    related = [
        {
            "type": "citation",
            "citation": references[name].citation,
            **({"document": {"url": link}} if (link := references[name].link) else {}),
        }
        for name in span.statement.sources
    ]
    if base_url:
        page = base_url.rstrip("/") + span_link(document.id, told.start, told.end)
        related.append({"type": "documentation", "display": "the words in their document", "document": {"url": page}})
    about = [*told.interventions, *told.conditions, *told.populations]
    return {
        "resourceType": "PlanDefinition",
        "id": _id(document.id, span.statement.id),
        "identifier": [{"system": "urn:fmqa:statement", "value": told.id}],
        "version": document.sha256,
        "title": f"{metadata.short_title}: {span.statement.id}",
        "status": "retired" if metadata.superseded_by else "active",
        "date": metadata.last_updated.isoformat(),
        **({"publisher": metadata.organisation} if metadata.organisation else {}),
        "description": told.text,
        "usage": f"{_whose_words(document)} {DISCLAIMER}",
        "copyright": metadata.licence,
        **({"topic": [{"text": labels.get(concept, concept)} for concept in about]} if about else {}),
        "relatedArtifact": related,
    }


def _assessment(span: StatementSpan, plan: _Resource, grading: Known, citation: _Resource) -> _Resource:
    graded = [grade for grade in span.statement.grades if grade.is_stated or grade.direction]
    content = [part for grade in graded for part in _contents(grade, grading)]
    return {
        "resourceType": "ArtifactAssessment",
        "id": _id(plan["id"], "rating"),
        "title": f"{plan['title']}, as graded",
        "artifactReference": _reference(plan),
        "citeAsReference": _reference(citation),
        "content": content,
    }


def _contents(grade: EvidenceGrade, grading: Known) -> Iterator[_Resource]:
    """Return what a grade says of the recommendation, and what it says of the evidence behind it."""
    shown = shown_grade(grade, grading)
    system = _rating("rating-system", "Rating system", "urn:fmqa:grading-system", grade.system, shown.system_name)
    parts = [system]
    if grade.strength:
        parts.append(_value("strength-of-recommendation", "Strength of recommendation", grade.system, grade.strength))
    if grade.grade:
        parts.append(_value(None, "Grade of recommendation", grade.system, grade.grade))
    if grade.direction:
        direction = _rating("direction-of-recommendation", "Direction", "urn:fmqa:direction", grade.direction, None)
        parts.append(direction)
    if grade.agreement:
        agreement = _rating(None, "Agreement of the panel, in per cent", None, grade.agreement, None)
        parts.append(agreement)
    summary = f"{display(grade)}. {shown.explanation}".strip()
    if len(parts) > 1:
        yield _container("recommendation-specification", "Recommendation specification", summary, parts)
    if grade.level:
        level = _value(None, "Level or certainty of evidence", grade.system, grade.level)
        yield _container("evidence", "Evidence", summary, [system, level])


def _container(code: str, name: str, summary: str, parts: list[_Resource]) -> _Resource:
    kind = {"coding": [{"system": _EBM, "code": code, "display": name}]}
    return {"informationType": "container", "type": kind, "summary": summary, "component": parts}


def _value(code: str | None, name: str, system: str, value: str) -> _Resource:
    return _rating(code, name, f"urn:fmqa:grading-system:{system}", value, None)


def _rating(code: str | None, name: str, system: str | None, value: str, shown: str | None) -> _Resource:
    """Return one judgement of the source: what is judged, and the value as printed in its own system."""
    kind: _Resource = {"text": name}
    if code:
        kind["coding"] = [{"system": _EBM, "code": code, "display": name}]
    classifier: _Resource = {"text": shown or value}
    if system:
        classifier["coding"] = [{"system": system, "code": value}]
    return {"informationType": "rating", "type": kind, "classifier": [classifier]}


def _whose_words(document: Document) -> str:
    if document.is_added:
        return "Words of the source, found in its text by rules and not curated by a person."
    return "A summary of the source in our own words; the citation leads to the original."


def _id(*parts: str) -> str:
    """Return an id as FHIR allows it, of at most 64 characters."""
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", ".".join(parts))
    if len(name) <= _LONGEST_ID:
        return name
    return f"{name[:51]}-{sha256('.'.join(parts).encode()).hexdigest()[:12]}"


def _urn(resource: _Resource) -> str:
    name = f"fmqa/{resource['resourceType']}/{resource['id']}"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def _reference(resource: _Resource) -> dict[str, str]:
    return {"reference": _urn(resource), "type": resource["resourceType"]}
