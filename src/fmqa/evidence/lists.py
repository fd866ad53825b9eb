"""Answers questions that ask for every record of a kind: all of one level, the strongest advice of a body, and so on.

The typed records answer them, not similarity of words, so that the list is complete and holds nothing else. Only
current editions count, unless a document is named.
"""

from fmqa.evidence.catalogue import Catalogue, Entry, evidence_of
from fmqa.evidence.library import Library
from fmqa.types import DocumentKind, Every, EvidenceGrade, Material, Query, StatementKind


def with_list(material: Material, library: Library) -> Material:
    """Return the material with every statement that a question on grades asks for, where it asks for all of a kind."""
    query = material.query
    if material.status.abstains or material.lead or (query.interventions and not query.implied):
        return material
    found = listed(query, library.catalogue)
    if not found:
        return material
    told = tuple(evidence_of(entry, 0.0, library.catalogue) for entry in found)
    return material._replace(statements=told, listed=True, positions=())


def listed(query: Query, catalogue: Catalogue) -> tuple[Entry, ...]:
    """Return the recommendations that a question asks for by their grade, newest source first; none if it does not."""
    asked = query.every
    if asked is None or (asked.level is None and not (query.documents or query.organisations)):
        return ()  # what is strong is each system's own
    at_large = set(catalogue.matcher.pack.at_large)
    found = [
        entry
        for entry in catalogue.by_id.values()
        if entry.statement.kind is StatementKind.RECOMMENDATION
        and entry.document.kind is DocumentKind.GUIDELINE
        and _is_of(entry, query)
        and (not asked.drugs or (entry.statement.interventions and not at_large & set(entry.statement.interventions)))
        and len(entry.statement.grades) == 1
        and entry.statement.grades[0].direction is asked.direction
        and _fits(entry.statement.grades[0], asked)
    ]
    return tuple(sorted(found, key=lambda entry: (-(entry.document.year or 0), entry.document.id, entry.span.start)))


def _is_of(entry: Entry, query: Query) -> bool:
    """Return whether a statement is of what is asked about: the documents or bodies named, else current editions."""
    if query.documents and any(entry.document.id == document for document in query.documents):
        return True
    if query.documents or entry.document.superseded_by is not None:
        return False
    return not query.organisations or entry.document.organisation in query.organisations


def _fits(grade: EvidenceGrade, asked: Every) -> bool:
    if asked.strong and not (grade.strength or "").startswith("strong"):
        return False
    return asked.level is None or (grade.level is not None and (grade.level == asked.level) is not asked.other)
