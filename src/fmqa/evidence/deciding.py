"""What may be said: the one place that sets the status of an answer, and withholds what must not be told.

``decide`` takes what is asked, the curated statements that were chosen and what documents as published say, and returns
the material of the answer.
"""

from collections.abc import Sequence

from fmqa.danger.emergencies import Emergency
from fmqa.evidence import quoting
from fmqa.evidence.catalogue import evidence_of
from fmqa.evidence.choosing import Selection, is_silent
from fmqa.evidence.library import Library
from fmqa.evidence.quoting import Published
from fmqa.evidence.searching import Found, passages
from fmqa.question import persons
from fmqa.text import figures
from fmqa.types import (
    Audience,
    ConceptKind,
    DocumentKind,
    EvidenceStatement,
    Intent,
    Material,
    Missing,
    Query,
    RetrievedPassage,
    StatementKind,
    Status,
)


def decide(query: Query, found: Found, chosen: Selection, quoted: Published, library: Library) -> Material:
    """Return what the answer to a query is made of, and its status."""
    return _with_published(found, quoted, _material(query, found.passages, chosen, library), library)


def which(query: Query, library: Library) -> Material:
    """Return the material of an answer that asks which of two readings is meant."""
    return Material(Status.NEEDS_CLARIFICATION, query, documents=library.catalogue.documents)


def urgent(question: str, danger: Emergency, audience: Audience, library: Library) -> Material:
    """Return the material of an answer to an emergency: its fixed text, what a label says of it, and nothing else."""
    for_patient = audience is Audience.PATIENT or persons.speaks_of_oneself(question)
    return Material(
        Status.URGENT,
        Query(text=question, intents=(Intent.SAFETY,)),
        statements=_emergency_statements(question, danger.conditions, library),
        documents=library.catalogue.documents,
        danger=(danger.title, danger.patient if for_patient else danger.clinician),
    )


def _with_published(found: Found, quoted: Published, material: Material, library: Library) -> Material:
    """Return the material with what documents as published say, where the curated statements answer less or nothing."""
    if found.published is None:
        return material
    query = found.asked_of_published
    related = (*material.related[:2], *passages(found.published, library.opened, 1))
    if query.personal and Intent.DOSE in query.intents and (material.lead or _off_label(query, library)):
        quoted = quoted._replace(statements=tuple(s for s in quoted.statements if s.kind is not StatementKind.DOSING))
    if not quoted.statements:  # the scope is that of documents of our own
        status = Status.NOT_IN_CORPUS if material.status is Status.OUT_OF_SCOPE else material.status
        return material._replace(status=status, related=related)
    wanted = quoting.weights(query, library.catalogue)
    rows = (library.opened.row_of(s.passage_id) for s in material.statements)
    stems = (library.opened.passage_stems(row) for row in rows)
    ours = max((quoting.coverage(wanted, each, library.catalogue) for each in stems), default=0.0)
    sure = material.confidence is None or quoted.chance >= quoting.SURE
    better = quoted.coverage >= ours + quoting.MORE and sure
    if material.statements and not better:
        return material._replace(related=related)
    told = {" ".join((s.document.title, *s.section, s.text)) for s in quoted.statements}
    about = {mention.concept for words in told for mention in library.matcher.mentions(words)}
    uncovered = tuple(gap for gap in material.uncovered if gap[0] not in about)
    return material._replace(
        status=Status.PARTIAL if material.missing or uncovered else Status.ANSWERED,
        lead=material.lead if query.interventions else (),
        statements=quoted.statements,
        positions=(),
        off_label=material.off_label if query.interventions else (),
        related=related,
        uncovered=uncovered,
        ungraded=(),
        confidence=None,
    )


def _material(query: Query, retrieved: Sequence[RetrievedPassage], selection: Selection, library: Library) -> Material:
    """Return what the answer is made from, and the status that the evidence allows."""
    matcher = library.matcher
    missing = _missing(query, library)
    rule = library.calibration
    status = ruled(query, selection, library)
    confidence = None
    if rule and status.abstains:
        confidence = rule.refused
    elif rule:
        confidence = rule.confidence(selection.features)
        # Who asks what to do with a known drug gets the general facts, in whatever words it is asked.
        sure = bool(selection.lead) or (query.asks.own_regimen and bool(query.interventions))
        if confidence < rule.threshold and not sure:
            status = _unanswered(query, selection)
    answered = not status.abstains
    foreign = any(not matcher.get(c).in_scope for c in query.conditions)
    statements = selection.statements
    if query.asks.own_regimen and (selection.lead or _off_label(query, library)):
        # With a dangerous combination, or a use that no label covers, even general doses would read as an instruction.
        statements = tuple(s for s in statements if s.kind is not StatementKind.DOSING)
        if not selection.lead and Intent.DOSE in query.intents:
            statements = (*_no_dose(query, library), *statements)
    return Material(
        status=status,
        query=query,
        lead=selection.lead if answered else (),
        statements=statements if answered else (),
        positions=tuple((matcher.label(c), found) for c, found in selection.positions) if answered else (),
        off_label=_off_label(query, library) if answered else (),
        related=tuple(retrieved[:3]),
        missing=missing,
        ungraded=selection.ungraded if answered else (),
        uncovered=(*selection.uncovered, *(selection.unmatched if answered or foreign else ())),
        documents=library.catalogue.documents,
        scope=library.scope,
        added=library.opened.added,
        claims_checked=library.matcher.pack.checks_of_articles is not None,
        suggestions=_suggestions(query, library),
        glossary=library.glossary,
        confidence=confidence,
    )


