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
- grades: those that ``fmqa.grades`` reads in the sentence, or in a sentence or line of its own right behind it.
- effect: of a finding, and only *no difference* or *benefit* where the words say just that; all else stays unset.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from fmqa.corpus.vocabulary import Matcher
from fmqa.grades import belonging
from fmqa.grades.belonging import Advice
from fmqa.grades.notations import read_grades
from fmqa.grades.systems import Known
from fmqa.grades.values import NAMELESS, FoundGrade
from fmqa.text.sentences import sentences
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

SOURCE: Final = "source"
"""Id of the reference that every document as published has: itself."""

_NAMED: Final = 3  # notations that must name a system for it to be that of the document
_MOSTLY: Final = 0.8  # of those that name one
_CELLS: Final = " | "  # between the cells of a row
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
_ADVISES: Final = re.compile(
    r"\b(?:recommends?|suggests?|recommended|suggested|advises?|advised|do not|offer|consider|avoid)\b"
    r"|\b(?:should|must)(?: not)? be (?:offered|used|given|considered|started|stopped|screened|treated|avoided)\b",
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
_FEWEST_OF_A_LABEL: Final = 3  # of the headings that every label has
_FRONT: Final = 6000  # characters in which a work says what it is
_OF_ITSELF: Final = re.compile(  # where a text speaks of its own design, not of other studies
    r"(?:\b[Ww]e (?:did|conducted|performed|undertook|carried out|report(?: on)?)|\b[Tt]his (?:was|is|paper reports)"
    r"|\b(?:Study )?[Dd]esign:?|\b[Ii]n this)\b([^.]{3,120})"
)
_LABEL: Final = re.compile(
    r"^(?:\d+(?:\.\d+)*\.?\s+)?(?:contra-?indications?|indications?(?: and usage)?|dosage and administration|posology.*"
    r"|(?:special )?warnings and precautions.*|undesirable effects|adverse reactions|therapeutic indications)$",
    re.IGNORECASE,
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


def design(publication_types: tuple[str, ...], text: str, title: tuple[int, int]) -> StudyDesign | None:
    """Return the design of a study: by its publication types, its title, or what it says of itself at its beginning.

    Args:
        publication_types: As the file gives them.
        text: The canonical text.
        title: Where its title stands; empty if nowhere. What a body of text says of designs may be about other
            studies.
    """
    for name, pattern in _DESIGNS:
        for given in publication_types:
            if pattern.search(given):
                return StudyDesign(name=name, printed=given)
    for name, pattern in _DESIGNS:
        match = pattern.search(text, *title)
        if match:
            return StudyDesign(name=name, printed=match.group(), span=match.span())
    own = [match.span(1) for match in _OF_ITSELF.finditer(text, 0, _FRONT)]
    for name, pattern in _DESIGNS:
        match = next(filter(None, (pattern.search(text, *span) for span in own)), None)
        if match and name != "guideline":
            return StudyDesign(name=name, printed=match.group(), span=match.span())
    return None


def kind_of(title: str, found: StudyDesign | None, headings: Iterable[str] = ()) -> DocumentKind:
    """Return the kind of a document; background where neither design, title nor headings tell."""
    if found is not None and found.name in _KIND_OF:
        return _KIND_OF[found.name]
    if len({heading.casefold() for heading in headings if _LABEL.match(heading)}) >= _FEWEST_OF_A_LABEL:
        return DocumentKind.LABEL
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
    before: Section | None = None
    headed: list[FoundGrade] = []  # a line of its own that heads the block below
    heading = False  # whether the lines under these headings do so
    for section, grades in zip(sections, _all_grades(text, sections, matcher.grading), strict=True):
        own = _in_block(text, section, grades, kind, matcher, taken)
        opens = before is None or before.headings != section.headings
        adjacent = before is not None and not text[before.end : section.start].strip()
        alone = len(grades) == 1 and not own and belonging.fills(text, (section.start, section.end), grades[0])
        heading = (alone and _heads(text, section)) if opens else heading
        above = _advised(text, found, before) if alone and adjacent and not opens and not heading else None
        if above is not None:
            found[above] = _graded(text, found[above], grades, matcher.grading)  # a line under the recommendation
        else:
            over = _in_title(text, section, matcher.grading) if opens else headed if adjacent else []
            if over and not grades:
                own = _under(text, section, own, over, matcher.grading)
            found += _with_grades(text, section, own, grades, matcher.grading)
        headed = grades if alone and heading else []
        before = section
    return tuple(found)


def _in_block(
    text: str, section: Section, grades: list[FoundGrade], kind: DocumentKind, matcher: Matcher, taken: set[str]
) -> list[StatementSpan]:
    found = []
    stem = text[slice(*section.stem)] if section.stem else ""
    for start, end in _sentences(text, section, grades):
        words = text[start:end]
        if _FEWEST <= len(words.split()) <= _MOST:
            record = _record(words, stem, kind, matcher, taken)
            if record is not None:
                found.append(StatementSpan(statement=record, start=start, end=end, stem=section.stem, line=1))
    return found


def _sentences(text: str, section: Section, grades: list[FoundGrade]) -> list[tuple[int, int]]:
    """Return the sentences of a block; in a row of several, a notation that fills a cell is one of its own.

    It grades the row, not the last sentence of the cell before it.
    """
    found = sentences(text, (section.start, section.end))
    if len(found) < 2 or _CELLS not in text[section.start : section.end]:
        return found
    cut: list[tuple[int, int]] = []
    for start, end in found:
        edges = [start, end]
        for grade in (each for each in grades if start <= each.start and each.end <= end):
            opens = text.rfind(_CELLS, start, grade.start)
            closes = text.find(_CELLS, grade.end, end)
            closes = closes if closes >= 0 else end
            if opens > start and belonging.fills(text, (opens + len(_CELLS), closes), grade):
                edges += [opens, closes]
        edges = sorted(set(edges))
        pieces = [(a + len(_CELLS) if text.startswith(_CELLS, a) else a, b) for a, b in pairwise(edges)]
        cut += [piece for piece in pieces if text[slice(*piece)].strip()]
    return cut


def _all_grades(text: str, sections: tuple[Section, ...], grading: Known) -> list[list[FoundGrade]]:
    """Return the grades that each block prints, with their places in the text.

    Where several notations of a document name their system by their own words, and nearly all the same one, it is that
    of the document, in which "conditional recommendation based on expert consensus" is read too.
    """
    found = [_grades(text, section, grading) for section in sections]
    systems = Counter(each.grade.system for grades in found for each in grades if each.grade.system not in NAMELESS)
    [(system, times)] = systems.most_common(1) or [("", 0)]
    if times < _NAMED or times < _MOSTLY * systems.total():
        return found
    return [_grades(text, section, grading, system) for section in sections]


def _grades(text: str, section: Section, grading: Known, system: str | None = None) -> list[FoundGrade]:
    """Return the grades that a block prints, with their places in the text."""
    head = text[slice(*section.stem)].rpartition("\n")[2].removesuffix(":") if section.stem else ""
    columns = tuple(head.split(" | ")) if " | " in head else ()
    return [
        each.model_copy(update={"start": each.start + section.start, "end": each.end + section.start})
        for each in read_grades(text[section.start : section.end], system=system, columns=columns, among=grading)
    ]


def _with_grades(
    text: str, section: Section, own: list[StatementSpan], grades: list[FoundGrade], grading: Known
) -> list[StatementSpan]:
    """Return the statements of a block, each with its grades."""
    given: dict[int, list[FoundGrade]] = {}
    since, within = section.start, _sentences(text, section, grades)
    advice = [_advice(text, span) for span in own]
    for grade in grades:
        number = belonging.owner(text, within, advice, grade, since, single=_is_single(text, section))
        if number is not None:
            given.setdefault(number, []).append(grade)
        since = grade.end
    graded = [_graded(text, span, given.get(n, []), grading) for n, span in enumerate(own)]
    return [span for span in graded if not _fills_any(text, span, grades)]


def _fills_any(text: str, span: StatementSpan, grades: list[FoundGrade]) -> bool:
    """Return whether a sentence is nothing but a notation: no statement of its own."""
    return any(belonging.fills(text, (span.start, span.end), grade) for grade in grades)


def _under(
    text: str, section: Section, own: list[StatementSpan], headed: list[FoundGrade], grading: Known
) -> list[StatementSpan]:
    """Return the statements of a block, the one recommendation among them with the notation that heads the block."""
    advice = [_advice(text, span) for span in own]
    below = belonging.among(text, advice, range(len(own)), single=_is_single(text, section))
    return [_graded(text, span, headed, grading) if n == below else span for n, span in enumerate(own)]


def _advised(text: str, found: list[StatementSpan], before: Section | None) -> int | None:
    """Return the number of the one recommendation of the block above that has no grade yet."""
    if before is None:
        return None
    numbers = [n for n, span in enumerate(found) if before.start <= span.start < before.end]
    advice = [_advice(text, span) for span in found]
    above = belonging.among(text, advice, numbers, single=_is_single(text, before))
    return above if above is not None and not found[above].grades else None


def _title(text: str, section: Section) -> tuple[int, int] | None:
    """Return where the heading of a block stands if it is right above it; None if other text is.

    That text may be a recommendation that could not be read: then no grade is carried past it.
    """
    title = section.headings[-1] if section.headings else ""
    end = len(text[: section.start].rstrip())
    start = text.rfind("\n\n", 0, end) + 2 if "\n\n" in text[:end] else 0
    return (start, end) if " ".join(text[start:end].split()) == " ".join(title.split()) else None


def _heads(text: str, section: Section) -> bool:
    """Return whether a notation that is a block of its own grades what follows: it stands right under a heading."""
    title = _title(text, section)
    return title is not None and not _ADVISES.search(text, *title)


def _in_title(text: str, section: Section, grading: Known) -> list[FoundGrade]:
    """Return the notation that is the heading of a block, and so grades its recommendation."""
    title = _title(text, section)
    if title is None or title[0] == title[1]:
        return []
    found = [
        each.model_copy(update={"start": each.start + title[0], "end": each.end + title[0]})
        for each in read_grades(text[slice(*title)], among=grading)
    ]
    return found if len(found) == 1 and belonging.fills(text, title, found[0]) else []


def _is_single(text: str, section: Section) -> bool:
    return belonging.is_single(text, (section.start, section.end), section.headings)


def _advice(text: str, span: StatementSpan) -> Advice:
    recommends = span.statement.kind is StatementKind.RECOMMENDATION
    return Advice((span.start, span.end), advises=_is_advice(text, span), recommends=recommends)


def _is_advice(text: str, span: StatementSpan) -> bool:
    """Return whether a statement itself advises; one that only speaks of recommendations has no grade of its own."""
    return span.statement.kind is StatementKind.RECOMMENDATION and bool(_ADVISES.search(text, span.start, span.end))


def _graded(text: str, span: StatementSpan, found: list[FoundGrade], grading: Known) -> StatementSpan:
    """Return a statement with its grades; of one that stands apart from it, the direction is that of its words."""
    if not found:
        return span
    words = text[span.start : span.end]
    grades = tuple(
        each.grade if span.start <= each.start < span.end else belonging.directed(each.grade, words, grading)
        for each in found
    )
    statement = span.statement.model_copy(update={"grades": grades})
    return span.model_copy(update={"statement": statement, "grades": tuple((each.start, each.end) for each in found)})


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
