"""What of a turn an answer gets right.

A turn lists the facts that its answer has to carry and the statements that state each (eval/everyday/README.md). What
is counted, over the part of an answer that is shown without opening anything:

* **facts**: a fact is carried if a statement shown is one of its own, or if one line shown says it in other words:
  every figure of it, and most of its other words. Without figures another statement's words are too easily alike, so
  then only a line that is no statement counts: a safety text, a notice, a sentence made for the question. That the
  sources lack something is said by a status or notice that says so.
* **first statement bears a fact**, where the answer is to answer: by statement or by words. Where the right first
  sentence is yes or no and the answer opens with either, that decides.
* **idle**: statements shown that bear no fact of the turn, where the answer is to answer.
* **status**: one of those that the type of the turn admits (``admissible``).
* **must not**: of what makes an answer wrong, only what figures, yes and no can show; the rest is for a reader.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

from pydantic import Field

from fmqa.answer.titles import by_document, named
from fmqa.evaluation.everyday.turns import Labelled, TurnType
from fmqa.types import Answer, AnswerStatement, Audience, NoticeKind, Record, Status

WHOLE: Final = (Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT)
_LACKS: Final = {NoticeKind.MISSING_SOURCE, NoticeKind.NOT_STATED, NoticeKind.PERSONAL_ADVICE}


class TurnRow(Record):
    """What became of one turn."""

    conversation_id: str
    turn: int
    audience: Audience
    type: TurnType
    question: str
    status: Status
    facts: tuple[Literal["statement", "words", "gap", "missing"], ...] = Field(
        description="For each fact how the answer carries it."
    )
    first: bool | None = Field(description="Whether the first statement bears a fact; None where none has to.")
    shown: int = Field(description="Statements shown.")
    idle: int
    status_right: bool
    must_not: tuple[bool | None, ...] = Field(description="Whether each is broken; None: only a reader can tell.")
    words: int = Field(description="Words of the answer's text.")
    whole: int = Field(description="Words of all that is shown with it: notices, conflicts, sources, disclaimer.")

    @property
    def key(self) -> tuple[str, int]:
        """Which turn it is."""
        return self.conversation_id, self.turn


# --- what is shown ----------------------------------------------------------------------------------------------------


def shown(answer: Answer) -> tuple[AnswerStatement, ...]:
    """Return the statements that are shown without opening anything, in their order: not the further evidence.

    What stands in a table too is one statement.
    """
    cells = answer.table.statements if answer.table else ()
    return tuple({statement.id: statement for statement in (*answer.statements, *cells)}.values())


def lines(answer: Answer) -> tuple[str, ...]:
    """Return what is shown as text without opening anything, line by line: text, notices, and sides of conflicts."""
    return (
        *(line for line in answer.text.splitlines() if line.strip()),
        *(
            " ".join((row.name, *(c.text for c in row.cells if c)))
            for row in (answer.table.rows if answer.table else ())
        ),
        *(notice.text for notice in answer.notices if notice.text not in answer.text),
        *(
            " ".join(filter(None, (conflict.intervention, p.short_title, p.direction, p.grade, p.quote)))
            for conflict in answer.conflicts
            for p in conflict.positions
        ),
    )


def _whole(answer: Answer) -> int:
    """Return the number of words that a page shows with an answer before anything on it is opened."""
    sources = (f"{named(cited[0])} {cited[0].edition or ''}" for cited in by_document(answer.sources))
    near = (" ".join((named(r), r.quote)) for r in answer.related)
    texts = (*lines(answer), *sources, *near, *answer.choices, *answer.suggestions, answer.disclaimer)
    return sum(len(text.split()) for text in texts)


# --- judging ----------------------------------------------------------------------------------------------------------

_FIGURE: Final = re.compile(r"\d+(?:\.\d+)*")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_EMPTY: Final = frozenset(
    "the and for with from that this than then them they there their was were are not but nor who which what when "
    "where has have had its his her him she you your our any all each one two only also can may into over under per "
    "out off vs versus other another about more less most some such between within after before being been "
    "does did".split()
)
_ALTERNATIVE: Final = re.compile(r"\s*\(or ([^()]*(?:\([^()]*\)[^()]*)*)\)")
_GAP: Final = re.compile(
    r"^(?:still )?no\b|\bnothing\b|\bcannot be given\b|\bno answer\b|\bcannot answer\b", re.IGNORECASE
)
_LACKING: Final = re.compile(
    r"\bno (?:source|document|passage|statement)\b|\bnot in these sources\b"
    r"|\bsources? (?:here )?(?:do not|does not|say nothing|says nothing|give no|gives no|have no|has no|hold no)\b",
    re.IGNORECASE,
)
_POLARITY: Final = re.compile(r"^\W*(yes|no)\b(?=\s*(?:[,.:;–—]|$))", re.IGNORECASE)
_FORBIDS_FIGURE: Final = re.compile(r"^(?:gives|uses|says|presents|states)\b", re.IGNORECASE)
_FORBIDS_POLARITY: Final = re.compile(r"^(?:says (yes|no)\b|(agrees)\b)", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"\d\s?(?:mg|milligrams?|micrograms?|mcg)\b", re.IGNORECASE)
MOST: Final = {True: 0.5, False: 0.75}
"""Share of a fact's words that a line must have to say it: with figures, which are told apart already, and without."""


