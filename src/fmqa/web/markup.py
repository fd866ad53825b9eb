"""Texts as blocks and runs for the templates: what is bold, a citation, a grade or a highlighted span.

Nothing here writes HTML. Templates write each run with autoescaping on, so no word of a document, a question or an
answer can become markup.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

from fmqa.answer.titles import printed_grades
from fmqa.corpus.anchors import CONTEXT_CHARACTERS
from fmqa.grades.systems import GENERAL, Known
from fmqa.grades.telling import display, shown_grade
from fmqa.text import figures, sentences
from fmqa.types import (
    Anchor,
    Answer,
    AnswerStatement,
    Document,
    EvidenceGrade,
    Reference,
    Section,
    ShownGrade,
    Source,
    StatementSpan,
    Status,
)

_TOKENS: Final = re.compile(r"\*\*(.+?)\*\*|((?:\[\d+\])+)", re.DOTALL)
_NUMBER: Final = re.compile(r"\[(\d+)\]")
Kind = Literal["paragraph", "item", "heading"]


class Run(NamedTuple):
    """Words of one sort."""

    text: str
    bold: bool = False
    marked: bool = False  # inside the cited span
    citations: tuple[Source, ...] = ()  # instead of words: [1][2]
    grade: ShownGrade | None = None  # the words are this grade


class Block(NamedTuple):
    """A paragraph, an item of a list, or a heading."""

    kind: Kind
    runs: tuple[Run, ...]
    id: str | None = None
    level: int = 2  # of a heading
    references: tuple[int, ...] = ()  # numbers in the document's list of references
    secondary: bool = False  # read in a report of its source

    @property
    def text(self) -> str:
        """The words of the block, without citations."""
        return "".join(run.text for run in self.runs)


# --- answers ----------------------------------------------------------------------------------------------------------


def answer_blocks(answer: Answer) -> tuple[Block, ...]:
    """Return the text of an answer; with choices only what stands before them, because they are shown as buttons."""
    sources = {source.n: source for source in answer.sources}
    grades = {n: statement.grades for statement in answer.statements for n in statement.citations}
    blocks: list[Block] = []
    for paragraph in answer.text.split("\n\n"):
        for line in paragraph.split("\n"):
            is_item = line.startswith("- ")
            if is_item and answer.choices:
                continue
            words = line[2:] if is_item else line
            if answer.status is Status.URGENT and blocks and not _NUMBER.search(words):  # what to do, a line each
                steps = sentences.sentences(words, (0, len(words)))
                blocks += [Block("item", (Run(words[start:end]),)) for start, end in steps]
                continue
            runs = tuple(_answer_runs(words, sources, grades))
            blocks.append(Block("item" if is_item else "paragraph", runs))
    return tuple(blocks)


FEW: Final = 3
"""Items of an answer that are seen at once, after its first line."""


def screenful(answer: Answer) -> tuple[list[Block], list[Block]]:
    """Return what of an answer is seen at once, and the items that open on demand: those after the first few.

    What to do in an emergency is always seen whole.
    """
    shown: list[Block] = []
    later: list[Block] = []
    items = 0
    for block in answer_blocks(answer):
        items += block.kind == "item"
        is_later = block.kind == "item" and items > FEW and answer.status is not Status.URGENT
        (later if is_later else shown).append(block)
    return shown, later


_THREE_DIGITS: Final = re.compile(r"(?<![\w.-])\d{3}(?![\w-]|\.\d)")


def emergency_numbers(answer: Answer) -> tuple[str, ...]:
    """Return the telephone numbers of the fixed text on an emergency, in its order.

    It names no dose and cites nothing, so a number of three digits in it is one to call; what is cited is left out.
    """
    if answer.status is not Status.URGENT:
        return ()
    own = (paragraph for paragraph in answer.text.split("\n\n") if not _NUMBER.search(paragraph))
    return tuple(dict.fromkeys(number for paragraph in own for number in _THREE_DIGITS.findall(paragraph)))


def unique_references(sources: Iterable[Source]) -> tuple[Reference, ...]:
    """Return the references of some sources, each once."""
    return tuple(dict.fromkeys(reference for source in sources for reference in source.references))


def table_rows(answer: Answer) -> tuple[tuple[str, tuple[Block | None, ...]], ...]:
    """Return the rows of an answer's table: the aspect, and its cells."""
    if answer.table is None:
        return ()

    def block(cell: AnswerStatement | None) -> Block | None:
        return Block("paragraph", tuple(_statement_runs(cell, answer))) if cell else None

    return tuple((row.name, tuple(map(block, row.cells))) for row in answer.table.rows)


