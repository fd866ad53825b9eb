"""Answers what asks for every record of a kind, such as all of one level, or for a document as such.

The typed records answer it, not similarity of words, so that a list is complete and holds nothing else. Only current
editions count, unless a document is named.
"""

from collections.abc import Collection
from typing import Final

from fmqa.evidence.again import Again
from fmqa.evidence.catalogue import Catalogue, Entry, evidence_of, quoted
from fmqa.evidence.deciding import off_label
from fmqa.evidence.library import Library
from fmqa.evidence.published.outline import outline
from fmqa.question import whole
from fmqa.types import (
    About,
    Aspect,
    Audience,
    Document,
    DocumentKind,
    Every,
    EvidenceGrade,
    EvidenceStatement,
    Frame,
    Material,
    Query,
    StatementKind,
    StatementRole,
    Status,
)

_FINDS: Final = frozenset({StatementRole.VERDICT, StatementRole.MAIN_RESULT})
_CHOSEN: Final = 4
_PUBLISHED: Final = (DocumentKind.GUIDELINE, DocumentKind.REVIEW, DocumentKind.TRIAL, DocumentKind.LABEL)


def with_list(material: Material, library: Library) -> Material:
    """Return the material with every statement that a question asks for, where it asks for all of a kind.

    That is all of a grade, or what the sources since some year say.
    """
    query = material.query
    if query.since is not None and not material.lead and (newest := _newest(query, library)):
        return material._replace(status=Status.ANSWERED, statements=newest, listed=True, positions=(), related=())
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


def _newest(query: Query, library: Library) -> tuple[EvidenceStatement, ...]:
    """Return the main finding of each document that may answer, on what is asked about, the newest document first."""
    named = [c for c in query.interventions if c not in query.implied]
    held = sorted(library.catalogue.by_document, key=lambda name: -(library.catalogue.documents[name].year or 0))
    found: list[EvidenceStatement] = []
    for name in held:
        if library.catalogue.documents[name].kind not in _PUBLISHED:
            continue
        found += [s for s in _main(library.opened.document(name), library) if _finds(s, named, library)][:1]
    return tuple(found)


def _finds(statement: EvidenceStatement, named: Collection[str], library: Library) -> bool:
    """Return whether a statement finds or advises something, on the treatments that are named."""
    about = statement.statement.interventions if statement.statement else ()
    on = not named or any(library.catalogue.akin(one, other) for one in named for other in about)
    return on and statement.kind not in (StatementKind.DEFINITION, StatementKind.INTERACTION, StatementKind.SAFETY)


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


def of_document(message: str, query: Query, frame: Frame, library: Library, cited: str | None = None) -> Again | None:
    """Return the answer to a question about a document as such; None if it asks something else, or of no one document.

    Args:
        message: What was asked.
        query: What it was read as.
        frame: For whom the answer is.
        library: Where the document is held, if it may answer.
        cited: The document that the last answer cites first, if it cites one.
    """
    told = whole.asked(message)
    if told is None:
        return of_section(message, query, frame, library)
    name = whole.document_of(told, library.names, library.start, query.documents, cited)
    if not name or not _may_answer(name, library):
        return None
    document = library.opened.document(name)
    sums_up = told.aspect is Aspect.SUMMARY
    statements = _main(document, library) if sums_up else _on_reference(told.reference, document, library)
    if sums_up and not statements:
        return None
    about = About(document_id=name, aspect=told.aspect, reference=told.reference)
    asked = query.model_copy(update=_read_as(message, told, document))
    material = Material(
        Status.ANSWERED if statements else Status.CONVERSATION,
        asked,
        statements=statements,
        off_label=off_label(asked, library) if sums_up else (),
        documents=library.catalogue.documents,
        glossary=library.glossary,
        about=(about, document),
        cited=() if sums_up else (_place_of(document, library),),
    )
    return Again(material, frame._replace(audience=Audience.PATIENT) if told.for_patient else frame, asked)


