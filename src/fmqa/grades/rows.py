"""Reads grades in the rows of a table.

Neighbouring cells whose headers name parts of a grade form one notation.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from fmqa.grades.marks import ADJECTIVE, CERTAINTY, CIRCLES, CLASS, LETTER, LEVEL, Kind, Mark, counted, spelled
from fmqa.grades.naming import Names, named_in
from fmqa.grades.places import explains_levels
from fmqa.grades.values import FoundGrade, Page, build, only_one, told

_YEAR = re.compile(r"^\s*\(?\d{4}\)?")
_TAIL = r"(?:\s*[,(\[%/ᵃᵇᶜ*†‡].*|\s*[a-c])?$"
_HEADER_WORDS: Final[dict[Kind, str]] = {
    "certainty": r"(?:overall )?(?:certainty|quality) of (?:the )?evidence|certainty|(?-i:GRADE)",
    "level": (
        r"levels?(?: of evidence)?|evidence levels?|LOE|LE|EL|category of evidence|evidence category|evidence type"
        r"|evidenz(?:grad|level|klasse)|evidence"
    ),
    "agreement": r"(?:level of )?agreement|consensus|konsens(?:stärke)?",
    "strength": r"strength(?: of (?:the )?recommendations?)?|recommendation strength|SOR",
    "grade": (
        r"grade(?: of recommendations?)?|GOR|GR|(?:empfehlungs)?grad|recommendation (?:grade|category)"
        r"|category of recommendations?|evidence rating"
    ),
    "category": r"category",
    "class": r"COR|class(?: of recommendations?)?",
}
_HEADERS: Final = {kind: re.compile(rf"(?:{words}){_TAIL}", re.I) for kind, words in _HEADER_WORDS.items()}
_CELLS: Final[dict[Kind, re.Pattern[str]]] = {
    "certainty": re.compile(
        rf"(?P<circles>{CIRCLES})?\s*\(?(?P<word>(?i:{CERTAINTY}))?\)?(?i:\s+(?:certainty|quality))?"
    ),
    "level": re.compile(LEVEL),
    "category": re.compile(LEVEL),
    "agreement": re.compile(r"\d{1,3}(?:\s?[-–]\s?\d{1,3})?\s?%?"),
    "strength": re.compile(
        rf"(?:(?i:{ADJECTIVE}|medium|panel consensus|consensus)(?i: recommendation)?(?: (?i:for|against))?|{LETTER})"
    ),
    "grade": re.compile(LETTER),
    "class": re.compile(CLASS),
}


def _header_kind(header: str, names: Names) -> Kind | None:
    """Return what a column of this header holds; None if it holds no part of a grade."""
    words = " ".join(header.split())
    kind = next((kind for kind, pattern in _HEADERS.items() if pattern.match(words)), None)
    organisation = names.pattern.match(words)
    if kind is None and organisation:
        after = _YEAR.sub("", words[organisation.end() :]).strip()
        return next((kind for kind, pattern in _HEADERS.items() if pattern.match(after)), None)
    return kind


def _cell_mark(kind: Kind, header: str, text: str, start: int, end: int) -> Mark | None:
    """Return the mark that fills a cell ``text[start:end]`` of a column; None if something else stands there."""
    match = _CELLS[kind].fullmatch(text, start, end)
    if match is None and kind == "certainty":  # some tables call the level of a study its quality
        kind = "level"
        match = _CELLS[kind].fullmatch(text, start, end)
    if match is None or not match.group():
        return None
    value = spelled(kind, match.group()).replace(" recommendation", "")
    if kind == "certainty":
        circles, word = match.group("circles"), match.group("word")
        shown = circles and counted(circles)
        said = word and spelled(kind, word)
        if shown and said and shown != said:
            return None
        value = shown or said or ""
    return Mark(kind, value, start, end, firm=True, keyword=" ".join(header.lower().split())) if value else None


def _cells(text: str, columns: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield column number, start of the cell with its header, and start and end of its value."""
    separator = "\t" if "\t" in text else "|" if "|" in text else None
    if separator is not None:
        position = len(text) - len(text.lstrip(" |")) if separator == "|" else 0
        for number, cell in enumerate(text[position:].split(separator)):
            start = position + len(cell) - len(cell.lstrip())
            if number < len(columns):
                yield number, start, start, max(start, position + len(cell.rstrip()))
            position += len(cell) + 1
        return
    starts: list[tuple[int, int, int]] = []
    position = 0
    for number, header in enumerate(columns):
        words = " ".join(header.split())
        label = re.compile(rf"(?:^|(?<=; )){re.escape(words)}: ") if words else None
        match = label.search(text, position) if label else None
        if match:
            starts.append((number, match.start(), match.end()))
            position = match.end()
    for index, (number, start, value) in enumerate(starts):
        end = starts[index + 1][1] if index + 1 < len(starts) else len(text)
        yield number, start, value, value + len(text[value:end].rstrip().rstrip(";."))


def row_grades(page: Page, columns: Sequence[str]) -> Iterator[FoundGrade]:
    """Yield a grade for each group of neighbouring cells that hold parts of one."""
    text = page.text
    if explains_levels(text):
        return
    run: list[tuple[Mark, int]] = []
    for number, start, value, end in _cells(text, columns):
        kind = _header_kind(columns[number], page.among.names)
        if kind is not None and value == end:
            continue  # an empty cell parts nothing
        mark = _cell_mark(kind, columns[number], text, value, end) if kind else None
        if mark is None or any(mark.kind == other.kind for other, _ in run):
            yield from _row_grade(page, run, columns)
            run = []
        if mark is not None:
            run.append((mark, start))
    yield from _row_grade(page, run, columns)


def _row_grade(page: Page, run: list[tuple[Mark, int]], columns: Sequence[str]) -> Iterator[FoundGrade]:
    text, system = page.text, page.system
    found = [mark for mark, _ in run]
    if not any(mark.kind != "agreement" for mark in found):
        return
    first = found[0]
    spread = [Mark(first.kind, first.value, run[0][1], first.end, first.firm, first.keyword), *found[1:]]
    cues = {named_in(_header(mark, columns), first.value, system, page.among.names) for mark in found} - {None}
    if len(cues) > 1:
        return
    if cues:
        possible = cues.pop() or ()
    else:
        possible = (system,) if system and build(page, spread, system, text) else told(found, page)
    if grade := only_one(page, spread, possible, text):
        yield FoundGrade(grade=grade, start=spread[0].start, end=spread[-1].end)


def _header(mark: Mark, columns: Sequence[str]) -> str:
    return next(header for header in columns if " ".join(header.lower().split()) == mark.keyword)