def cited_in_print(answer: Answer) -> frozenset[int]:
    """Return the numbers of the sources of what is printed of an answer: its text, table and notices.

    What is opened on a page, further evidence and the places where sources differ, is not printed.
    """
    cells = answer.table.statements if answer.table else ()
    noted = (n for notice in answer.notices for n in notice.citations)
    compared = (n for cell in cells for n in cell.citations)
    return frozenset([*map(int, _NUMBER.findall(answer.text)), *noted, *compared])


def more_runs(answer: Answer) -> tuple[Block, ...]:
    """Return the further evidence of an answer, one item a statement."""
    return tuple(Block("item", tuple(_statement_runs(statement, answer))) for statement in answer.more)


def _statement_runs(statement: AnswerStatement, answer: Answer) -> Iterator[Run]:
    """Return the words of a statement as they stand, its grades as printed, and its citations."""
    sources = {source.n: source for source in answer.sources}
    yield Run(f"{statement.text} ")
    for printed, shown in printed_grades(statement, answer.audience):
        yield Run(printed, grade=shown)
        yield Run(" ")
    yield Run("", citations=tuple(sources[n] for n in statement.citations))


def _answer_runs(line: str, sources: dict[int, Source], grades: dict[int, tuple[ShownGrade, ...]]) -> Iterator[Run]:
    cited = [int(n) for n in _NUMBER.findall(line)]
    mine = [grade for n in dict.fromkeys(cited) for grade in grades.get(n, ())]

    def worded(words: str, bold: bool) -> Iterator[Run]:
        """Cut the last words that stand for a grade out of the run, so that they can be explained: it stands behind."""
        for grade in mine:
            shown = next((found for form in _forms(grade.grade) for found in _whole(form, words)), None)
            if shown is not None:
                mine.remove(grade)
                yield from worded(words[: shown.start()], bold)
                yield Run(shown.group(), bold, grade=grade)
                yield from worded(words[shown.end() :], bold)
                return
        if words:
            yield Run(figures.unescaped(words), bold)

    at = 0
    for found in _TOKENS.finditer(line):
        yield from worded(line[at : found.start()], bold=False)
        at = found.end()
        if found[1] is not None:
            yield from worded(found[1], bold=True)
        else:
            yield Run("", citations=tuple(sources[int(n)] for n in _NUMBER.findall(found[2])))
    yield from worded(line[at:], bold=False)


def _whole(form: str, words: str) -> list[re.Match[str]]:
    """Return where a form stands as whole words, the last first: "consider" is no part of "considered"."""
    return list(re.finditer(rf"(?<!\w){re.escape(form)}(?!\w)", words))[::-1]


def _forms(grade: EvidenceGrade) -> tuple[str, str]:
    return display(grade), grade.printed


# --- documents --------------------------------------------------------------------------------------------------------


def document_blocks(
    document: Document, cited: tuple[int, int] | None = None, grading: Known = GENERAL
) -> tuple[Block, ...]:
    """Return the text of a document without its title, with a span of it marked.

    Args:
        document: The document.
        cited: Characters ``[start, end)`` of its text to mark; the marked runs together are exactly these characters,
            but for the blank lines between blocks.
        grading: The systems that grades are explained in.
    """
    sections = {section.start: section for section in document.sections}
    statements = {span.start: span for span in document.statements}
    numbers = {reference.id: n for n, reference in enumerate(document.metadata.references, start=1)}
    blocks: list[Block] = []
    start = 0
    used: set[str] = set()
    for text in document.text.split("\n\n"):
        end = start + len(text)
        section = sections.get(start)
        if section is None:
            if start > 0 or text != document.metadata.title:
                level = _level(text, start, document.sections)
                runs = tuple(_document_runs(document, start, end, None, cited, grading))
                blocks.append(Block("heading", runs, _unique(_slug(text), used), level))
        else:
            span = statements.get(start)
            statement = span.statement if span else None
            blocks.append(
                Block(
                    "item" if section.stem else "paragraph",
                    tuple(_document_runs(document, start, end, span, cited, grading)),
                    f"s-{statement.id}" if statement else None,
                    references=tuple(numbers[name] for name in statement.sources if name in numbers)
                    if statement
                    else (),
                    secondary=statement is not None and statement.basis == "secondary",
                )
            )
        start = end + 2
    return tuple(blocks)