def said(fact: str, line: str) -> bool:
    """Return whether a line says a fact in whatever words: all its figures, and most of its words by their beginning.

    >>> said("37% vs 13% in Younger 2013", "In Younger 2013 dreams were more frequent: 37% vs 13%.")
    True
    >>> said("37% vs 13% in Younger 2013", "In Younger 2013 headache was more frequent: 16% vs 3%.")
    False
    """
    figures, stems = set(_FIGURE.findall(line)), _stems(line)
    other = [match[1] for match in _ALTERNATIVE.finditer(fact)]
    for wording in (_ALTERNATIVE.sub("", fact), *other):
        wanted_figures, wanted = set(_FIGURE.findall(wording)), _stems(wording)
        if not (wanted_figures or wanted) or not wanted_figures <= figures:
            continue
        if len(wanted & stems) >= MOST[bool(wanted_figures)] * len(wanted):
            return True
    return False


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:5] for word in _WORD.findall(text.lower()) if word not in _EMPTY)


def carried(fact: str, ids: Sequence[str], answer: Answer) -> Literal["statement", "words", "gap", "missing"]:
    """Return how an answer carries a fact; ``missing`` if it does not."""
    if set(ids) & {statement.id for statement in shown(answer)}:
        return "statement"
    quoted = [statement.text for statement in shown(answer)] + [p.quote for c in answer.conflicts for p in c.positions]
    alike = bool(ids) and not _FIGURE.search(fact)
    if any(said(fact, line) for line in lines(answer) if not (alike and any(text in line for text in quoted))):
        return "words"
    return "gap" if not ids and _GAP.search(fact) and _says_what_is_lacking(answer) else "missing"


def _says_what_is_lacking(answer: Answer) -> bool:
    return (
        answer.status.abstains
        or any(notice.kind in _LACKS for notice in answer.notices)
        or any(_LACKING.search(line) for line in answer.text.splitlines())
    )


def admissible(turn: Labelled) -> tuple[Status, ...]:
    """Return the statuses that are right for a turn.

    What is answerable is answered. A decline says that the sources lack it, wholly or in part; where statements carry
    every fact ("no pooled value is given"), saying these is an answer. Silence on a false premise does not confirm it:
    what the correction lacks counts as missing facts. A turn about the answer is no question to the sources: it may be
    refused only where no statement carries it. A personal dose is declined beside what the sources say in general.
    """
    silent, told = (Status.NOT_IN_CORPUS, Status.OUT_OF_SCOPE), all(turn.must_ids)
    match turn.type:
        case TurnType.ANSWERABLE:
            return WHOLE
        case TurnType.DECLINE:
            return (*silent, *(WHOLE if told else (Status.PARTIAL,)))
        case TurnType.META:
            return WHOLE if told else (*WHOLE, Status.NOT_IN_CORPUS, Status.CONVERSATION)
        case TurnType.FALSE_PREMISE | TurnType.PERSONAL_DOSING:
            return (*WHOLE, Status.NOT_IN_CORPUS)
        case TurnType.EMERGENCY:
            return (Status.URGENT,)


