"""Statements of documents that were added as published, by stated rules: as found in the text, not curated.

A statement here is one sentence of the text (or one table row), verbatim. Precision goes before recall: what no rule
fires on gets no record, and a field that no rule settles stays unset.

- *recommendation*: in a guideline, a sentence that recommends, suggests, advises, offers or forbids.
- *interaction*: it speaks of an interaction or of taking together, and names at least two interventions.
- *dosing*: it gives a mass, volume or unit together with a word of giving or a frequency.
- *safety*: it speaks of adverse effects, contraindications, toxicity or warnings.
- *diagnosis*, *definition*: it says how something is diagnosed, or what it is.
- *finding*: it reports a result: a comparison, a p value, an interval, a ratio.
- interventions, conditions, populations, outcomes: the concepts of the vocabulary that the sentence names.
- effect: of a finding, and only *no difference* or *benefit* where the words say just that; all else stays unset.
"""

import re
from typing import Final

from fmqa.sentences import sentences
from fmqa.types import (
    ConceptKind,
    DocumentKind,
    Effect,
    Section,
    Statement,
    StatementKind,
    StatementSpan,
    StudyDesign,
    text_sha256,
)
from fmqa.vocabulary import Matcher

SOURCE: Final = "source"
"""Id of the reference that every document as published has: itself."""

_FEWEST, _MOST = 5, 60  # words of a sentence that can be a statement
_RULES: Final = (
    (
        StatementKind.DOSING,
        re.compile(
            r"\b\d[\d.,]*\s?(?:mg|g|µg|μg|mcg|ml|mL|IU|units?)(?:/kg)?\b(?=.*\b(?:dos\w+|daily|twice|once|every|hourly|orally"
            r"|administ\w+|give[ns]?|intraven\w+|intramusc\w+|subcutan\w+|tablets?|taken?|injections?|infus\w+)\b)"
            r"|\b(?:dos\w+|daily|twice|once|every|hourly|orally|administ\w+|give[ns]?|intraven\w+|intramusc\w+|subcutan\w+"
            r"|tablets?|taken?|injections?|infus\w+)\b.*\b\d[\d.,]*\s?(?:mg|g|µg|μg|mcg|ml|mL|IU|units?)(?:/kg)?\b"
        ),
    ),
    (
        StatementKind.SAFETY,
        re.compile(
            r"\b(?:adverse (?:events?|effects?|reactions?)|side[- ]effects?|contra-?indicat\w+|toxicit\w+|warnings?"
            r"|overdos\w+|hypersensitivity|safety)\b",
            re.IGNORECASE,
        ),
    ),
    (
        StatementKind.DIAGNOSIS,
        re.compile(r"\b(?:diagnos(?:ed|tic criteria)|diagnosis (?:is|of|requires|can|should))\b", re.IGNORECASE),
    ),
    (StatementKind.DEFINITION, re.compile(r"\b(?:(?:is|are|was|were) defined as|refers? to)\b", re.IGNORECASE)),
    (
        StatementKind.FINDING,
        re.compile(
            r"\b[pP]\s?[=<>≤≥]\s?0?[.·]\d|\b(?:95|90|99)\s?%\s?(?:CI|confidence|credible)|\bconfidence interval\b"
            r"|\b(?:odds|hazard|risk|rate) ratio\b|\b(?:significant(?:ly)?|no difference|did not differ)\b"
            r"|\b(?:mean|median) difference\b",
            re.IGNORECASE,
        ),
    ),
)
_RECOMMENDS: Final = re.compile(
    r"\b(?:recommends?|recommended|suggests?|suggested|advis(?:e|es|ed)|should|must|do not|offer|consider|avoid)\b",
    re.IGNORECASE,
)
# Who "recommends" or "suggests" in the sense of a panel, not "data suggest".
_NO_PANEL: Final = re.compile(
    r"\b(?:data|results?|evidence|stud(?:y|ies)|findings?|trials?|analys[ei]s|reviews?) (?:strongly |also )?suggest",
    re.IGNORECASE,
)
_TOGETHER: Final = re.compile(
    r"\b(?:interact\w*|co-?administ\w+|concomitant\w*|combin\w+ with|together with)\b", re.IGNORECASE
)
_NO_DIFFERENCE: Final = re.compile(
    r"\bno (?:statistically )?(?:significant|clear|important) (?:difference|effect|benefit|improvement|reduction)s?\b"
    r"|\bdid not (?:significantly )?(?:differ|improve|reduce)\b|\bno differences? (?:was|were|between|in)\b"
    r"|\bnot (?:statistically )?significant(?:ly)? (?:different|better)\b",
    re.IGNORECASE,
)
_BENEFIT: Final = re.compile(
    r"\b(?:significantly (?:improved|better|more effective)|superior to (?:placebo|control|usual care))\b",
    re.IGNORECASE,
)
_BUT: Final = re.compile(r"\b(?:but|however|although|except|whereas|while|not|no)\b", re.IGNORECASE)
# Of designs, the first that is named; publication types of MEDLINE and JATS are worded so too.
_DESIGNS: Final = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("meta-analysis", r"\bmeta-?\s?analys[ie]s\b"),
        ("systematic review", r"\bsystematic (?:literature )?review\b"),
        ("guideline", r"\b(?:practice )?guidelines?\b"),
        ("randomised controlled trial", r"\brandomi[sz]ed\b[\w\s,-]{0,60}?\b(?:trial|study)\b|\bRCT\b"),
        ("case-control study", r"\bcase[- ]control(?:led)? stud(?:y|ies)\b"),
        ("cohort study", r"\bcohort (?:study|studies|analysis)\b"),
        ("cross-sectional study", r"\bcross-sectional\b"),
        ("case report", r"\bcase reports?\b|\bcase series\b"),
        ("observational study", r"\bobservational study\b"),
        ("clinical trial", r"\bclinical trial\b|\b(?:placebo-controlled|open[- ]label) (?:trial|study)\b"),
    )
)
_KIND_OF: Final = {
    "meta-analysis": DocumentKind.REVIEW,
    "systematic review": DocumentKind.REVIEW,
    "guideline": DocumentKind.GUIDELINE,
    "randomised controlled trial": DocumentKind.TRIAL,
    "clinical trial": DocumentKind.TRIAL,
}
_GUIDELINE: Final = re.compile(
    r"\b(?:guidelines?|recommendations?|standard treatment|consensus statement)\b", re.IGNORECASE
)