def _document_runs(
    document: Document,
    start: int,
    end: int,
    span: StatementSpan | None,
    cited: tuple[int, int] | None,
    grading: Known,
) -> Iterator[Run]:
    spans = [(_bracketed(document.text, place), grade) for place, grade in _graded(span)]
    edges = {start, end, *(edge for place, _ in spans for edge in place), *(cited or ())}
    cuts = sorted(edge for edge in edges if start <= edge <= end)
    for first, last in pairwise(cuts):
        grade = next((grade for place, grade in spans if place[0] <= first and last <= place[1]), None)
        yield Run(
            document.text[first:last],
            marked=cited is not None and cited[0] <= first and last <= cited[1],
            grade=shown_grade(grade, grading) if grade else None,
        )


def _graded(span: StatementSpan | None) -> Iterator[tuple[tuple[int, int], EvidenceGrade]]:
    if span is not None:
        yield from zip(span.grades, span.statement.grades, strict=True)


def _bracketed(text: str, place: tuple[int, int]) -> tuple[int, int]:
    """Return the place of a grade with the brackets that it stands in, so that they are not torn from it."""
    start, end = place
    if text[start - 1 : start] == "[" and text[end : end + 1] == "]":
        return start - 1, end + 1
    return place


def _level(heading: str, start: int, sections: Sequence[Section]) -> int:
    following = next((section for section in sections if section.start > start), None)
    path = following.headings if following else ()
    return min(path.index(heading) + 2, 6) if heading in path else 2


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "section"


def _unique(slug: str, used: set[str]) -> str:
    n, name = 1, slug
    while name in used:
        n += 1
        name = f"{slug}-{n}"
    used.add(name)
    return name


def citation_link(anchor: Anchor, answer_id: str = "") -> str:
    """Return the address of a document with exactly the anchor's characters highlighted and scrolled to.

    Args:
        anchor: The cited span.
        answer_id: The answer that the reader comes from, and can go back to; empty: none.
    """
    place = anchor.position
    return came_from(
        f"/documents/{anchor.document_id}?start={place.start}&end={place.end}"
        f"&text={anchor.document_sha256[:SHORT_HASH]}#cite",
        answer_id,
    )


def passage_link(passage_id: str, answer_id: str = "") -> str:
    """Return the address of a document with a passage highlighted; its id names document and span."""
    document_id, _, span = passage_id.rpartition("@")
    start, _, end = span.partition("-")
    return came_from(span_link(document_id, start, end), answer_id)


def span_link(document_id: str, start: int | str, end: int | str) -> str:
    """Return the address of a document with a span of its text highlighted."""
    return f"/documents/{document_id}?start={start}&end={end}#cite"


def came_from(address: str, answer_id: str) -> str:
    """Return an address that tells its page which answer the reader comes from.

    >>> came_from("/documents/a#cite", "x"), came_from("/documents/a?start=1", "x"), came_from("/", "")
    ('/documents/a?from=x#cite', '/documents/a?start=1&from=x', '/')
    """
    if not answer_id:
        return address
    page, mark, place = address.partition("#")
    return f"{page}{'&' if '?' in page else '?'}from={quote(answer_id, safe='')}{mark}{place}"


SHORT_HASH: Final = 12
"""Characters of a document's SHA-256 in addresses: enough to see that a text has changed."""


def around(anchor: Anchor) -> tuple[str, str]:
    """Return the words before and after a quotation, without the halves of words at their outer ends."""
    before, after = anchor.quote.prefix, anchor.quote.suffix
    if len(before) == CONTEXT_CHARACTERS:
        before = f"… {before.partition(' ')[2]}"
    if len(after) == CONTEXT_CHARACTERS:
        after = f"{after.rpartition(' ')[0]} …"
    return before.strip(), after.strip()


def groups(blocks: Sequence[Block]) -> Iterator[tuple[bool, list[Block]]]:
    """Return runs of blocks: whether they are items of one list, and the blocks."""
    gathered: list[Block] = []
    for block in blocks:
        if gathered and (gathered[0].kind == "item") != (block.kind == "item"):
            yield gathered[0].kind == "item", gathered
            gathered = []
        gathered.append(block)
    if gathered:
        yield gathered[0].kind == "item", gathered
