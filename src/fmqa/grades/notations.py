"""Printed grades in running text and table rows: which notation stands where, and what it says in its own system.

Precision comes before recall. A notation is read only if its own words, the name of the organisation beside it or the
caller say which system it is in, and only if each of its values is one of that system; otherwise nothing is returned.
No value is converted, and nothing is worked out from another value.

- What names a system by itself: the words of GRADE's certainty and its ⊕ signs; COR and B-R … C-EO (ACC/AHA); a class 3
  with its outcome (ACC/AHA); Ia to IV together with "weak for" and kin (EULAR 2017); 1++ … together with a letter (SIGN
  before 2013); "Empfehlungsgrad" and arrows with a letter (AWMF); "recommendation category" with "evidence type" (CDC).
- "Level 2", "grade B", "class I" and "(1b)" are read only where they fill brackets, stand beside a second part of the
  notation, or follow the organisation's name; bare figures and single letters in brackets never are.
- A direction is given where the notation prints it, where its value has only one in its system, or where the verb of
  the same sentence is "recommend against" or kin. It is None otherwise: advice for is never assumed.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from fmqa.grades import systems
from fmqa.grades.marks import (
    BRACKETED_WORD,
    NICE_NAMED,
    NICE_OPENING,
    NICE_SECOND,
    Kind,
    Mark,
    cell_mark,
    header_kind,
    marks,
    row_cells,
)
from fmqa.grades.naming import SENTENCE_BREAK, named_beside, named_in, told_by_itself
from fmqa.grades.places import (
    abbreviates,
    direction_said,
    ends_clause,
    ends_line,
    explains_levels,
    few_before,
    fills,
    follows_evidence_of,
    has_edges,
    heads,
    is_defined,
    is_hypothetical,
    is_negative,
    line_after,
    on_other_scale,
    opens,
    sentence_before,
)
from fmqa.grades.systems import GENERAL, Known
from fmqa.types import Direction, EvidenceGrade, GradeField, Record


class FoundGrade(Record):
    """A grade that a text prints, and where its notation stands: ``text[start:end] == grade.printed``."""

    grade: EvidenceGrade
    start: int
    end: int


class _Page(NamedTuple):
    """A text with what is known of it."""

    text: str
    system: str | None  # that the document grades in
    among: Known


def read_grades(
    text: str, *, system: str | None = None, columns: Sequence[str] = (), among: Known = GENERAL
) -> tuple[FoundGrade, ...]:
    """Return the grades that a text prints, in order and without overlap.

    Args:
        text: A sentence, paragraph, recommendation box or table row. The cells of a row are separated by tabs or by
            ``|``, or each follows its header: ``Level: Ia; Grade: A``.
        system: Id of the system that the document grades in, if it is known. A notation that names another system by
            its own words is read in that one.
        columns: The headers of the table, if the text is one of its rows.
        among: The grading systems that a text may use.

    Returns:
        Grades that are valid in their system; values in its spelling, ``printed`` as in the text.

    Raises:
        ValueError: If ``system`` is none of them.

    >>> [found] = read_grades("Start early (strong recommendation, moderate-quality evidence).")
    >>> found.grade.system, found.grade.strength, found.grade.level
    ('grade', 'strong', 'moderate')
    >>> read_grades("Two patients had grade 3 adverse events; pain fell (1b).")
    ()
    >>> read_grades("Pain fell (1b).", system="cebm-2009")[0].grade.level
    '1b'
    """
    if system is not None:
        systems.system(system, among)
    found: list[FoundGrade] = []
    taken: set[int] = set()
    page = _Page(text, system, among)
    for each in (*_row_grades(page, columns), *_wordings(page), *_run_grades(page)):
        if taken.isdisjoint(range(each.start, each.end)):
            taken.update(range(each.start, each.end))
            found.append(each)
    return tuple(sorted(found, key=lambda each: each.start))


# --- runs of marks ----------------------------------------------------------------------------------------------------

_JOIN = re.compile(
    r"[^\S\n]*\n?[^\S\n]*(?:[,;:/|.–—-]|\((?=\S)|\b(?:and|with|based on|und|mit)\b)?[^\S\n]*\n?[^\S\n]*"
    r"(?:\b(?:an?|the)\b\s*)?"
)
_RANGE = re.compile(r"[–—-]")
# A value in brackets that no footnote, reference or list has, by itself and beside a second one.
_TELLING = re.compile(r"[1-3][abc]|I{1,3}[ab]|[12](?:\+\+?|-)|GPP|EK|Expertenkonsens")
_TELLING_PAIR = re.compile(r"[1-3][abc]|I{1,3}[ab]?|IV|V|[12](?:\+\+?|-)|[BC]-\w+")


def _run_grades(page: _Page) -> Iterator[FoundGrade]:
    text, end = page.text, 0
    for run in _runs(text):
        while (
            run
            and run[-1].kind == "bare"
            and not (fills(text, run[0].start, run[-1].end) or has_edges(text, run[0].start, run[-1].end))
        ):
            run = run[:-1]  # noqa: PLW2901
        while (
            len(run) > 1
            and run[-1].kind == "agreement"
            and not run[-1].keyword
            and not has_edges(text, run[0].start, run[-1].end)
        ):
            run = run[:-1]  # noqa: PLW2901
        if run and (grade := _read(page, run, since=end)):
            yield grade
            end = run[-1].end


def _runs(text: str) -> Iterator[list[Mark]]:
    """Yield marks that stand side by side and are different parts of one notation; contradictions are left out."""
    run: list[Mark] = []
    contradictory = False
    for mark in marks(text):
        if run and _JOIN.fullmatch(text, run[-1].end, mark.start):
            between = text[run[-1].end : mark.start]
            same = [other for other in run if other.kind == mark.kind and mark.kind != "bare"]
            bare = {"bare", "agreement"} >= {run[-1].kind, mark.kind} and _RANGE.search(between)
            if not same and not bare and ("." not in between or _spans_sentences(text, run, mark)):
                run.append(mark)
                continue
            if same and mark.kind == "certainty" and same == run[-1:] and "." not in between:
                contradictory |= same[0].value != mark.value
                run[-1] = Mark("certainty", mark.value, same[0].start, mark.end, firm=True)
                continue
        if not contradictory:
            yield run
        run, contradictory = [mark], False
    if not contradictory:
        yield run


def _spans_sentences(text: str, run: list[Mark], mark: Mark) -> bool:
    """Whether a full stop parts two lines of one box rather than two sentences."""
    if {run[-1].kind, mark.kind} <= {"level", "grade"}:
        return True
    return opens(text, run[0].start) and ends_line(text, mark.end)


def _read(page: _Page, run: list[Mark], since: int) -> FoundGrade | None:
    text, system = page.text, page.system
    start, end = run[0].start, run[-1].end
    cue, left = named_beside(text, start, end, system, page.among.names)
    filled = fills(text, left, end)
    labelled = [mark for mark in run if mark.kind not in ("bare", "agreement")]
    if not _stands(text, run, system, filled=filled, named=cue is not None):
        return None
    judged = "evidence" in text[start:end].lower() or any(mark.kind in ("certainty", "strength") for mark in run)
    strength = all(mark.kind == "strength" for mark in labelled)
    if judged and not filled and is_hypothetical(text, start, end, strength=strength):
        return None
    advice = sentence_before(text, start, since)
    if any(mark.value[0] in "⇑⇔⇓" for mark in run):
        advice += line_after(text, end)  # the sign may stand before its recommendation
    if cue is not None:
        possible: tuple[str, ...] = cue
    else:
        possible = (system,) if system and _build(page, run, system, advice) else _told(run, page)
    grades = [grade for grade in (_build(page, run, each, advice) for each in possible) if grade]
    return FoundGrade(grade=grades[0], start=start, end=end) if len(grades) == 1 else None


def _stands(text: str, run: list[Mark], system: str | None, *, filled: bool, named: bool) -> bool:
    """Whether marks are a notation where they stand, and no words that look like one."""
    start, end = run[0].start, run[-1].end
    labelled = [mark for mark in run if mark.kind not in ("bare", "agreement")]
    if not any(mark.firm for mark in run) and on_other_scale(text, start):
        return False
    if not labelled:
        values = [mark.value for mark in run if mark.kind == "bare"]
        telling = any((_TELLING if len(values) == 1 else _TELLING_PAIR).fullmatch(value) for value in values)
        if len(values) == 1 and abbreviates(values[0], few_before(text, start)):
            return False
        return filled and (telling or (named and len(values) == 1))
    arrow = any(mark.value[0] in "⇑⇓⇔" for mark in run)
    if any(mark.kind == "bare" for mark in run) and not (filled or arrow or has_edges(text, run[0].start, run[-1].end)):
        return False
    if len({mark.kind for mark in labelled}) > 1:
        return True
    mark = labelled[0]
    if mark.kind in ("level", "class", "grade") and is_defined(text, end):
        return False
    if filled and mark.kind == "level" and not mark.firm and mark.value in "12345":  # "(level 2) and" is of a model
        return named or ends_clause(text, end)
    if filled or any(mark.firm for mark in run):
        return True
    words = text[mark.start : mark.end].lower()
    if mark.kind == "certainty" and words.endswith("certainty") and follows_evidence_of(text, start):
        return True
    if mark.kind == "certainty" and "quality" in words and "evidence" in words and (named or system == "grade"):
        return named or mark.value != "high"  # "high-quality evidence" is what any author asks for
    if mark.kind == "certainty" and mark.start == start and not words.endswith(mark.value):
        return has_edges(text, run[0].start, run[-1].end) and text[end : end + 1] in (")", "]")
    if mark.keyword or mark.kind in ("class", "evidence", "silent"):  # "level 2", "grade B"
        return named or (heads(text, start, end) and mark.kind == "grade")
    if mark.kind == "grade" and words.startswith(("i ", '"i', "'i", "“i", "‘i")):
        return named or opens(text, start)
    if mark.value == "✓" or arrow:  # the sign stands before its recommendation
        return named or opens(text, start) or has_edges(text, run[0].start, run[-1].end)
    return has_edges(text, run[0].start, run[-1].end) or (named and mark.kind == "grade")


_FIELDS: Final[dict[Kind, tuple[GradeField, ...]]] = {
    "level": ("level",),
    "category": ("level", "grade"),
    "certainty": ("level",),
    "evidence": ("level",),
    "grade": ("grade",),
    "strength": ("strength", "grade"),
    "class": ("strength",),
    "bare": ("level", "grade", "strength"),
}
_AXIS_NAMES: Final[dict[Kind, str]] = {
    "certainty": "certainty",
    "evidence": "evidence",
    "class": "class of recommendation",
}


def _build(page: _Page, run: Sequence[Mark], system: str, advice: str) -> EvidenceGrade | None:
    """Return the grade that marks say in one system; None if any of them is no value of it.

    A value that has one direction in its system loses it where the advice around it holds a negation.
    """
    known = page.among.by_id[system]
    values: dict[str, str] = {}
    agreement = None
    directions: set[Direction] = set()
    for mark in run:
        if mark.kind == "agreement":
            agreement = mark.value
            continue
        if mark.kind == "silent":
            directions.add(Direction.SILENT)
            continue
        fields = _FIELDS[mark.kind]
        if known.level is None and mark.kind == "level":
            fields = ("grade",)
        for field in fields:
            axis = known.axis(field)
            if axis is None or field in values or axis.name != _AXIS_NAMES.get(mark.kind, axis.name):
                continue
            terms = [term for term in axis.terms if mark.value in (term.value, *term.aliases)]
            if terms:
                values[field] = mark.value
                said = {term.direction for term in terms}
                if len(said) == 1 and mark.value != "⇔":  # open: neither for nor against
                    directions |= {direction for direction in said if direction is not None}
                break
        else:
            return None
    printed = (values.get("strength") or "").endswith((" for", " against"))
    if Direction.FOR in directions and not printed and is_negative(advice):
        directions.discard(Direction.FOR)
    if not directions and values.get("strength") and (against := direction_said(advice)):
        directions.add(against)
    if len(directions) > 1 or not (values or directions):
        return None
    grade = EvidenceGrade(
        system=system,
        level=values.get("level"),
        grade=values.get("grade"),
        strength=values.get("strength"),
        direction=next(iter(directions), None),
        agreement=agreement,
        printed=page.text[run[0].start : run[-1].end],
    )
    return None if systems.faults(grade, page.among) else grade


def _told(run: Sequence[Mark], page: _Page) -> tuple[str, ...]:
    """Return the systems that marks show without being named."""
    values = {mark.kind for mark in run} | {mark.value for mark in run}
    return told_by_itself(values, {mark.keyword for mark in run}, page.among.by_id.values())


# --- wording that is itself the grade ---------------------------------------------------------------------------------


def _wordings(page: _Page) -> Iterator[FoundGrade]:
    """Yield the verbs of NICE, and those of NICE and AWMF that are printed as the grade itself."""
    text, system = page.text, page.system
    spans: set[tuple[int, int]] = set()
    for match in NICE_NAMED.finditer(text):
        spans.add(match.span("verb"))
        yield from _wording(text, "nice", *match.span("verb"))
    if system not in ("nice", "awmf"):
        return
    for match in BRACKETED_WORD.finditer(text):
        if match.span("verb") not in spans:
            spans.add(match.span("verb"))
            yield from _wording(text, system, *match.span("verb"))
    if system != "nice":
        return
    for match in NICE_OPENING.finditer(text):
        verb = match["verb"]
        # Inside a sentence an imperative is written small, and at its beginning with a capital.
        if match.span("verb") in spans or verb[0].isupper() == bool(match["lead"]):
            continue
        spans.add(match.span("verb"))
        yield from _wording(text, "nice", *match.span("verb"))
        if not verb.lower().startswith(("do not", "must")):
            rest = SENTENCE_BREAK.split(text[match.end() : match.end() + 400], maxsplit=1)[0]
            for second in NICE_SECOND.finditer(rest):
                start, end = (match.end() + at for at in second.span("verb"))
                if (start, end) not in spans:
                    spans.add((start, end))
                    yield from _wording(text, "nice", start, end)


def _wording(text: str, system: str, start: int, end: int) -> Iterator[FoundGrade]:
    axis = GENERAL.by_id[system].strength
    value = " ".join(text[start:end].lower().split())
    term = axis.term(value) if axis else None
    if term is None or term.direction is Direction.SILENT:
        return
    grade = EvidenceGrade(system=system, strength=value, direction=term.direction, printed=text[start:end])
    yield FoundGrade(grade=grade, start=start, end=end)


# --- table rows -------------------------------------------------------------------------------------------------------


def _row_grades(page: _Page, columns: Sequence[str]) -> Iterator[FoundGrade]:
    """Yield a grade for each group of neighbouring cells that hold parts of one."""
    text = page.text
    if explains_levels(text):
        return
    run: list[tuple[Mark, int]] = []
    for number, start, value, end in row_cells(text, columns):
        kind = header_kind(columns[number])
        if kind is not None and value == end:
            continue  # an empty cell parts nothing
        mark = cell_mark(kind, columns[number], text, value, end) if kind else None
        if mark is None or any(mark.kind == other.kind for other, _ in run):
            yield from _row_grade(page, run, columns)
            run = []
        if mark is not None:
            run.append((mark, start))
    yield from _row_grade(page, run, columns)


def _row_grade(page: _Page, run: list[tuple[Mark, int]], columns: Sequence[str]) -> Iterator[FoundGrade]:
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
        possible = (system,) if system and _build(page, spread, system, text) else _told(found, page)
    grades = [grade for grade in (_build(page, spread, each, text) for each in possible) if grade]
    if len(grades) == 1:
        yield FoundGrade(grade=grades[0], start=spread[0].start, end=spread[-1].end)


def _header(mark: Mark, columns: Sequence[str]) -> str:
    return next(header for header in columns if " ".join(header.lower().split()) == mark.keyword)
