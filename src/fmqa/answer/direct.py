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
from fmqa.question.intents import without_tag
from fmqa.text import figures
from fmqa.text.words import LIGHT_WORDS, content_words, tokenize
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

# --- what a question asks whether ------------------------------------------------------------------------------------

_YES_NO: Final = re.compile(r"\by ?/ ?n\b|\byes or no\b", re.IGNORECASE)
_OPENS_NEGATED: Final = re.compile(
    r"^(?:(?:so|and|but|well|ok(?:ay)?|then),? )*(?:is|are|was|does|do|did|has|have|could|should|would|wo)n['’]?t\b",
    re.IGNORECASE,
)
_TURNED: Final = re.compile(
    r"\b(?:not|no|never|without|nor|neither|\w+n['’]t|un\w+ed|off[- ]label|useless|ineffective|pointless|against"
    r"|avoid\w*|ban(?:ned)?|stop(?:s|ped|ping)?|worse\w*|refused?|reject\w*|withdr[ae]w\w*|fail\w*|only|still|yet|more|better"
    r"|best|first|or|why|how|what|which|when|who|where|if|unless|except)\b",
    re.IGNORECASE,
)
_QUESTIONS: Final = {
    DirectReason.APPROVAL: re.compile(r"\b(?:approv(?:ed|al)|licen[sc]ed?)\b", re.IGNORECASE),
    DirectReason.POSITION: re.compile(
        r"\b(?:recommend(?:s|ed)?|endorse[sd]?|advis(?:es?|ed)|suggest(?:s|ed)?)\b", re.I
    ),
    DirectReason.EFFECT: re.compile(
        r"\b(?:works?|help(?:s|ed|ful)?|effective|improve[sd]?|reduce[sd]?|relieve[sd]?|eases?|benefi(?:ts?|cial)"
        r"|any (?:good|use)|useful|better than placebo|beats? placebo)\b",
        re.IGNORECASE,
    ),
}
_COMBINES: Final = re.compile(
    r"\b(?:can|could|may|is|are|ok(?:ay)?|safe|alright|fine)\b[^?.]{0,80}\b(?:with|together|alongside|combined?|mix(?:ed)?"
    r"|on top|same time|add(?:ed)?)\b",
    re.IGNORECASE,
)
_OF_RISK_OR_TIME: Final = re.compile(
    r"\b(?:interact\w*|risk\w*|danger\w*|harm\w*|problem\w*|worr\w*|unsafe|wrong|bad|matter\w*|after|before|since|until"
    r"|once|later|instead|switch\w*|swap\w*|chang\w*|replac\w*|off|tell|know|check|days?|weeks?|months?|mention\w*"
    r"|dentist|surgery|operation)\b",
    re.IGNORECASE,
)
_PLACES: Final = {
    "Europe": re.compile(r"\b(?:Europ\w+|EU|EMA|UK|England|Britain|German\w*|MHRA)\b"),
    "US": re.compile(r"\b(?:US|U\.S\.|USA|FDA|America\w*)\b|\bfda\b|\bUnited States\b"),
}
_EMPTY: Final = frozenset(
    "evidence evidence-based treatment treatments treat treating therapy medicine drug "
    "drugs medication meds guideline guidelines effective effect effects compared placebo trial trials y n us fda ema "
    "agency europe adults women".split()
)


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
    question = _the_question(query)
    if question is None:
        return None
    if material.lead:
        return _on_combination(question, query, material.lead[0], matcher)
    if query.personal or material.uncovered or query.implied or len(query.interventions) != 1:
        return None
    asked = without_tag(question)
    opening = _OPENS_NEGATED.match(asked)
    asked = asked[opening.end() :] if opening else asked
    if _TURNED.search(re.sub(r"better than placebo", "works", asked, flags=re.IGNORECASE)):
        return None
    for reason, predicate in _QUESTIONS.items():
        if predicate.search(asked):
            about = _Asked(predicate.sub(" ", asked), query, matcher)
            positions = [s for _, told in material.positions for s in told]
            return _of(reason, about, material.statements[:_SEEN], positions)
    return None


class _Asked(NamedTuple):
    """A question of one treatment: its words without the one that says what is asked, and what it is about."""

    words: str
    query: Query
    matcher: Matcher


def _the_question(query: Query) -> str | None:
    """Return the question that is to be answered by yes or no; None where none is, or it is one of several."""
    text = query.text.split("— ")[-1].strip()
    polar = query.asks.yes_no or bool(_YES_NO.search(text))
    return text if polar and text.count("?") <= 1 and not query.asks.comparison else None


def _on_combination(question: str, query: Query, lead: EvidenceStatement, matcher: Matcher) -> Direct | None:
    """Return the word on two medicines together, where the interaction told first is one of the two that are asked."""
    asked = {*query.interventions, *query.taking}
    if lead.statement is None or figures.negations(without_tag(question)):
        return None
    if not _COMBINES.search(question) or _OF_RISK_OR_TIME.search(question):
        return None
    listed = lead.statement.interventions
    met = {drug: frozenset(c for c in listed if matcher.covers(c, drug)) for drug in asked}
    named = [drug for drug in query.interventions if not met[drug]]
    if named or len({parts for parts in met.values() if parts}) < 2:
        return None
    return _made(DirectReason.COMBINATION, (lead,))


def _of(
    reason: DirectReason, asked: _Asked, shown: Sequence[EvidenceStatement], positions: Sequence[EvidenceStatement]
) -> Direct | None:
    """Return the word of the first statement that is about the very thing asked, unless another one speaks against it.

    Where two say the opposite of one another, both are the basis, and the word says so. A result that guidelines do not
    follow gets no word.
    """
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
    mentions = matcher.mentions(asked.words)
    asked_of = {*query.interventions, *query.conditions, *query.populations, *query.outcomes, *record.outcomes}
    if any(mention.concept not in asked_of | usual for mention in mentions):
        return False
    spans = [(mention.start, mention.end) for mention in mentions]
    rest = "".join(" " if any(a <= i < b for a, b in spans) else c for i, c in enumerate(asked.words))
    known = set(tokenize(f"{document.short_title} {document.organisation or ''} {statement.text}"))
    return all(set(tokenize(word)) <= known for word in content_words(rest) - LIGHT_WORDS - _EMPTY)


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
    wanted, told = ({p for p, names in _PLACES.items() if names.search(t)} for t in (asked.words, statement.text))
    if _NOT_APPROVED.search(statement.text):
        return not told or "everywhere" in statement.text or wanted == told
    return not wanted or wanted == told


_FITS: Final = {
    DirectReason.EFFECT: _fits_effect,
    DirectReason.POSITION: _fits_position,
    DirectReason.APPROVAL: _fits_approval,
}