def ruled(query: Query, selection: Selection, library: Library) -> Status:
    """Return the status that the rules give, whatever the confidence."""
    missing = _missing(query, library)
    said = (*selection.lead, *selection.statements)
    foreign = [c for c in query.conditions if not library.matcher.get(c).in_scope]
    on_foreign = any(s.statement and set(s.statement.conditions) & set(foreign) for s in selection.statements[:1])
    if foreign and not on_foreign and not set(library.matcher.pack.subject) & set(query.conditions):
        # What a known drug does in another disease is near what is held; what another disease is, is not.
        near = selection.unmatched and Intent.DEFINITION not in query.intents
        return Status.NOT_IN_CORPUS if near else Status.OUT_OF_SCOPE
    if not said:
        return _unanswered(query, selection)
    if query.interventions and len(selection.uncovered) == len(query.interventions):
        return Status.NOT_IN_CORPUS
    if missing and not any(m.present for m in missing) and not query.interventions:
        return Status.NOT_IN_CORPUS
    if missing or selection.uncovered or selection.unmatched or selection.ungraded:
        return Status.PARTIAL
    recommendations = [s for s in selection.statements if s.kind is StatementKind.RECOMMENDATION and s.grades]
    if (
        Intent.GUIDELINE_POSITION in query.intents[:1]
        and recommendations
        and all(is_silent(s) for s in recommendations)
    ):
        return Status.GUIDELINE_SILENT
    return Status.ANSWERED


def _unanswered(query: Query, selection: Selection) -> Status:
    """Return out of scope for a question that names nothing the vocabulary knows and has nothing near it."""
    named = query.interventions or query.populations or query.outcomes or query.documents or query.organisations
    off_topic = not named and selection.features["dense"] < 0.35
    return Status.OUT_OF_SCOPE if off_topic else Status.NOT_IN_CORPUS


def _missing(query: Query, library: Library) -> tuple[Missing, ...]:
    """Return the documents that the question asks for by publisher and year, or by publisher, and the corpus lacks."""
    found: list[Missing] = []
    for body in query.organisations:
        held = library.names.issued((body,))
        present = tuple(library.catalogue.documents[i] for i in held)
        if not held:
            found.append(Missing(f"document from {body}", ()))
        for year in query.years:
            mine = library.names.issued((body,), (year,))
            others = library.names.issued(tuple(o for o in query.organisations if o != body), (year,))
            if (
                held
                and not mine
                and not others
                and not any(library.catalogue.documents[d].year == year for d in query.documents)
            ):
                found.append(Missing(f"{year} document from {body}", present))
    return tuple(found)


def _off_label(query: Query, library: Library) -> tuple[EvidenceStatement, ...]:
    """Return the statements that say that the use of an intervention here is off-label."""
    concepts = (library.matcher.get(c) for c in query.interventions)
    ids = dict.fromkeys(concept.off_label for concept in concepts if concept.off_label)
    return tuple(
        evidence_of(library.catalogue.by_id[i], 0.0, library.catalogue) for i in ids if i in library.catalogue.by_id
    )


def _no_dose(query: Query, library: Library) -> tuple[EvidenceStatement, ...]:
    """Return what the sources say of a personal dose where they give none: dosing statements that name no amount."""
    found = [
        entry
        for drug in query.interventions
        for entry in library.catalogue.about(drug)
        if entry.statement.kind is StatementKind.DOSING
        and drug in entry.statement.interventions
        and not set(entry.statement.populations) - set(query.populations)
        and not figures.quantities(entry.text)
        and figures.negations(entry.text)
    ]
    return tuple(evidence_of(entry, 0.0, library.catalogue) for entry in found[:1])


def _emergency_statements(question: str, conditions: Sequence[str], library: Library) -> tuple[EvidenceStatement, ...]:
    """Return one label statement on the danger at hand, of a medicine that the message names."""
    drugs = [m.concept for m in library.matcher.mentions(question) if m.kind is ConceptKind.INTERVENTION]
    found = [
        entry
        for drug in dict.fromkeys(drugs)
        for entry in library.catalogue.about(drug)
        if drug in entry.statement.interventions
        and entry.statement.kind in (StatementKind.SAFETY, StatementKind.INTERACTION)
        and set(conditions) & set(entry.statement.conditions)
    ]
    found.sort(
        key=lambda entry: (
            "emergency" not in entry.words,
            entry.document.kind is not DocumentKind.LABEL,
            len(entry.statement.interventions),
            entry.id,
        )
    )
    return tuple(evidence_of(entry, 0.0, library.catalogue) for entry in found[:1])


def _suggestions(query: Query, library: Library) -> tuple[str, ...]:
    """Return follow-ups on the same intervention that were answered when the index was built."""
    pool = library.suggestions
    offered = [q for c in (*query.interventions, *query.taking) for q in pool.get(c, ())]
    if not offered and library.start is not None:
        offered = [q for c in library.start.interventions for q in pool.get(c, ())]
    return tuple(q for q in dict.fromkeys(offered) if q.lower() != query.text.lower())[:3]