def _polarity(text: str) -> str | None:
    found = _POLARITY.match(text)
    return found[1].lower() if found else None


def _first_bears(turn: Labelled, answer: Answer) -> bool:
    """Return whether what an answer says first is what the turn asks for."""
    opening = lines(answer)[0]
    wanted, given = _polarity(turn.first), _polarity(opening)
    if wanted and given:
        return wanted == given
    statements = shown(answer)
    if answer.status.abstains or not statements:
        return False
    return _bears(turn, statements[0])


def _bears(turn: Labelled, statement: AnswerStatement) -> bool:
    return statement.id in turn.gold or any(
        said(fact, statement.text) for fact in turn.must_include if _FIGURE.search(fact)
    )


def broken(must_not: str, turn: Labelled, answer: Answer, before: Answer | None = None) -> bool | None:
    """Return whether an answer does what it must not, told from its first line; None where only a reader can tell.

    A forbidden figure, or a dose where a person asks for theirs, is given if the first line has it and says no fact of
    the turn; a statement further down that has it for another reason is none. What has to be shorter is compared with
    the answer before.
    """
    opening = lines(answer)[0]
    if before is not None and must_not.startswith("longer"):
        more = len(answer.text.split()) - len(before.text.split())
        return more >= 0 if "equal" in must_not else more > 0
    figures = set(_FIGURE.findall(must_not))
    polarity = _FORBIDS_POLARITY.match(must_not)
    if polarity:
        return _polarity(opening) == (polarity[1] or "yes").lower()
    right = any(statement.id in turn.gold and statement.text in opening for statement in shown(answer)) or any(
        said(fact, opening) for fact in turn.must_include
    )
    if turn.type is TurnType.PERSONAL_DOSING and re.search(r"\b(?:mg|dose|milligram)\b", must_not):
        return bool(_AMOUNT.search(opening)) and not right
    if figures and _FORBIDS_FIGURE.match(must_not):
        return figures <= set(_FIGURE.findall(opening)) and not right
    return None


def judged(turn: Labelled, answer: Answer, before: Answer | None = None) -> TurnRow:
    """Return what of a turn an answer gets right, given the answer before it in the conversation."""
    statements = shown(answer)
    return TurnRow(
        **turn.model_dump(include={"conversation_id", "turn", "audience", "type", "question"}),
        status=answer.status,
        facts=tuple(carried(fact, ids, answer) for fact, ids in zip(turn.must_include, turn.must_ids, strict=True)),
        first=_first_bears(turn, answer) if turn.type.is_answered and turn.gold else None,
        shown=len(statements),
        idle=sum(not _bears(turn, statement) for statement in statements),
        status_right=answer.status in admissible(turn),
        must_not=tuple(broken(wrong, turn, answer, before) for wrong in turn.must_not),
        words=len(answer.text.split()),
        whole=_whole(answer),
    )


def as_read(turn: Labelled, answer: Answer, row: TurnRow) -> str:
    """Return a turn with its answer in full, how the judge takes it, and what was expected, as text to be read."""
    facts = (f"    {how}: {fact}" for how, fact in zip(row.facts, turn.must_include, strict=True))
    must_not = (
        f"    {'BROKEN' if wrong else 'for a reader' if wrong is None else 'kept'}: {rule}"
        for wrong, rule in zip(row.must_not, turn.must_not, strict=True)
    )
    counted = f"{row.shown} statements, {row.idle} idle, {row.words} words, {row.whole} with all that is shown"
    return "\n".join(
        (
            f"{turn.conversation_id}.{turn.turn} ({turn.audience}, {turn.type}) {turn.question}",
            f"read as: {answer.interpreted_question}",
            f"status: {answer.status}{'' if row.status_right else ' (WRONG)'}; {counted}",
            "",
            "\n".join(lines(answer)),
            "",
            f"first{'' if row.first in (None, True) else ' (WRONG)'}: {turn.first}",
            "facts:",
            *facts,
            "must not:",
            *must_not,
            "",
        )
    )
