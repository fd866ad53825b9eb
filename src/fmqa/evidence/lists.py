"""Questions that ask for every record of a kind: all of one level, the strongest advice of a body, all below a level.

They are answered from the typed records and not by likeness of words, so that nothing is left out and nothing is added.
Only current editions count, unless a document is named.
"""

import re
from typing import Final

from fmqa.evidence.catalogue import Catalogue, Entry, evidence_of
from fmqa.evidence.library import Library
from fmqa.types import Direction, DocumentKind, EvidenceGrade, Intent, Material, Query, StatementKind

_ASKS_ALL: Final = re.compile(
    r"\b(?:which|all|every|list|name|show me|strongest|what (?:are|treatments?|drugs?|medicines?|therap(?:y|ies)|else"
    r"|has|have|gets?|does|do))\b",
    re.IGNORECASE,
)
_DRUGS: Final = re.compile(r"\b(?:drugs?|medicines?|medications?|meds)\b", re.IGNORECASE)
_LEVEL: Final = re.compile(r"\b(?:level |levels? of evidence )?(I{1,3}[abc]?|IV)\b")
_STRONG: Final = re.compile(
    r"\bstrong(?:est|ly)?\b[^?.]{0,20}\brecommend\w*|\brecommend\w*[^?.]{0,20}\bstrong(?:est|ly)?\b", re.I
)
_AGAINST: Final = re.compile(r"\bagainst\b|\bnot to use\b|\badvis\w* not\b", re.IGNORECASE)
_DENIED: Final = re.compile(r"\b(?:isn['’]?t|aren['’]?t|not|without|other than|except|below)\b", re.IGNORECASE)


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
    text = query.text
    level, strong = _LEVEL.search(text), _STRONG.search(text)
    if not (level or strong) or not _ASKS_ALL.search(text) or Intent.DEFINITION in query.intents:
        return ()
    if not level and not (query.documents or query.organisations):  # what is strong is each system's own
        return ()
    at_large = set(catalogue.matcher.pack.at_large)
    of_drugs = bool(_DRUGS.search(text))
    wanted = Direction.AGAINST if _AGAINST.search(text) else Direction.FOR
    denied = bool(_DENIED.search(text))
    found = [
        entry
        for entry in catalogue.by_id.values()
        if entry.statement.kind is StatementKind.RECOMMENDATION
        and entry.document.kind is DocumentKind.GUIDELINE
        and _is_of(entry, query)
        and (not of_drugs or (entry.statement.interventions and not at_large & set(entry.statement.interventions)))
        and len(entry.statement.grades) == 1
        and entry.statement.grades[0].direction is wanted
        and _fits(entry.statement.grades[0], level[1] if level else None, strong=bool(strong), denied=denied)
    ]
    return tuple(sorted(found, key=lambda entry: (-(entry.document.year or 0), entry.document.id, entry.span.start)))


def _is_of(entry: Entry, query: Query) -> bool:
    """Return whether a statement is of what is asked about: the documents or bodies named, else current editions."""
    if query.documents and any(entry.document.id == document for document in query.documents):
        return True
    if query.documents or entry.document.superseded_by is not None:
        return False
    return not query.organisations or entry.document.organisation in query.organisations


def _fits(grade: EvidenceGrade, level: str | None, *, strong: bool, denied: bool) -> bool:
    if strong and not (grade.strength or "").startswith("strong"):
        return False
    return level is None or (grade.level is not None and (grade.level == level) is not denied)
