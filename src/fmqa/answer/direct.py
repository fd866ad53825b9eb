"""The word that answers a yes-or-no question, taken from typed facts of the statement that the answer begins with.

The fact itself always follows in the statement's own words, so the word can never say more than the statement does. A
wrong "yes" harms, a missing one costs half a second of reading: wherever question and statement are not about the very
same thing, or the question is turned ("is it useless?", "not safe, is it?"), there is no word.

``word`` is the whole of what is said: verification calls it again with the records that an answer cites.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from fmqa.corpus.vocabulary import Matcher
from fmqa.question.whether import places
from fmqa.text import figures
from fmqa.text.words import tokenize
from fmqa.types import (
    Direct,
    Direction,
    DirectReason,
    DirectWord,
    DocumentKind,
    Effect,
    EvidenceStatement,
    Material,
    Query,
    Statement,
    StatementKind,
    StatementRole,
    Status,
    Trust,
    Whether,
)


class Fact(NamedTuple):
    """A statement that a word is taken from: its record, and its words in its document."""

    record: Statement
    text: str


# --- the word that facts give -----------------------------------------------------------------------------------------

_BY_EFFECT: Final = {
    Effect.BENEFIT: DirectWord.YES,
    Effect.NO_DIFFERENCE: DirectWord.NO,
    Effect.MIXED: DirectWord.MIXED,
    Effect.UNCLEAR: DirectWord.NOT_KNOWN,
}  # harm answers no question about benefit
_BY_DIRECTION: Final = {
    Direction.FOR: DirectWord.YES,
    Direction.AGAINST: DirectWord.NO,
    Direction.SILENT: DirectWord.NO_POSITION,
}
_OPPOSED: Final = frozenset({DirectWord.YES, DirectWord.NO})
_NOT_APPROVED: Final = re.compile(
    r"\b(?:off-label|not (?:\S+-)?approved|no (?:\S+ )?approval|not licensed|no medicine is licensed|not labelled"
    r"|refused)\b",
    re.IGNORECASE,
)
_APPROVED: Final = re.compile(r"(?<!not )\b(?:\S+-)?(?:approved|approval|licensed|labelled)\b", re.IGNORECASE)
_FORBIDS: Final = re.compile(
    r"\b(?:do not combine|must not (?:be combined|overlap)|not be combined|contraindicates?|contraindicated"
    r"|incompatible)\b",
    re.IGNORECASE,
)
_LEFT_TO_PRESCRIBER: Final = re.compile(r"\bonly the prescriber can decide\b", re.IGNORECASE)


def word(reason: DirectReason, facts: Sequence[Fact]) -> DirectWord | None:
    """Return the word that the facts give for a reason; None where they give none.

    Two facts that say the opposite of one another give *mixed*; three facts, or two that agree, give nothing.
    """
    words = {_WORDS[reason](fact) for fact in facts}
    if len(facts) == 1:
        return words.pop()
    return DirectWord.MIXED if len(facts) == 2 and words == _OPPOSED else None


def _of_effect(fact: Fact) -> DirectWord | None:
    return _BY_EFFECT.get(fact.record.effect) if fact.record.effect else None


def _of_position(fact: Fact) -> DirectWord | None:
    directions = {grade.direction for grade in fact.record.grades}
    taken = directions.pop() if len(directions) == 1 else None
    return _BY_DIRECTION[taken] if taken else None


def _of_approval(fact: Fact) -> DirectWord | None:
    denied = bool(_NOT_APPROVED.search(fact.text))
    told = bool(_APPROVED.search(_NOT_APPROVED.sub(" ", fact.text)))
    if denied == told:
        return None
    return DirectWord.NO if denied else None if figures.negations(fact.text) else DirectWord.YES


def _of_combination(fact: Fact) -> DirectWord | None:
    if fact.record.kind is not StatementKind.INTERACTION:
        return None
    if _FORBIDS.search(fact.text):
        return DirectWord.NO
    return DirectWord.IT_DEPENDS if _LEFT_TO_PRESCRIBER.search(fact.text) else None


_WORDS: Final = {
    DirectReason.EFFECT: _of_effect,
    DirectReason.POSITION: _of_position,
    DirectReason.APPROVAL: _of_approval,
    DirectReason.COMBINATION: _of_combination,
}

# --- when a word is due ----------------------------------------------------------------------------------------------


def direct(material: Material, matcher: Matcher) -> Direct | None:
    """Return the word that an answer may open with; None where none is due or the facts do not give one for sure."""
    query = material.query
    if (
        material.status not in (Status.ANSWERED, Status.PARTIAL)
        or material.missing
        or material.ungraded
        or material.opening
    ):
        return None
    asked = query.whether
    if asked is None:
        return None
    if material.lead:
        return _on_combination(asked, query, material.lead[0], matcher)
    if query.personal or material.uncovered or query.implied or len(query.interventions) != 1:
        return None
    if asked.reason is DirectReason.COMBINATION:
        return None
    positions = [s for _, told in material.positions for s in told]
    shown = [s for s in material.statements[:_SEEN] if s.trust is Trust.TRUSTED]  # no word from what nobody reviewed
    return _of(_Asked(asked, query, matcher), shown, positions)


class _Asked(NamedTuple):
    """A question of one treatment that yes or no may answer, and what it is about."""

    whether: Whether
    query: Query
    matcher: Matcher


def _on_combination(asked: Whether, query: Query, lead: EvidenceStatement, matcher: Matcher) -> Direct | None:
    """Return the word on two medicines together, where the interaction told first is one of the two that are asked.

    Each medicine that the question itself names has to be one of the interaction; what a long note names besides is no
    part of the question.
    """
    if lead.statement is None or asked.reason is not DirectReason.COMBINATION:
        return None
    listed = lead.statement.interventions
    met = {d: frozenset(c for c in listed if matcher.covers(c, d)) for d in (*query.interventions, *query.taking)}
    named = [concept for concept in asked.concepts if concept in met]
    if not all(met[drug] for drug in named or query.interventions):
        return None
    return _made(DirectReason.COMBINATION, (lead,)) if len({parts for parts in met.values() if parts}) > 1 else None


def _of(asked: _Asked, shown: Sequence[EvidenceStatement], positions: Sequence[EvidenceStatement]) -> Direct | None:
    """Return the word of the first statement that is about the very thing asked, unless another one speaks against it.

    Where two say the opposite of one another, both are the basis, and the word says so. A result that guidelines do not
    follow gets no word.
    """
    reason = asked.whether.reason
    fitting = [s for s in shown if _is_the_one_asked(reason, asked, s) and _FITS[reason](asked, s)]
    first = next((s for s in fitting if _made(reason, (s,))), None)
    given = _made(reason, (first,)) if first else None
    if first is None or given is None or given.word not in _OPPOSED or reason is DirectReason.APPROVAL:
        return given
    if asked.query.documents:
        return given
    opposed = next((other for other in shown if _same_matter(first, other) and _opposes(reason, first, other)), None)
    if opposed is not None:
        return _made(reason, (first, opposed))
    advised = {found.word for s in (*shown, *positions) if (found := _made(DirectReason.POSITION, (s,)))}
    return None if _OPPOSED - {given.word} & advised else given


_SEEN: Final = 4
"""Statements that a short answer shows: the word is taken from these, and so is what speaks against it."""


def _made(reason: DirectReason, basis: Sequence[EvidenceStatement]) -> Direct | None:
    facts = [Fact(s.statement, s.text) for s in basis if s.statement is not None]
    found = word(reason, facts) if len(facts) == len(basis) else None
    return Direct(word=found, reason=reason, basis=tuple(s.id for s in basis)) if found else None


def _same_matter(one: EvidenceStatement, other: EvidenceStatement) -> bool:
    a, b = one.statement, other.statement
    return (
        a is not None
        and b is not None
        and bool(set(a.interventions) & set(b.interventions))
        and (not a.outcomes or not b.outcomes or bool(set(a.outcomes) & set(b.outcomes)))
        and other.document.superseded_by is None
    )


def _opposes(reason: DirectReason, one: EvidenceStatement, other: EvidenceStatement) -> bool:
    found = {given.word for given in (_made(reason, (one,)), _made(reason, (other,))) if given}
    return found == _OPPOSED


def _is_the_one_asked(reason: DirectReason, asked: _Asked, statement: EvidenceStatement) -> bool:
    """Return whether a statement is about treatment, disease, people and outcome of a question, and nothing narrower.

    Every word of the question that carries a meaning must be one of its concepts or a word of the statement: what the
    vocabulary does not know ("in the long run", "in men") may be what the question turns on.
    """
    query, matcher = asked.query, asked.matcher
    record, drug, document = statement.statement, query.interventions[0], statement.document
    usual = matcher.pack.usual.everybody
    if record is None or document.superseded_by or document.kind is DocumentKind.ARTICLE:
        return False
    if drug not in record.interventions or not set(query.conditions) <= set(record.conditions):
        return False
    others = [c for c in record.interventions if not (matcher.covers(c, drug) or matcher.covers(drug, c))]
    if others and reason is DirectReason.EFFECT:
        return False
    if (set(query.populations) ^ set(record.populations)) - usual:
        return False
    if not set(query.asks.numbers) <= set(figures.numbers(f"{document.short_title} {statement.text}")):
        return False
    if reason is not DirectReason.APPROVAL and query.documents and document.id not in query.documents:
        return False
    asked_of = {*query.interventions, *query.conditions, *query.populations, *query.outcomes, *record.outcomes}
    if not set(asked.whether.concepts) <= asked_of | usual:
        return False
    known = set(tokenize(f"{document.short_title} {document.organisation or ''} {statement.text}"))
    return all(set(tokenize(word)) <= known for word in asked.whether.words)


def _fits_effect(asked: _Asked, statement: EvidenceStatement) -> bool:
    """A verdict, or the main result of a review; of a single study only where that study is asked about."""
    record = statement.statement
    main = {asked.matcher.pack.main_result} - {None}
    if record is None or not (set(asked.query.outcomes) or main) <= set(record.outcomes):
        return False
    review = statement.document.kind is DocumentKind.REVIEW or statement.document.id in asked.query.documents
    return record.role is StatementRole.VERDICT or (record.role is StatementRole.MAIN_RESULT and review)


def _fits_position(asked: _Asked, statement: EvidenceStatement) -> bool:
    if statement.document.kind is not DocumentKind.GUIDELINE or statement.kind is not StatementKind.RECOMMENDATION:
        return False
    bodies = asked.query.organisations
    return not bodies or statement.document.organisation in bodies


def _fits_approval(asked: _Asked, statement: EvidenceStatement) -> bool:
    """A rule or a verdict of the place that is asked about; a refusal in one place is none in another."""
    record = statement.statement
    if record is None or record.role not in (StatementRole.RULE, StatementRole.VERDICT):
        return False
    if asked.matcher.pack.beside_benefit.licence not in (None, *record.outcomes):
        return False
    wanted, told = frozenset(asked.whether.places), places(statement.text)
    if _NOT_APPROVED.search(statement.text):
        return not told or "everywhere" in statement.text or wanted == told
    return not wanted or wanted == told


_FITS: Final = {
    DirectReason.EFFECT: _fits_effect,
    DirectReason.POSITION: _fits_position,
    DirectReason.APPROVAL: _fits_approval,
}
