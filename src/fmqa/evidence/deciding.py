"""What may be said: the one place that sets the status of an answer, and withholds what must not be told.

``decide`` takes what is asked, the curated statements that were chosen and what documents as published say, and returns
the material of the answer.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from fmqa.danger.emergencies import Emergency
from fmqa.evidence.catalogue import evidence_of
from fmqa.evidence.choosing import Selection
from fmqa.evidence.library import Library
from fmqa.evidence.published.joining import joined
from fmqa.evidence.published.quoting import Published
from fmqa.evidence.searching import Found, passages
from fmqa.question import outside, persons
from fmqa.text import figures
from fmqa.text.words import content_words
from fmqa.types import (
    Audience,
    ConceptKind,
    Direction,
    DocumentKind,
    EvidenceStatement,
    Intent,
    Material,
    Missing,
    Opening,
    Query,
    RetrievedPassage,
    StatementKind,
    Status,
)

_NEAREST: Final = 2  # statements that are told where none is sure to answer
_NEAR: Final = 0.25  # chance of bearing on the question that each of them needs
_OFF_TOPIC: Final = 0.35  # cosine below which the nearest passage is on nothing that is asked


class Case(NamedTuple):
    """What bears on the status of an answer: each is a yes or a no."""

    foreign: bool = False  # asks of a disease that the corpus is not about, and nothing chosen is about it
    near: bool = False  # what a treatment that is known does in another disease is near what is held
    nothing: bool = False  # no statement was chosen
    off_topic: bool = False  # names nothing that the vocabulary knows, and no passage is near
    unknown: bool = False  # no source is about any of the treatments that are asked about
    not_held: bool = False  # asks for a document that is not held, and for nothing else
    unlikely: bool = False  # the chance that the sources answer is too small
    unsure: bool = False  # that chance is small: what is nearest is told, as just that
    gaps: bool = False  # a part of what is asked is in no source
    silent: bool = False  # every guideline that is asked of takes no position
    wider: bool = False  # documents as published are held beside the curated ones
    published: bool = False  # one of them answers better than the curated statements


STATUSES: Final[tuple[tuple[str, Callable[[Case], bool], Status], ...]] = (
    ("a document as published answers a part", lambda c: c.published and c.gaps, Status.PARTIAL),
    ("a document as published answers", lambda c: c.published, Status.ANSWERED),
    ("another disease than those held", lambda c: c.foreign and not (c.near or c.wider), Status.OUT_OF_SCOPE),
    ("another disease, but near", lambda c: c.foreign, Status.NOT_IN_CORPUS),
    (
        "nothing, and no known subject",
        lambda c: (c.nothing or c.unlikely) and c.off_topic and not c.wider,
        Status.OUT_OF_SCOPE,
    ),
    ("nothing", lambda c: c.nothing, Status.NOT_IN_CORPUS),
    ("treatments of which no source speaks", lambda c: c.unknown, Status.NOT_IN_CORPUS),
    ("a document that is not held", lambda c: c.not_held, Status.NOT_IN_CORPUS),
    ("too unlikely", lambda c: c.unlikely, Status.NOT_IN_CORPUS),
    ("not sure to be answered", lambda c: c.unsure, Status.PARTIAL),
    ("a part is in no source", lambda c: c.gaps, Status.PARTIAL),
    ("guidelines are silent", lambda c: c.silent, Status.GUIDELINE_SILENT),
    ("answered", lambda _: True, Status.ANSWERED),
)
"""The status of each case: the first row that holds decides. Nowhere else is a status set."""


def status_of(case: Case) -> Status:
    """Return the status of an answer.

    >>> status_of(Case(nothing=True)).value
    'not_in_corpus'
    """
    return next(status for _, holds, status in STATUSES if holds(case))


def decide(query: Query, found: Found, chosen: Selection, quoted: Published, library: Library) -> Material:
    """Return what the answer to a query is made of, and its status."""
    case = case_of(query, chosen, library)
    rule = library.calibration
    confidence = None
    if rule is not None:
        confidence = rule.refused if status_of(case).abstains else rule.confidence(chosen.features)
        # Who asks what to do with a known drug gets the general facts, in whatever words it is asked.
        # What is known to be missing is said, and what there is beside it.
        own_regimen = query.asks.own_regimen and bool(query.interventions)
        sure = bool(chosen.lead or chosen.unmatched or chosen.fits_value or own_regimen)
        unsure = confidence < rule.threshold and not sure
        near = confidence >= rule.least and any(_is_near(statement) for statement in chosen.statements)
        case = case._replace(unsure=unsure, unlikely=unsure and not near)
    if found.published is not None and _is_of_others(query, library):
        case = case._replace(unlikely=True)
    material = _material(query, found.passages, chosen, status_of(case), confidence, library)
    if case.unsure and not material.status.abstains:
        material = _nearest(material)
    return _telling_of_others(_with_published(found, quoted, material, case, library), library)


def _nearest(material: Material) -> Material:
    """Return the material of an answer that is not sure to be one: the nearest statements, told as just that."""
    near = tuple(statement for statement in material.statements if _is_near(statement))
    gap_is_said = material.missing or material.uncovered
    return material._replace(
        opening=None if gap_is_said else Opening.UNSURE, statements=near[:_NEAREST], positions=(), ungraded=()
    )


def _is_near(statement: EvidenceStatement) -> bool:
    """Return whether a statement may be told where none is sure to answer."""
    return statement.score >= _NEAR


def _telling_of_others(material: Material, library: Library) -> Material:
    """Return the material with the documents that were not chosen and that it tells of for the sake of safety."""
    if library.chosen is None:
        return material
    told = (statement.document for statement in (*material.lead, *material.off_label, *material.statements))
    return material._replace(unchosen=frozenset(document.id for document in told) - frozenset(library.chosen))


def case_of(query: Query, chosen: Selection, library: Library) -> Case:
    """Return the case of a query and the curated statements chosen for it, whatever the chance that these answer."""
    missing = _missing(query, library)
    foreign = [c for c in query.conditions if not library.matcher.get(c).in_scope]
    on_foreign = any(s.statement and set(s.statement.conditions) & set(foreign) for s in chosen.statements[:1])
    of_subject = bool(set(library.matcher.pack.subject) & set(query.conditions))
    named = query.interventions or query.populations or query.outcomes or query.documents or query.organisations
    return Case(
        foreign=bool(foreign) and not (on_foreign or of_subject or chosen.warned),
        near=bool(chosen.unmatched) and Intent.DEFINITION not in query.intents,
        nothing=not (chosen.lead or chosen.statements),
        off_topic=not named and chosen.features["dense"] < _OFF_TOPIC,
        unknown=_is_unknown(query, chosen, library),
        not_held=bool(missing) and not any(m.present for m in missing) and not query.interventions,
        gaps=bool(missing or chosen.uncovered or chosen.unmatched or chosen.unexplained or chosen.ungraded),
        silent=Intent.GUIDELINE_POSITION in query.intents[:1] and _are_silent(query, chosen, library),
    )


def _are_silent(query: Query, chosen: Selection, library: Library) -> bool:
    """Return whether the guidelines asked of take no position; of a body, by its records on the treatment."""
    of_body = [
        entry.statement.grades
        for drug in query.interventions
        for entry in library.catalogue.about(drug)
        if entry.statement.kind is StatementKind.RECOMMENDATION
        and entry.statement.grades
        and entry.document.organisation in query.organisations
        and entry.document.superseded_by is None
    ]
    said = [s.grades for s in chosen.statements if s.kind is StatementKind.RECOMMENDATION and s.grades]
    positions = of_body or said
    return bool(positions) and all(grade.direction is Direction.SILENT for grades in positions for grade in grades)


def _is_unknown(query: Query, chosen: Selection, library: Library) -> bool:
    """Return whether no source speaks of any treatment that the question is about, or of a name that stands alone."""
    named = [c for c in query.interventions if c not in query.implied or not query.unknown]
    if not query.unknown and len(query.intents) > 1 and chosen.statements:
        return False  # "what dose, and in how many people?": one half is told where the other is missing
    unheard = [c for c, _ in chosen.uncovered if c not in library.catalogue.by_concept or not chosen.statements]
    return bool(named or query.unknown) and len(unheard) >= len(named) + len(query.unknown)


def _is_of_others(query: Query, library: Library) -> bool:
    """Return whether a question names no treatment or disease of ours, and has a subject that no text of ours knows.

    Such a word is one that documents as published use, or that nobody has: an ordinary one that no source uses tells
    nothing.
    """
    mentions = library.matcher.mentions(query.text)
    index = library.opened
    # "How is X taken with alcohol?" is about the X that only documents as published know.
    theirs = outside.named_like_medicines(query.text, lambda word: index.is_name(word) and not index.known(word))
    drugs = [m.start for m in mentions if m.kind is ConceptKind.INTERVENTION]
    if theirs and query.text.lower().index(theirs[0]) < min(drugs, default=0):
        return True
    ours = any(
        m.kind in (ConceptKind.INTERVENTION, ConceptKind.CONDITION) and library.matcher.get(m.concept).in_scope
        for m in mentions
    )
    if ours or query.documents or query.organisations or query.interventions != query.implied:
        return False
    named = {word for m in mentions for word in content_words(query.text[m.start : m.end])}
    return any(
        not index.known(word) and (index.held(word) or index.is_strange(word))
        for word in query.asks.words
        if word not in named
    )


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


def _with_published(found: Found, quoted: Published, material: Material, case: Case, library: Library) -> Material:
    """Return the material with what documents as published say, where the curated statements answer less or nothing."""
    if found.published is None:
        return material
    query = found.asked_of_published
    related = (*material.related[:2], *passages(found.published, library.opened, 1))
    if query.personal and Intent.DOSE in query.intents and (material.lead or off_label(query, library)):
        quoted = quoted._replace(statements=tuple(s for s in quoted.statements if s.kind is not StatementKind.DOSING))
    if not quoted.statements:
        return material._replace(status=status_of(case._replace(wider=True)), related=related)
    answers = not (material.status.abstains or case.unsure)
    both = joined(query, material.statements, quoted, found.open, library, answers=answers)
    if not both.published_leads and both.statements:
        return material._replace(statements=both.statements, contradictions=both.contradictions, related=related)
    if not both.statements:
        return material._replace(related=related)
    told = {" ".join((s.document.title, *s.section, s.text)) for s in quoted.statements}
    about = {mention.concept for words in told for mention in library.matcher.mentions(words)}
    about |= {word for words in told for word in content_words(words)}
    uncovered = tuple(gap for gap in material.uncovered if gap[0] and gap[0] not in about)
    return material._replace(
        status=status_of(case._replace(published=True, gaps=bool(material.missing or uncovered))),
        lead=material.lead if query.interventions else (),
        opening=None,
        statements=both.statements,
        positions=(),
        off_label=material.off_label if query.interventions else (),
        related=related,
        uncovered=uncovered,
        ungraded=(),
        contradictions=both.contradictions,
        confidence=both.statements[0].score,
    )


def _material(
    query: Query,
    retrieved: Sequence[RetrievedPassage],
    selection: Selection,
    status: Status,
    confidence: float | None,
    library: Library,
) -> Material:
    """Return what the answer is made from: nothing of a kind that must not be told."""
    matcher = library.matcher
    answered = not status.abstains
    foreign = any(not matcher.get(c).in_scope for c in query.conditions)
    statements = selection.statements
    if query.asks.own_regimen and (selection.lead or off_label(query, library)):
        # With a dangerous combination, or a use that no label covers, even general doses would read as an instruction.
        statements = tuple(s for s in statements if s.kind is not StatementKind.DOSING)
        if not selection.lead and (Intent.DOSE in query.intents or not statements):
            statements = (*_no_dose(query, library), *statements)
        if not selection.lead and not statements:  # every one that was chosen is a dose: what is left is why none is
            statements = off_label(query, library)
    elif not query.personal:  # why nobody is told a dose of their own is no first line for whoever asks what is known
        statements = tuple(sorted(statements, key=_refuses_dose))
    return Material(
        status=status,
        query=query,
        lead=selection.lead if answered else (),
        statements=statements if answered else (),
        positions=tuple((matcher.label(c), found) for c, found in selection.positions) if answered else (),
        off_label=off_label(_spoken_of(query, statements), library) if answered else (),
        related=tuple(retrieved[:3]),
        missing=_missing(query, library),
        ungraded=selection.ungraded if answered else (),
        uncovered=(
            # What some document speaks of is not said to be in none, though no statement answers.
            *(gap for gap in selection.uncovered if gap[0] not in query.unknown or not library.opened.held(gap[0])),
            *(selection.unmatched if answered or foreign else ()),
            *(selection.unexplained if answered else ()),
        ),
        documents=library.catalogue.documents,
        scope=library.scope,
        added=library.opened.added,
        claims_checked=library.matcher.pack.checks_of_articles is not None,
        glossary=library.glossary,
        confidence=confidence,
    )


def _missing(query: Query, library: Library) -> tuple[Missing, ...]:
    """Return the documents that the question asks for by publisher and year, or by publisher, and the corpus lacks.

    Where a document is held that calls itself one of theirs, and nobody has said or reviewed whose it is, only a
    reviewed one is missing.
    """
    found: list[Missing] = []
    for body in query.organisations:
        held = library.names.issued((body,))
        present = tuple(library.catalogue.documents[i] for i in held)
        claims = tuple(library.catalogue.documents[i] for i in library.names.claimed(body))
        if not held:
            found.append(Missing(f"{'reviewed ' if claims else ''}document from {body}", claims))
        for year in query.years:
            mine = library.names.issued((body,), (year,))
            others = library.names.issued(tuple(o for o in query.organisations if o != body), (year,))
            if (
                held
                and not mine
                and not others
                and not any(library.catalogue.documents[d].year == year for d in query.documents)
            ):
                reviewed = "reviewed " if any(claim.year == year for claim in claims) else ""
                found.append(Missing(f"{reviewed}{year} document from {body}", present))
    return tuple(found)


def _spoken_of(query: Query, statements: Sequence[EvidenceStatement]) -> Query:
    """Return a query on those interventions alone that it names or that a chosen statement is about.

    What only the article is about is no matter of "a TENS machine, any good?".
    """
    told = {c for each in statements if each.statement for c in each.statement.interventions}
    kept = tuple(c for c in query.interventions if c not in query.implied or c in told)
    return query.model_copy(update={"interventions": kept})


def off_label(query: Query, library: Library) -> tuple[EvidenceStatement, ...]:
    """Return the statements that say that the use of an intervention here is off-label."""
    concepts = (library.matcher.get(c) for c in query.interventions)
    ids = dict.fromkeys(concept.off_label for concept in concepts if concept.off_label)
    every = library.catalogue.whole
    return tuple(evidence_of(every.by_id[i], 0.0, every) for i in ids if i in every.by_id)


def _no_dose(query: Query, library: Library) -> tuple[EvidenceStatement, ...]:
    """Return what the sources say of a personal dose where they give none: dosing statements that name no amount."""
    found = [
        entry
        for drug in query.interventions
        for entry in library.catalogue.about(drug)
        if entry.statement.kind is StatementKind.DOSING
        and drug in entry.statement.interventions
        and not set(entry.statement.populations) - set(query.populations)
        and _names_no_amount(entry.text)
    ]
    return tuple(evidence_of(entry, 0.0, library.catalogue) for entry in found[:1])


def _refuses_dose(statement: EvidenceStatement) -> bool:
    return statement.kind is StatementKind.DOSING and _names_no_amount(statement.text)


def _names_no_amount(text: str) -> bool:
    """Return whether a statement on doses names none and says so."""
    return "dos" in text and not figures.quantities(text) and bool(figures.negations(text))


def _emergency_statements(question: str, conditions: Sequence[str], library: Library) -> tuple[EvidenceStatement, ...]:
    """Return one label statement on the danger at hand, of a medicine that the message names."""
    drugs = [m.concept for m in library.matcher.mentions(question) if m.kind is ConceptKind.INTERVENTION]
    found = [
        entry
        for drug in dict.fromkeys(drugs)
        for entry in library.catalogue.whole.about(drug)
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
