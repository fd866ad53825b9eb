"""Finds printed grades in running text and table rows, and says what each means in its own system.

Precision comes before recall. The system of a notation is the one that its own words tell, that an organisation named
beside it uses, or that the caller names; the notation is read only if each of its values is a value of that system.
Where nothing names a system, a notation that certainly grades evidence or a recommendation is read as one of an unnamed
system; all others are not read. No value is converted, and none is worked out from another.

- The words that tell a system by themselves are listed with the systems (``told_by`` in ``systems.yaml``).
- "Level 2", "grade B", "class I" and "(1b)" are read only where they fill brackets, stand beside a second part of the
  notation, or follow the organisation's name. Bare figures and single letters in brackets are never read.
- A direction is given where the notation prints it, where its value has only one direction in its system, or where the
  verbs of its sentence all point one way and nothing reverses them ("stop", "rather than", "only"). Otherwise it is
  None.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from fmqa.grades import systems
from fmqa.grades.marks import Mark, marks
from fmqa.grades.naming import named_beside
from fmqa.grades.places import (
    advises,
    ends_clause,
    ends_line,
    fills,
    follows_article,
    has_edges,
    is_graded,
    line_after,
    on_other_scale,
    opens,
    sentence_after,
    sentence_before,
    with_condition,
)
from fmqa.grades.rows import row_grades
from fmqa.grades.standing import Place, stands
from fmqa.grades.systems import GENERAL, Known
from fmqa.grades.values import UNNAMED, UNNAMED_STRENGTH, FoundGrade, Page, build, only_one, told
from fmqa.grades.verbs import verb_grades


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
    page = Page(text, system, among)
    for each in (*row_grades(page, columns), *verb_grades(page), *_run_grades(page)):
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
# Forms that are sure to grade, whatever the system, and those that do so where a recommendation ends with them.
_SURE: Final = frozenset({"level", "grade", "of_evidence", "class"})
_CLOSING: Final = frozenset({"weak_grade", "weak_level", "weak_class"})


def _run_grades(page: Page) -> Iterator[FoundGrade]:
    end = 0
    for each in _runs(page.text):
        run = _trimmed(page.text, each)
        if run and (grade := _read(page, run, since=end)):
            yield grade
            end = grade.end


def _trimmed(text: str, run: list[Mark]) -> list[Mark]:
    """Return a run without the bare values and per cent at its ends that are words of the sentence: "A strong"."""
    while run and not (fills(text, run[0].start, run[-1].end) or has_edges(text, run[0].start, run[-1].end)):
        last = run[-1]
        if last.kind == "bare" or (last.kind == "agreement" and not last.keyword and len(run) > 1):
            run = run[:-1]
        elif run[0].kind == "bare" and text[run[1].start].islower():
            run = run[1:]
        else:
            break
    return run


def _runs(text: str) -> Iterator[list[Mark]]:
    """Yield groups of neighbouring marks that are different parts of one notation; contradictory ones are left out."""
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
    """Whether a full stop separates two lines of one box and not two sentences."""
    if {run[-1].kind, mark.kind} <= {"level", "grade"}:
        return True
    return opens(text, run[0].start) and ends_line(text, mark.end)


def _read(page: Page, run: list[Mark], since: int) -> FoundGrade | None:
    text, start, end = page.text, run[0].start, run[-1].end
    cue, left = named_beside(text, start, end, page.system, page.among.names)
    place = Place(text, run, page.system, named=cue is not None, filled=fills(text, left, end))
    advice = _advice(text, run, since)
    if cue is None and _is_closing(place, advice):
        possible: tuple[str, ...] = (page.system or UNNAMED,)
    elif not stands(place):
        return None
    elif cue is not None:
        possible = cue
    else:
        possible = _unnamed_too(page, run, advice)
    if any(mark.kind == "strength" for mark in run):
        end = with_condition(text, end)
    grade = only_one(page, run, possible, advice, end)
    return FoundGrade(grade=grade, start=start, end=end) if grade else None


def _advice(text: str, run: list[Mark], since: int) -> str:
    """Return the words that a grade is of: those before it, or those that it heads."""
    start, end = run[0].start, run[-1].end
    before = sentence_before(text, start, since)
    if any(mark.value[0] in "⇑⇔⇓" for mark in run):
        return before + line_after(text, end)  # the sign may stand before its recommendation
    return sentence_after(text, end) if opens(text, start) else before


def _unnamed_too(page: Page, run: list[Mark], advice: str) -> tuple[str, ...]:
    """Return the systems that a notation may be in where no organisation is named beside it."""
    if page.system and build(page, run, page.system, advice):
        return (page.system,)
    if (named := told(run, page)) or page.system:
        return named  # a value that the system of the document does not have is of no other one unless it says so
    if any(_is_sure(page.text, mark) for mark in run):
        return (UNNAMED,)
    return (UNNAMED_STRENGTH,) if {mark.form for mark in run} <= {"advice", "advised", "agreement"} else ()


def _is_sure(text: str, mark: Mark) -> bool:
    """Whether a mark certainly grades evidence or a recommendation, in any system."""
    if mark.form == "letter":
        return bool(mark.keyword) or follows_article(text, mark.start) or fills(text, mark.start, mark.end)
    if mark.form == "weak_grade":
        return is_graded(text, mark.start)
    return mark.form in _SURE or (mark.form == "weak_class" and mark.firm)


def _is_closing(place: Place, advice: str) -> bool:
    """Whether a recommendation ends with the marks in brackets: "… should be observed (grade C)."."""
    alone = {mark.form for mark in place.run} <= _CLOSING and place.filled and not opens(place.text, place.start)
    if not alone or any(mark.value.isdigit() for mark in place.run) or on_other_scale(place.text, place.start):
        return False
    return ends_clause(place.text, place.end) and advises(advice)
