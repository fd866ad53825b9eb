"""The recommendations that documents hold, each by itself with its typed grades."""

from collections.abc import Iterable, Iterator

from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import BadQuestion
from fmqa.grades.systems import Known, known
from fmqa.grades.telling import shown_grade
from fmqa.types import Document, Only, StatementKind, StatementSpan, Vocabulary, Wording
from fmqa.wire import Recommendation, RecommendationQuery, TypedGrade


def recommendations(
    documents: Iterable[Document], vocabulary: Vocabulary, query: RecommendationQuery
) -> list[Recommendation]:
    """Return every recommendation that a query allows, in the order of the documents and of their text.

    Raises: BadQuestion if the vocabulary knows no such treatment.
    """
    grading = known(vocabulary.grading)
    wanted = None if query.intervention is None else _members(query.intervention, vocabulary)
    return [
        recommendation(document, span, grading)
        for document in documents
        if passes(document, query)
        for span in recommended(document)
        if (wanted is None or not wanted.isdisjoint(span.statement.interventions))
        and (query.direction is None or query.direction in {grade.direction for grade in span.statement.grades})
    ]


def recommended(document: Document) -> Iterator[StatementSpan]:
    """Return the statements of a document that recommend, or that a source graded as a recommendation."""
    for span in document.statements:
        grades = span.statement.grades
        if span.statement.kind is StatementKind.RECOMMENDATION or any(g.strength or g.direction for g in grades):
            yield span


def recommendation(document: Document, span: StatementSpan, grading: Known) -> Recommendation:
    """Return one recommendation of a document."""
    metadata, statement = document.metadata, span.statement
    stem = f"{document.text[slice(*span.stem)]} " if span.stem else ""
    return Recommendation(
        id=f"{document.id}#{statement.id}",
        document_id=document.id,
        document=metadata.short_title,
        organisation=metadata.organisation,
        year=metadata.year,
        superseded_by=metadata.superseded_by,
        review_state=document.review_state,
        wording=wording_of(document),
        kind=statement.kind,
        text=stem + document.text[span.start : span.end],
        interventions=statement.interventions,
        conditions=statement.conditions,
        populations=statement.populations,
        grades=tuple(TypedGrade.of(shown_grade(grade, grading)) for grade in statement.grades),
        start=span.start,
        end=span.end,
        text_sha256=document.sha256,
    )


def wording_of(document: Document) -> Wording:
    """Return whose words a document has."""
    return "source" if document.is_added else "summary"


def passes(document: Document, only: Only) -> bool:
    """Return whether a filter lets a document through; one without a year is of no year."""
    metadata = document.metadata
    dated = only.since is not None or only.until is not None
    in_years = metadata.year is not None and (only.since or 0) <= metadata.year <= (only.until or 9999)
    return (
        (not only.documents or document.id in only.documents)
        and (not only.kinds or metadata.kind in only.kinds)
        and (not only.organisations or _folded(metadata.organisation) in map(_folded, only.organisations))
        and (not dated or in_years)
        and only.added in (None, document.is_added)
    )


def check_filter(only: Only, documents: Iterable[Document]) -> None:
    """Refuse a document or publisher that is not held: its empty list would read as if there were nothing.

    Raises: BadQuestion that says where the names are found.
    """
    if not (only.organisations or only.documents):
        return
    held = [(document.id, _folded(document.metadata.organisation)) for document in documents]
    if not set(only.documents) <= {name for name, _ in held}:
        raise BadQuestion("there is no such document; GET /v1/documents lists them")
    if not set(map(_folded, only.organisations)) <= {issuer for _, issuer in held}:
        raise BadQuestion("no document has such an organisation; GET /v1/documents shows the names")


def _folded(name: str | None) -> str | None:
    return None if name is None else name.casefold()


def _members(name: str, vocabulary: Vocabulary) -> frozenset[str]:
    """Return the ids of a treatment and of its members, by any of its names.

    Raises: BadQuestion if the vocabulary has no such treatment.
    """
    matcher = Matcher(vocabulary)
    named = {mention.concept for mention in matcher.mentions(name)} | ({name} & {c.id for c in vocabulary.concepts})
    if not named:
        raise BadQuestion("the vocabulary knows no such treatment; write another of its names")
    return frozenset(
        concept.id for concept in vocabulary.concepts if not matcher.ancestors(concept.id).isdisjoint(named)
    )
