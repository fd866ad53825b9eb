"""Whether the text of an answer says what its statements say, and nothing else.

The statements are verified one by one; a reader reads the text. So every line of it must be made of statements, of how
their sources are called, of notices, of what the sources of a conflict say, and of fixed phrases.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher
from typing import Final

from fmqa.answer import of_document, phrases
from fmqa.answer.titles import publisher
from fmqa.danger.emergencies import emergencies
from fmqa.errors import NotFound
from fmqa.grades.telling import display
from fmqa.text import figures, wording
from fmqa.types import Answer, AnswerStatement, Audience, Check, Document, Fault, NoticeKind, Status

# What a grade is told by, besides numbers: roman levels with or without a letter, and single capital letters.
_LEVEL: Final = re.compile(r"\b(?:I{1,3}[abc]?|IV|[A-D])\b")

_MARK: Final = re.compile(r"\[\d+\]")


def text_faults(answer: Answer, document: Callable[[str], Document]) -> list[Fault]:
    """Return where the text of an answer says something else than its statements do.

    Each statement stands in it word for word, on a line with its citation and with its grades as printed or as they
    are always shown. A line has besides only how the sources of its statements are called; a line without a statement
    is a notice, a fixed phrase or what the sources of a conflict say.
    """
    faults: list[Fault] = []
    warned = {notice.text for notice in answer.notices if notice.kind is NoticeKind.INTERACTION}
    said: dict[tuple[int, int], list[AnswerStatement]] = {span: [] for span in _lines(answer.text)}
    for statement in answer.statements:
        places = [
            (start, end)
            for start, end in said
            if _as_shown(statement.text, answer.text[start:end]) in answer.text[start:end]
            and all(f"[{n}]" in answer.text[start:end] for n in statement.citations)
        ]
        if not places:
            detail = f"the text does not say {statement.id} as the statement does"
            spans = _nearest(answer.text, statement, said)
            faults += [Fault(check=Check.WORDS, detail=detail, span=span) for span in spans or (None,)]
            continue
        said[places[0]].append(statement)
        line = answer.text[slice(*places[0])]
        graded = [s.grade for s in statement.grades if s.grade.is_stated]
        words = _as_shown(statement.text, line)
        if answer.direct and statement.id == answer.direct.basis[0] and not line.startswith(f"**{answer.direct.word}:"):
            faults.append(
                Fault(check=Check.NEGATION, detail="the text does not open with its first word", span=places[0])
            )
        opens = f"**{answer.direct.word}: " if answer.direct and statement.id == answer.direct.basis[0] else "**"
        leads = statement.text in warned and line.startswith((opens + statement.text, "**" + statement.text))
        shown = line.replace(words, " ", 1)  # "offer" in its own words is not yet its grade
        if (
            graded
            and not leads
            and answer.status is not Status.URGENT
            and answer.audience is not Audience.PATIENT  # the words say what is recommended; no code has to
            and not all(g.printed in shown or display(g) in shown for g in graded)
        ):
            detail = f"the text does not show the grade of {statement.id}"
            faults.append(Fault(check=Check.GRADE, detail=detail, span=places[0]))
    if not (answer.statements or answer.about) and answer.status is not Status.URGENT:
        return faults  # an abstention, or a question in return, cites nothing
    beside = [*_said_beside(answer), *_of_record(answer, document)]
    for (start, end), statements in said.items():
        line = answer.text[start:end]
        allowed = (
            [*(_as_shown(s.text, line) for s in statements), *_called(statements, answer, document)]
            if statements
            else beside
        )
        left = _left(line, allowed)
        if left is not None:
            # What is left may be right words with the number of another source: the mark is then what is wrong.
            mark = _MARK.match(line, left[1] + line.startswith(" ", left[1]))
            span = (start + left[0], start + (mark.end() if mark else left[1]))
            words = answer.text[slice(*span)]
            check = Check.GRADE if _LEVEL.search(words) else Check.NUMBERS if figures.numbers(words) else Check.WORDS
            faults.append(Fault(check=check, detail="the text says something besides its statements", span=span))
    return faults


def _as_shown(words: str, line: str) -> str:
    """Return the words of a statement as a line has them: those of others may be escaped in Markdown."""
    return words if words in line else figures.escaped(words)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the lines that have a word."""
    yield from (match.span() for match in re.finditer(r"[^\n]*\w[^\n]*", text))


