"""Printed grades in running text and table rows: which notation stands where, and what it says in its own system.

Precision comes before recall. A notation is read only if its own words, the name of the organisation beside it or the
caller say which system it is in, and only if each of its values is one of that system (``fmqa.grading``); otherwise
nothing is returned. No value is converted, and nothing is worked out from another value.

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
from typing import Final

from fmqa import grading
from fmqa.notation_patterns import (
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
from fmqa.notation_systems import SENTENCE_BREAK, named_beside, named_by_itself, named_in
from fmqa.types import Direction, EvidenceGrade, Record


class FoundGrade(Record):
    """A grade that a text prints, and where its notation stands: ``text[start:end] == grade.printed``."""

    grade: EvidenceGrade
    start: int
    end: int


def read_grades(text: str, *, system: str | None = None, columns: Sequence[str] = ()) -> tuple[FoundGrade, ...]:
    """Return the grades that a text prints, in order and without overlap.

    Args:
        text: A sentence, paragraph, recommendation box or table row. The cells of a row are separated by tabs or by
            ``|``, or each follows its header: ``Level: Ia; Grade: A``.
        system: Id of the system that the document grades in, if it is known. A notation that names another system by
            its own words is read in that one.
        columns: The headers of the table, if the text is one of its rows.

    Returns:
        Grades that are valid in their system; values in the spelling of ``fmqa.grading``, ``printed`` as in the text.

    Raises:
        ValueError: If ``system`` is no system of ``fmqa.grading``.

    >>> [found] = read_grades("Start early (strong recommendation, moderate-quality evidence).")
    >>> found.grade.system, found.grade.strength, found.grade.level
    ('grade', 'strong', 'moderate')
    >>> read_grades("Two patients had grade 3 adverse events; pain fell (1b).")
    ()
    >>> read_grades("Pain fell (1b).", system="cebm-2009")[0].grade.level
    '1b'
    """
    if system is not None:
        grading.system(system)
    found = list(_row_grades(text, system, columns)) if columns else []
    for each in (*_wordings(text, system), *_run_grades(text, system)):
        if all(each.end <= other.start or other.end <= each.start for other in found):
            found.append(each)
    return tuple(sorted(found, key=lambda each: each.start))


# --- runs of marks ----------------------------------------------------------------------------------------------------

_JOIN = re.compile(
    r"[^\S\n]*\n?[^\S\n]*(?:[,;:/|.–—-]|\((?=\S)|\b(?:and|with|based on|und|mit)\b)?[^\S\n]*\n?[^\S\n]*"
    r"(?:\b(?:an?|the)\b\s*)?"
)
_FEW = 60
_WINDOW_BEFORE = re.compile(r"(?P<last>\S)\s*$")
_HEAD_END = re.compile(r"\s*(?:[:.]|$)")
_SPACE_AFTER = re.compile(r"[\s.]*")
_LEFT_EDGE = re.compile(r"(?:^|[.:;,–—(\[|\n])[\s\"“*_•]*$")
_RIGHT_EDGE = re.compile(r"[\"”*_]*\s*(?:$|[.;,)\]|\n]|based on\b)")
_EVIDENCE_OF = re.compile(r"\bevidence\b[^.;\n]*\b(?:of|as)\s+$")
_DENIED = re.compile(
    r"\b(?:no|not an?|without an?|cannot make an?|lack of|absence of|need for|more|insufficient|any|rather than an?|"
    r"whether|if)\s+$",
    re.I,
)
_HYPOTHETICAL = re.compile(
    r"\s*(?::\s*(?:we|the true|further|our)\b|(?:is|are|was|were)?\s*"
    r"(?:lacking|needed|required|missing|absent|scarce)\b)",
    re.I,
)
_DEFINED = re.compile(
    r"\s*(?:could|can|cannot|may|might|should|would|means?|implies|indicates?|refers?|is|are|was)\b", re.I
)
# Scales of disease, drugs, devices and places: near a level or class they say that it is one of theirs.
_OTHER_SCALES = re.compile(
    r"\b(?:NYHA|ASA|CCS|NCI|CTCAE|Killip|Child|Pugh|Fontaine|Gleason|obesity|obese|malocclusion|trauma|neonatal|gliomas?|"
    r"fractures?|toxicity|injur(?:y|ies)|hepatitis|vitamin|pregnancy|Ethikkommission)\b(?:[\s\-–]+\w+){0,4}\s*[(\[]?\s*$",
    re.I,
)
_OTHER_LABELS = re.compile(
    r"\b(?:WHO|table|fig|figure|box|appendix|stage|phase|type|factor|step|panel|group|arm|category)\.?[\s\-–]*[(\[]?\s*$",
    re.I,
)
_VERB_BEFORE = re.compile(r"\b(?:recommend\w*|suggest(?:s|ed|ion)?|advises?|advised)\b(?P<against>\s+against\b)?", re.I)
# A value in brackets by itself that no footnote, reference or list has.
_TELLING = re.compile(r"[1-3][abc]|I{1,3}[ab]|[12](?:\+\+?|-)|GPP|EK|Expertenkonsens")


def _run_grades(text: str, system: str | None) -> Iterator[FoundGrade]:
    end = 0
    for run in _runs(text):
        while run and run[-1].kind == "bare" and not (_filled(text, run[0].start, run[-1].end) or _edged(text, run)):
            run = run[:-1]  # noqa: PLW2901
        while len(run) > 1 and run[-1].kind == "agreement" and not run[-1].keyword and not _edged(text, run):
            run = run[:-1]  # noqa: PLW2901
        if run and (grade := _read(text, run, system, since=end)):
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
            if not same and ("." not in between or _spans_sentences(text, run, mark)):
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
    return _opens(text, run[0].start) and bool(_RIGHT_EDGE.match(text, mark.end))


def _read(text: str, run: list[Mark], system: str | None, since: int) -> FoundGrade | None:
    start, end = run[0].start, run[-1].end
    cue, left = named_beside(text, start, end, system)
    filled = _filled(text, left, end)
    labelled = [mark for mark in run if mark.kind not in ("bare", "agreement")]
    if not _stands(text, run, system, filled=filled, named=cue is not None):
        return None
    if not filled and any(mark.kind in ("certainty", "strength", "evidence") for mark in run):
        before = text[max(0, start - 24) : start]
        strength_only = all(mark.kind == "strength" for mark in labelled)
        if _DENIED.search(before) or _HYPOTHETICAL.match(text, end) or (strength_only and _DEFINED.match(text, end)):
            return None
    if cue is not None:
        systems: tuple[str, ...] = cue
    else:
        named = _own_system(run)
        systems = (system,) if system and _build(text, run, system, since) else (named,) if named else ()
    grades = [grade for grade in (_build(text, run, each, since) for each in systems) if grade]
    return FoundGrade(grade=grades[0], start=start, end=end) if len(grades) == 1 else None


def _stands(text: str, run: list[Mark], system: str | None, *, filled: bool, named: bool) -> bool:
    """Whether marks are a notation where they stand, and no words that look like one."""
    start, end = run[0].start, run[-1].end
    labelled = [mark for mark in run if mark.kind not in ("bare", "agreement")]
    before = _before(text, start)
    if not any(mark.firm for mark in run) and (_OTHER_SCALES.search(before) or _OTHER_LABELS.search(before)):
        return False
    if not labelled:
        values = [mark.value for mark in run if mark.kind == "bare"]
        return filled and (len(values) > 1 or (len(values) == 1 and (named or bool(_TELLING.fullmatch(values[0])))))
    arrow = any(mark.value[0] in "⇑⇓⇔" for mark in run)
    if any(mark.kind == "bare" for mark in run) and not (filled or arrow or _edged(text, run)):
        return False
    if filled or any(mark.firm for mark in run):
        return True
    if len({mark.kind for mark in labelled}) > 1:
        return True
    mark = labelled[0]
    words = text[mark.start : mark.end].lower()
    if mark.kind == "certainty" and words.endswith("certainty") and _EVIDENCE_OF.search(before):
        return True
    if mark.kind == "certainty" and "quality" in words and "evidence" in words and (named or system == "grade"):
        return True
    if mark.keyword or mark.kind in ("class", "evidence", "silent"):  # "level 2", "grade B"
        heads = _opens(text, start) and _HEAD_END.match(text, end)
        return named or (bool(heads) and mark.kind == "grade")
    if mark.kind == "grade" and words.startswith(("i ", '"i', "'i", "“i", "‘i")):
        return named or _opens(text, start)
    if mark.value == "✓" or arrow:  # the sign stands before its recommendation
        return named or _opens(text, start) or _edged(text, run)
    return _edged(text, run) or (named and mark.kind == "grade")


def _filled(text: str, start: int, end: int) -> bool:
    """Whether a span fills brackets or the whole text."""
    before, after = _WINDOW_BEFORE.search(_before(text, start)), _SPACE_AFTER.match(text, end)
    first, last = before["last"] if before else "", text[after.end() : after.end() + 1] if after else ""
    return (first in ("(", "[") and last in (")", "]")) or not (first or last)


def _edged(text: str, run: Sequence[Mark]) -> bool:
    """Whether marks fill what stands between two marks of punctuation."""
    return bool(_LEFT_EDGE.search(_before(text, run[0].start)) and _RIGHT_EDGE.match(text, run[-1].end))


def _opens(text: str, start: int) -> bool:
    """Whether nothing but white space stands before an offset."""
    return not _before(text, start).strip()


def _before(text: str, start: int) -> str:
    """Return the few characters before an offset, led by a mark of their own where the text goes on before them."""
    return text[:start] if start <= _FEW else "…" + text[start - _FEW : start]


_FIELDS: Final[dict[Kind, tuple[grading.Field, ...]]] = {
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


def _build(text: str, run: Sequence[Mark], system: str, since: int) -> EvidenceGrade | None:
    """Return the grade that marks say in one system; None if any of them is no value of it."""
    known = grading.system(system)
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
    if not directions and values.get("strength") and _advised_against(text[since : run[0].start]):
        directions.add(Direction.AGAINST)
    if len(directions) > 1 or not (values or directions):
        return None
    grade = EvidenceGrade(
        system=system,
        level=values.get("level"),
        grade=values.get("grade"),
        strength=values.get("strength"),
        direction=next(iter(directions), None),
        agreement=agreement,
        printed=text[run[0].start : run[-1].end],
    )
    return None if grading.faults(grade) else grade


def _advised_against(before: str) -> bool:
    sentence = SENTENCE_BREAK.split(before)[-1]
    verbs = list(_VERB_BEFORE.finditer(sentence))
    return bool(verbs) and verbs[-1]["against"] is not None


def _own_system(run: Sequence[Mark]) -> str | None:
    return named_by_itself({mark.kind for mark in run}, {mark.value for mark in run}, {mark.keyword for mark in run})


# --- wording that is itself the grade ---------------------------------------------------------------------------------


def _wordings(text: str, system: str | None) -> Iterator[FoundGrade]:
    """Yield the verbs of NICE, and those of NICE and AWMF that are printed as the grade itself."""
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
            rest = SENTENCE_BREAK.split(text[match.end() :])[0]
            for second in NICE_SECOND.finditer(rest):
                start, end = (match.end() + at for at in second.span("verb"))
                if (start, end) not in spans:
                    spans.add((start, end))
                    yield from _wording(text, "nice", start, end)


def _wording(text: str, system: str, start: int, end: int) -> Iterator[FoundGrade]:
    axis = grading.system(system).strength
    value = " ".join(text[start:end].lower().split())
    term = axis.term(value) if axis else None
    if term is None or term.direction is Direction.SILENT:
        return
    grade = EvidenceGrade(system=system, strength=value, direction=term.direction, printed=text[start:end])
    yield FoundGrade(grade=grade, start=start, end=end)


# --- table rows -------------------------------------------------------------------------------------------------------


def _row_grades(text: str, system: str | None, columns: Sequence[str]) -> Iterator[FoundGrade]:
    """Yield a grade for each group of neighbouring cells that hold parts of one."""
    run: list[tuple[Mark, int]] = []
    for number, start, value, end in row_cells(text, columns):
        kind = header_kind(columns[number])
        if kind is not None and value == end:
            continue  # an empty cell parts nothing
        mark = cell_mark(kind, columns[number], text, value, end) if kind else None
        if mark is None or any(mark.kind == other.kind for other, _ in run):
            yield from _row_grade(text, run, system, columns)
            run = []
        if mark is not None:
            run.append((mark, start))
    yield from _row_grade(text, run, system, columns)


def _row_grade(
    text: str, run: list[tuple[Mark, int]], system: str | None, columns: Sequence[str]
) -> Iterator[FoundGrade]:
    found = [mark for mark, _ in run]
    if not any(mark.kind != "agreement" for mark in found):
        return
    first = found[0]
    spread = [Mark(first.kind, first.value, run[0][1], first.end, first.firm, first.keyword), *found[1:]]
    cues = {named_in(_header(mark, columns), first.value, system) for mark in found} - {None}
    if len(cues) > 1:
        return
    if cues:
        systems = cues.pop() or ()
    else:
        named = _own_system(found)
        systems = (system,) if system and _build(text, spread, system, 0) else (named,) if named else ()
    grades = [grade for grade in (_build(text, spread, each, spread[0].start) for each in systems) if grade]
    if len(grades) == 1:
        yield FoundGrade(grade=grades[0], start=spread[0].start, end=spread[-1].end)


def _header(mark: Mark, columns: Sequence[str]) -> str:
    return next(header for header in columns if " ".join(header.lower().split()) == mark.keyword)
