"""Verbs that are themselves a grade: those of NICE, and those printed in brackets as other grades are."""

import re
from collections.abc import Iterator

from fmqa.grades.naming import SENTENCE_BREAK
from fmqa.grades.systems import GENERAL
from fmqa.grades.values import FoundGrade, Page
from fmqa.types import Direction, EvidenceGrade

_NEGATIVE = r"do not (?:offer|initiate|use|start)|must not"
_VERB = rf"(?:{_NEGATIVE}|offer|consider|refer|advise)"
_OPENING = re.compile(
    rf"(?:^|\n|[.:;]\s)[\s•*–-]*(?:\d+(?:\.\d+)+\s+)?(?P<lead>(?:For|In|If|When|Where|Before|After|As|To|With)\b[^.;:\n]*?,\s)?"
    rf"(?P<verb>(?i:{_VERB}))\b(?!-)(?!\s+to\s+(?!an?\b|secondary|specialist|hospital)|\s+(?:the\s+)?(?:data|trials?|table|"
    rf"figure|box|appendix)\b|\s+(?:that|now|the following|for example)\b)"
)
_SECOND = re.compile(r"\band (?P<verb>offer|consider|refer|advise)\b(?!-)")
_NAMED = re.compile(
    rf"\bNICE(?:\s+(?:NG|CG)\d+|\s+guidelines?|\s+\(?\d{{4}}\)?|\s+recommends|\s+wording)*\s*:\s*[\"“'‘]?(?P<verb>(?i:{_VERB}))\b"
)
_BRACKETED = re.compile(r"(?:^|[(\[])\s*(?:wording:\s*)?(?P<verb>[\w ]+?)\s*(?:$|[)\]])")

Span = tuple[int, int]


def verb_grades(page: Page) -> Iterator[FoundGrade]:
    """Yield the verbs of NICE, and those of NICE and AWMF that are printed as the grade itself."""
    text, system = page.text, page.system
    spans = {match.span("verb"): "nice" for match in _NAMED.finditer(text)}
    if system in ("nice", "awmf"):
        for match in _BRACKETED.finditer(text):
            spans.setdefault(match.span("verb"), system)
    if system == "nice":
        for span in _imperatives(text):
            spans.setdefault(span, system)
    for (start, end), named in spans.items():
        yield from _verb(text, named, start, end)


def _imperatives(text: str) -> Iterator[Span]:
    """Yield the verbs that open a sentence or follow its condition, and a second one that "and" joins to them."""
    for match in _OPENING.finditer(text):
        verb = match["verb"]
        # Inside a sentence an imperative is written small, and at its beginning with a capital.
        if verb[0].isupper() == bool(match["lead"]):
            continue
        yield match.span("verb")
        if not verb.lower().startswith(("do not", "must")):
            rest = SENTENCE_BREAK.split(text[match.end() : match.end() + 400], maxsplit=1)[0]
            for second in _SECOND.finditer(rest):
                yield match.end() + second.start("verb"), match.end() + second.end("verb")


def _verb(text: str, system: str, start: int, end: int) -> Iterator[FoundGrade]:
    axis = GENERAL.by_id[system].strength
    value = " ".join(text[start:end].lower().split())
    term = axis.term(value) if axis else None
    if term is not None and term.direction in (Direction.FOR, Direction.AGAINST):
        grade = EvidenceGrade(system=system, strength=value, direction=term.direction, printed=text[start:end])
        yield FoundGrade(grade=grade, start=start, end=end)
