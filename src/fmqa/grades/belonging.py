"""Decides which sentence a notation grades: its own, the one before it, or the one that it introduces.

A notation in brackets after a full stop, or in a sentence of its own, never grades the sentence after it. Where the
text of a file lacks the full stop after the notation, it only seems to open the next sentence.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from fmqa.grades import systems
from fmqa.grades.places import direction_said, is_negative
from fmqa.grades.systems import GENERAL, Known
from fmqa.grades.values import FoundGrade
from fmqa.types import Direction, EvidenceGrade

Span = tuple[int, int]

_REST: Final = 24  # letters and figures beside a notation that still leave it alone in its sentence
_BRACKET: Final = re.compile(r"[(\[]\s*$")
_NEXT: Final = re.compile(r"[\s.,;:)\]]*\s(?=[^\W\d_])")
_NUMBERED: Final = re.compile(r"\bRecommendation\s+#?\d+(?:\.\d+)*\b")
_RECOMMENDS: Final = re.compile(r"\b(?:recommend(?:s|ed)?|suggest(?:s|ed)?|advis(?:e|es|ed))\b", re.IGNORECASE)


class Advice(NamedTuple):
    """A sentence that may be graded."""

    span: Span
    advises: bool  # whether its verb recommends, suggests, offers or forbids
    recommends: bool  # whether it says what to do in any words


def fills(text: str, span: Span, grade: FoundGrade) -> bool:
    """Return whether a span holds nothing but a notation."""
    start, end = span
    rest = text[start : max(start, grade.start)] + text[min(end, grade.end) : end]
    return start <= grade.start and grade.end <= end and sum(c.isalnum() for c in rest) <= _REST


def is_apart(text: str, sentence: Span, grade: FoundGrade) -> bool:
    """Return whether a notation is of another sentence than the one that it seems to stand in.

    It fills it, or it opens it: in brackets, or as words after which a capital begins the next sentence.
    """
    if fills(text, sentence, grade):
        return True
    before = text[sentence[0] : grade.start]
    if any(character.isalnum() for character in before):
        return False
    following = _NEXT.match(text, grade.end, sentence[1])
    bracketed = bool(_BRACKET.search(before)) and text[grade.end : grade.end + 1] in (")", "]")
    return bracketed or bool(following and text[following.end()].isupper())


def owner(
    text: str, sentences: Sequence[Span], candidates: Sequence[Advice], grade: FoundGrade, since: int, *, single: bool
) -> int | None:
    """Return the number of the candidate that a notation grades; None if it is of none, or could be of several.

    Args:
        text: The text.
        sentences: The sentences of the block that the notation stands in, in order.
        candidates: The sentences of the block that may have a grade, in order.
        grade: The notation.
        since: Where the notation before it ends, or the block begins.
        single: Whether the block is one numbered recommendation.
    """
    number = next((n for n, each in enumerate(sentences) if grade.start < each[1]), len(sentences) - 1)
    sentence = sentences[number]
    first = not any(text[start:end].strip() for start, end in sentences[:number])
    holding = next((n for n, each in enumerate(candidates) if _holds(each.span, grade)), None)
    if not is_apart(text, sentence, grade) or (first and holding is not None and not fills(text, sentence, grade)):
        return holding
    if first:
        return _only([n for n, each in enumerate(candidates) if each.span[0] >= grade.end and each.advises][:1])
    before = [n for n, each in enumerate(candidates) if since <= each.span[0] and each.span[1] <= grade.start]
    if before and _BRACKET.search(text, max(0, grade.start - 3), grade.start):
        last = candidates[before[-1]]
        if last.span == sentences[number - 1] and last.recommends:
            return before[-1]
    return among(text, candidates, before, single=single)


def among(text: str, candidates: Sequence[Advice], numbers: Sequence[int], *, single: bool) -> int | None:
    """Return the one of some candidates that a notation behind them grades; None if it could be of several.

    It is the only one whose verb recommends, or else the only one that advises or says what to do. Of a single
    recommendation in several sentences it is the first: the others say how and when.
    """
    advice = [n for n in numbers if candidates[n].advises]
    recommending = [n for n in advice if _RECOMMENDS.search(text, *candidates[n].span)]
    if single and recommending:
        return recommending[0]
    if len(recommending) == 1:
        return recommending[0]
    return _only(advice or [n for n in numbers if candidates[n].recommends])


def is_single(text: str, block: Span, headings: Sequence[str]) -> bool:
    """Return whether a block is one recommendation by the number that it has, or that stands above it."""
    start = text[block[0] : min(block[1], block[0] + 120)]
    return bool(_NUMBERED.search(start) or (headings and _NUMBERED.search(headings[-1])))


def _only(numbers: Sequence[int]) -> int | None:
    return numbers[0] if len(numbers) == 1 else None


def _holds(span: Span, grade: FoundGrade) -> bool:
    return span[0] <= grade.start and grade.end <= span[1]


def directed(grade: EvidenceGrade, advice: str, known: Known = GENERAL) -> EvidenceGrade:
    """Return a grade that stands apart from its advice with the direction that the advice has by its own words.

    One that its notation prints stays. One that the words contradict is left out: it is then said to be unknown.
    """
    if grade.strength is None or grade.strength.endswith((" for", " against")):
        return grade
    said = direction_said(advice)
    direction = grade.direction or said
    if said not in (None, direction) or (direction is Direction.FOR and is_negative(advice)):
        direction = None
    changed = grade.model_copy(update={"direction": direction})
    return changed if not systems.faults(changed, known) else grade.model_copy(update={"direction": None})