def of_section(message: str, query: Query, frame: Frame, library: Library, *, alone: bool = False) -> Again | None:
    """Return what a section of the open document says, if a message asks for it by its heading.

    Args:
        message: What was asked.
        query: What it was read as.
        frame: For whom the answer is.
        library: Where the document is held, if it may answer.
        alone: Whether a heading of one word alone is asked for; as a question of its own it had no answer.
    """
    start = library.start
    if start is None or start.origin is not None or not _may_answer(start.id, library):
        return None
    document = library.opened.document(start.id)
    inside = {section.statement: section.headings[-1] for section in document.sections if section.headings}
    heading = whole.section(message, dict.fromkeys(inside.values()), alone=alone)
    entries = library.catalogue.by_document.get(start.id, [])
    found = [entry for entry in entries if heading and inside.get(entry.statement.id) == heading]
    if not heading or not found:
        return None
    asked = query.model_copy(update=_on(f"{heading} — {start.short_title}", document))
    material = Material(
        Status.ANSWERED,
        asked,
        statements=tuple(evidence_of(entry, 0.0, library.catalogue) for entry in found),
        off_label=off_label(asked, library),
        documents=library.catalogue.documents,
        glossary=library.glossary,
        listed=True,
    )
    return Again(material, frame, asked)


def _may_answer(name: str, library: Library) -> bool:
    if name not in library.opened.document_ids:
        return False
    return library.allowed is None or bool(library.allowed[library.opened.rows_of(name).start])


def _read_as(message: str, told: whole.Asked, document: Document) -> dict[str, object]:
    """Return what of the query is known better once the document is."""
    title = document.metadata.short_title
    asked = message.strip(" .?!")
    return _on(asked.replace(told.words, title, 1) if told.words else f"{asked} — {title}", document)


def _on(text: str, document: Document) -> dict[str, object]:
    """Return what a query holds that is asked of one document alone."""
    return {
        "text": text,
        "documents": (document.id,),
        "interventions": document.metadata.interventions,
        "implied": (),
        "unknown": (),
        "personal": False,
        "whether": None,
        "every": None,
    }


def _main(document: Document, library: Library) -> tuple[EvidenceStatement, ...]:
    """Return the main points of a document: its summing up, what it finds, then its advice, section by section."""
    if document.is_added:
        return outline(document, library)
    headings = {section.statement: section.headings for section in document.sections}
    entries = library.catalogue.by_document.get(document.id, [])
    first: dict[tuple[str, ...], str] = {}
    for entry in (entry for entry in entries if not entry.statement.overview):
        first.setdefault(headings.get(entry.statement.id, ()), entry.id)
    opens = set(first.values())
    ordered = sorted(
        ((_place(entry, opens), entry) for entry in entries), key=lambda pair: (pair[0], pair[1].span.start)
    )
    return tuple(evidence_of(entry, 0.0, library.catalogue) for place, entry in ordered if place <= _CHOSEN)


def _place(entry: Entry, opens: Collection[str]) -> int:
    """Return the place of a statement among the main points of its document, the lowest first; above _CHOSEN: none.

    Args:
        entry: The statement.
        opens: Ids of the statements that open a section.
    """
    statement = entry.statement
    advises = entry.document.kind is DocumentKind.GUIDELINE and statement.kind is StatementKind.RECOMMENDATION
    in_all = advises and not statement.interventions and statement.role is StatementRole.VERDICT
    found = (in_all, statement.overview, statement.role in _FINDS, advises, entry.id in opens)
    chosen = found[:4] if entry.document.kind is DocumentKind.GUIDELINE else found
    return next((place for place, holds in enumerate(chosen) if holds), _CHOSEN + 1)


def _on_reference(number: int | None, document: Document, library: Library) -> tuple[EvidenceStatement, ...]:
    """Return what is known of how an article uses the reference with a number: its numbers may not be those of ours."""
    if number is None or document.metadata.kind is not DocumentKind.ARTICLE:
        return ()
    words = f"reference {number} "
    found = [
        entry
        for entry in library.catalogue.by_id.values()
        if entry.statement.role is StatementRole.ABOUT_ARTICLE and words in entry.text.lower()
    ]
    return tuple(evidence_of(entry, 0.0, library.catalogue) for entry in found)


def _place_of(document: Document, library: Library) -> EvidenceStatement:
    """Return the first line of a document, which stands for it as a whole."""
    row = library.opened.rows_of(document.id).start
    first = document.text.find("\n")
    made = quoted(library.catalogue, row, (0, first if first > 0 else len(document.text)), None, None, 0.0)
    inside = next((section.headings for section in document.sections if section.start <= 0 < section.end), ())
    return made.model_copy(update={"section": inside if document.is_added else ()})