def _said_beside(answer: Answer) -> list[str]:
    """Return what may stand on lines of their own: fixed texts, notices or their first sentence, and conflicts."""
    if answer.status is Status.URGENT:
        return [text for e in emergencies().values() for text in (e.title, e.patient, e.clinician)]
    notices = [notice.text for notice in answer.notices]
    return [
        *phrases.FIXED,
        *(f"[{source.n}]" for source in answer.sources),
        *(part for source in answer.sources for r in source.references for part in (r.citation, r.link) if part),
        *notices,
        *(text[: text.index(". ") + 1] for text in notices if ". " in text),
        *(f"{phrases.DIFFER_ON} {conflict.intervention}" for conflict in answer.conflicts),
        *(
            f"{position.short_title}: {side} [{position.source}]"
            for conflict in answer.conflicts
            for position in conflict.positions
            for side in (position.grade, position.direction)
            if side
        ),
    ]


def _of_record(answer: Answer, document: Callable[[str], Document]) -> tuple[str, ...]:
    """Return what the answer may say of a document as such: what its record says."""
    if answer.about is None:
        return ()
    try:
        return of_document.lines(answer.about, document(answer.about.document_id))
    except (LookupError, NotFound):
        return ()


def _called(
    statements: Iterable[AnswerStatement], answer: Answer, document: Callable[[str], Document]
) -> Iterator[str]:
    """Yield what a line may have beside its statements: titles and standing of their sources, citations and grades."""
    by_number = {source.n: source for source in answer.sources}
    for statement in statements:
        if answer.direct and answer.direct.basis[0] == statement.id:
            yield f"{answer.direct.word}:"
        yield from (f"[{n}]" for n in statement.citations)
        for shown in statement.grades:
            yield from (display(shown.grade), f"GRADE {shown.grade.printed}", shown.grade.printed)
        for source in (by_number[n] for n in statement.citations if n in by_number):
            yield from (source.short_title, figures.escaped(source.short_title))
            try:
                cited = document(source.document_id)
                record = cited.metadata
                yield figures.escaped(publisher(record, cited.review_state))
                successor = document(record.superseded_by).metadata.short_title if record.superseded_by else None
            except (LookupError, NotFound):
                continue
            if successor:
                yield f"(superseded by {successor})"
            elif record.supersedes:
                yield "(current)"


def _left(line: str, allowed: Iterable[str]) -> tuple[int, int] | None:
    """Return the span from the first to the last word of a line that nothing allows; None if there is none."""
    rest = line
    for phrase in sorted(dict.fromkeys(allowed), key=len, reverse=True):
        at = rest.find(phrase)
        while at >= 0:
            end = at + len(phrase)
            if not (_inside_word(rest, at) or _inside_word(rest, end)):
                rest = rest[:at] + " " * len(phrase) + rest[end:]
            at = rest.find(phrase, at + 1)
    left = [match.start() for match in re.finditer(r"\w", rest)]
    return (left[0], left[-1] + 1) if left else None


def _inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()


def _nearest(text: str, statement: AnswerStatement, lines: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where the line that cites a statement departs from it, or the marks of the line that says it uncited."""
    lines = tuple(lines)
    cited = [f"[{n}]" for n in statement.citations]
    for start, end in lines:
        line = text[start:end]
        if not all(mark in line for mark in cited):
            continue
        said, wanted = wording.tokens(line), wording.tokens(statement.text)
        matcher = SequenceMatcher(None, [t.form for t in said], [t.form for t in wanted], autojunk=False)
        found = matcher.get_opcodes()
        inner = [code for at, code in enumerate(found) if code[0] != "delete" or 0 < at < len(found) - 1]
        return [
            (start + said[max(0, a - (a == b))].start, start + said[min(len(said), max(b, a + 1)) - 1].end)
            for kind, a, b, _, _ in inner
            if kind != "equal" and said
        ]
    return [
        (start + mark.start(), start + mark.end())
        for start, end in lines
        if _as_shown(statement.text, text[start:end]) in text[start:end]
        for mark in _MARK.finditer(text[start:end])
    ]