def design(publication_types: tuple[str, ...], text: str, title_end: int) -> StudyDesign | None:
    """Return the design of a study: by its publication types, else by the words of its title.

    Args:
        publication_types: As the file gives them.
        text: The canonical text.
        title_end: Where its title ends, 0 if it does not begin with one. What a body of text says of designs may be
            about other studies.
    """
    for name, pattern in _DESIGNS:
        for given in publication_types:
            if pattern.search(given):
                return StudyDesign(name=name, printed=given)
    for name, pattern in _DESIGNS:
        match = pattern.search(text, 0, title_end)
        if match:
            return StudyDesign(name=name, printed=match.group(), span=match.span())
    return None


def kind_of(title: str, found: StudyDesign | None) -> DocumentKind:
    """Return what kind of document it is; background where neither design nor title say."""
    if found is not None and found.name in _KIND_OF:
        return _KIND_OF[found.name]
    return DocumentKind.GUIDELINE if _GUIDELINE.search(title) else DocumentKind.BACKGROUND


def statements(
    text: str, sections: tuple[Section, ...], kind: DocumentKind, matcher: Matcher
) -> tuple[StatementSpan, ...]:
    """Return the statements of a text, in order.

    Args:
        text: The canonical text.
        sections: Its blocks; nothing outside them is looked at.
        kind: What kind of document it is.
        matcher: The controlled vocabulary.
    """
    found: list[StatementSpan] = []
    taken: set[str] = set()
    for section in sections:
        for start, end in sentences(text, (section.start, section.end)):
            words = text[start:end]
            if not _FEWEST <= len(words.split()) <= _MOST:
                continue
            record = _record(words, text[slice(*section.stem)] if section.stem else "", kind, matcher, taken)
            if record is not None:
                found.append(StatementSpan(statement=record, start=start, end=end, stem=section.stem, line=1))
    return tuple(found)


def _record(words: str, stem: str, document: DocumentKind, matcher: Matcher, taken: set[str]) -> Statement | None:
    whole = f"{stem} {words}"
    about: dict[ConceptKind, list[str]] = {kind: [] for kind in ConceptKind}
    kind = _kind(whole, words, document)
    if kind is None and not (_TOGETHER.search(words)):
        return None
    for mention in matcher.mentions(whole):
        if mention.concept not in about[mention.kind]:
            about[mention.kind].append(mention.concept)
    if _TOGETHER.search(words) and len(about[ConceptKind.INTERVENTION]) > 1 and kind in (None, StatementKind.SAFETY):
        kind = StatementKind.INTERACTION
    if kind is None:
        return None
    return Statement(
        id=_id(words, taken),
        kind=kind,
        interventions=tuple(about[ConceptKind.INTERVENTION]),
        conditions=tuple(about[ConceptKind.CONDITION]),
        populations=tuple(about[ConceptKind.POPULATION]),
        outcomes=tuple(about[ConceptKind.OUTCOME]),
        effect=_effect(words) if kind is StatementKind.FINDING else None,
        sources=(SOURCE,),
        basis="extracted",
    )


def _kind(whole: str, words: str, document: DocumentKind) -> StatementKind | None:
    if document is DocumentKind.GUIDELINE and _RECOMMENDS.search(whole) and not _NO_PANEL.search(words):
        return StatementKind.RECOMMENDATION
    return next((kind for kind, pattern in _RULES if pattern.search(words)), None)


def _effect(words: str) -> Effect | None:
    """Return the effect that a finding reports where its words leave no doubt."""
    none, benefit = _NO_DIFFERENCE.search(words), _BENEFIT.search(words)
    if (
        none
        and not benefit
        and not re.search(r"\b(?:but|however|although|except|whereas|while)\b", words, re.IGNORECASE)
    ):
        return Effect.NO_DIFFERENCE
    return Effect.BENEFIT if benefit and not none and not _BUT.search(words) else None


def _id(words: str, taken: set[str]) -> str:
    """Return an id that stays while the words do."""
    base = f"s-{text_sha256(words)[:10]}"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    taken.add(name)
    return name
