"""Writes answers and tables to a terminal.

Through a pipe the same words come as plain lines, without colour and without wrapping.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Final, TypeVar

from pydantic import TypeAdapter
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from fmqa.answer.titles import (
    AS_IT_STANDS,
    LEADING,
    MORE,
    NOTICE_TITLES,
    RELATIONS,
    WORDED,
    by_document,
    cells,
    named,
    quoted,
    status_title,
    with_grade,
)
from fmqa.grades.telling import is_told
from fmqa.text import figures
from fmqa.types import Answer, Audience, Conflict, Notice, NoticeKind, Record, ShownGrade, Source, Status, Trust

_T = TypeVar("_T")
_WEIGHT = {kind: weight for weight, kind in enumerate(NoticeKind)}
_STEPS: Final = {
    "export": "taking the encoder",
    "split": "reading documents",
    "embed": "passages to vectors",
    "wordings": "statements and their questions to vectors",
    "index": "writing the index",
    "calibrate": "learning when to say that the sources do not answer",
    "suggest": "trying follow-up questions",
    "tune": "learning from the questions of the corpus",
    "measure": "asking the questions that are held out",
}
"""The steps of a build, or of fitting an encoder, in words."""
_LONGEST_ID: Final = 48
"""Characters of a cell without a space that is never cut, whatever the width of the terminal: it may be an id."""


class Terminal:
    """Where the command line writes.

    Args:
        file: Where to write; None for standard output.
        stderr: Write to standard error instead.
    """

    def __init__(self, file: IO[str] | None = None, *, stderr: bool = False) -> None:
        self._console = Console(file=file, stderr=stderr, highlight=False, soft_wrap=False)

    @property
    def is_terminal(self) -> bool:
        """Whether a person watches; otherwise a pipe or a file gets plain lines."""
        return self._console.is_terminal

    def say(self, text: str = "", style: str = "", indent: int = 0) -> None:
        """Write a paragraph. Control characters are left out: a question may hold what would steer the terminal."""
        text = "".join(character for character in text if character.isprintable() or character == "\n")
        if self.is_terminal:
            self._console.print(Padding(Text(text, style=style), (0, 0, 0, indent)))
        else:
            lines = "\n".join(" " * indent + line if line else "" for line in text.split("\n"))
            self._console.print(Text(lines), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None) -> None:
        """Write a table; through a pipe one row a line, its cells between tabs."""
        if self.is_terminal:
            table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
            for number, column in enumerate(columns):
                ids = [len(row[number]) for row in rows if " " not in row[number]]
                width = max((length for length in ids if length <= _LONGEST_ID), default=0)
                table.add_column(column, overflow="fold", min_width=width if len(ids) == len(rows) else None)
            for row in rows:
                table.add_row(*(Text(cell) for cell in row))
            self._console.print(table)
            return
        if title:
            self.say(title)
        for row in (columns, *rows):
            # Not through the console, which would widen the tabs.
            self._console.file.write("\t".join(row) + "\n")

    def fields(self, record: Record) -> None:
        """Write the fields of a record that have not their default, one a row."""
        rows = [(name, shown(value)) for name, value in record.model_dump(exclude_defaults=True).items()]
        self.table(("field", "value"), rows)

    @contextmanager
    def progress(self, *, to_go: bool = False) -> Iterator[Callable[[str, int, int], None]]:
        """Show a bar for each step while the block runs; the block reports step, number done and total.

        Args:
            to_go: Whether the time to go is shown, and not the time spent.
        """
        from rich.progress import (  # noqa: PLC0415 - a question needs no bar
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TaskID,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        time = (TimeRemainingColumn(), TextColumn("to go")) if to_go else (TimeElapsedColumn(),)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *time)
        tasks: dict[str, TaskID] = {}
        with Progress(*columns, console=self._console, disable=not self.is_terminal) as bars:

            def report(step: str, done: int, total: int) -> None:
                if step not in tasks:
                    words = _STEPS.get(step, step)
                    tasks[step] = bars.add_task(words, total=total)
                    if not self.is_terminal:
                        self.say(f"{words} ({total})" if total > 1 else words)
                bars.update(tasks[step], completed=done, total=total)

            yield report

    def answer(self, answer: Answer, *, short: bool = False) -> None:
        """Write an answer: what is urgent, the answer, what it rests on, and always the disclaimer.

        Args:
            answer: What is written.
            short: Whether its sources are only named, and what stands behind the answer is left out.
        """
        if title := status_title(answer):
            self.say(title, "bold red" if answer.status is Status.URGENT else "bold yellow")
        notices = sorted(answer.notices, key=lambda notice: _WEIGHT[notice.kind])
        for notice in notices:
            repeated = notice.kind is not NoticeKind.EMERGENCY and notice.text in answer.text
            if notice.kind in LEADING and not repeated:
                self._notice(notice)
        self._worded(answer)
        self._markdown(answer.text)
        if answer.table:
            head, *rows = cells(answer.table, answer.audience)
            self.table(head, rows)
        for number, choice in enumerate(answer.choices, start=1):
            self.say(f"{number}. {choice}", indent=2)
        for notice in notices:
            if notice.kind not in LEADING:
                self._notice(notice)
        if short:
            cited = {n for notice in answer.notices for n in notice.citations}
            shown = [source for source in answer.sources if source.n in cited or f"[{source.n}]" in answer.text]
            self._list("Sources", by_document(shown), self._named_source)
        else:
            self._details(answer)
        self.say()
        self.say(answer.disclaimer, "italic")

    def _details(self, answer: Answer) -> None:
        """Write what stands behind an answer."""
        for conflict in answer.conflicts:
            self._conflict(conflict, answer.sources)
        self._list(
            f"{MORE} ({len(answer.more)})",
            answer.more,
            lambda statement: self.say(figures.unescaped(f"- {with_grade(statement, answer.audience)}"), indent=2),
        )
        self._grades(answer)
        self.sources(answer)
        self._list(
            "Related, does not answer",
            answer.related,
            lambda near: self.say(f"{' > '.join((named(near), *near.headings))}: {quoted(near.quote, near)}", indent=2),
        )
        self._list(
            "In plain words", tuple(answer.glossary.items()), lambda term: self.say(f"{term[0]}: {term[1]}", indent=2)
        )
        self._list("You could ask", answer.suggestions, lambda question: self.say(f"- {question}", indent=2))

    def sources(self, answer: Answer) -> None:
        """Write what an answer rests on."""
        self._list("Sources", by_document(answer.sources), self._source)

    def _worded(self, answer: Answer) -> None:
        """Write what a language model made of the answer, marked; the statements themselves follow."""
        part = answer.by_model
        if part is None or not part.sentences:
            return
        self.say()
        self.say(WORDED.format(model=part.model), "dim")
        for sentence in part.sentences:
            marks = "".join(f"[{n}]" for n in sentence.citations)
            as_it_stands = "" if sentence.by == "model" else f" ({AS_IT_STANDS})"
            self.say(f"{figures.unescaped(sentence.text)} {marks}{as_it_stands}", indent=2)

    def _markdown(self, text: str) -> None:
        if self.is_terminal:
            from rich.markdown import Markdown  # noqa: PLC0415 - a pipe needs no Markdown

            self._console.print(Padding(Markdown(text, hyperlinks=False), (1, 0)))
        else:
            self.say(f"\n{figures.unescaped(text)}\n")

    def _notice(self, notice: Notice) -> None:
        title = NOTICE_TITLES[notice.kind]
        text = notice.text + "".join(f" [{n}]" for n in notice.citations if f"[{n}]" not in notice.text)
        if notice.kind in LEADING and self.is_terminal:
            style = "red" if notice.kind is NoticeKind.EMERGENCY else "yellow"
            self._console.print(Panel(Text(text), title=Text(title, style="bold"), title_align="left", style=style))
        else:
            self.say(f"{title}: {text}", "yellow")

    def _list(self, title: str, items: Sequence[_T], show: Callable[[_T], None]) -> None:
        if items:
            self.say()
            self.say(title, "bold")
            for item in items:
                show(item)

    def _grades(self, answer: Answer) -> None:
        shown: dict[tuple[str, str], tuple[ShownGrade, tuple[int, ...]]] = {}
        for statement in answer.statements:
            for grade in statement.grades:
                if answer.audience is Audience.PATIENT and not is_told(grade.grade, answer.text):
                    continue
                key = (grade.system_name, grade.grade.printed)
                before = shown[key][1] if key in shown else ()
                shown[key] = (grade, tuple(dict.fromkeys((*before, *statement.citations))))

        def show(entry: tuple[ShownGrade, tuple[int, ...]]) -> None:
            grade, citations = entry
            places = "".join(f"[{n}]" for n in citations)
            self.say(f"{places} {grade.system_name}: {grade.grade.printed}. {grade.explanation}", indent=2)

        self._list("Grades as printed", tuple(shown.values()), show)

    def _named_source(self, cited: tuple[Source, ...]) -> None:
        marks = "".join(f"[{each.n}]" for each in cited)
        link = next((each.link for each in cited if each.link is not None), "")
        self.say(f"{marks} {named(cited[0])} {link}".rstrip(), indent=2)

    def _source(self, cited: tuple[Source, ...]) -> None:
        source = cited[0]
        parts = [named(source)]
        if source.year is not None and str(source.year) not in source.short_title:
            parts.append(str(source.year))
        if source.edition is not None and source.edition != str(source.year):
            parts.append(f"edition {source.edition}")
        if source.organisation is not None and source.organisation not in source.short_title:
            parts.append(source.organisation)
        parts.append(f"review: {source.review_state}")
        if source.trust is not Trust.TRUSTED:
            parts.append(source.trust)
        if source.evidence_checked is not None:
            parts.append(f"evidence checked {source.evidence_checked.isoformat()}")
        if source.superseded_by is not None:
            parts.append(f"superseded by {source.superseded_by}")
        self.say(f"{''.join(f'[{each.n}]' for each in cited)} {', '.join(parts)}", indent=2)
        for link in dict.fromkeys(each.link for each in cited if each.link is not None):
            self.say(link, "cyan", indent=6)
        for each in cited:
            place = [*([f"page {each.page}"] if each.page is not None else []), *each.section]
            if place:
                self.say(" > ".join(place), "dim", indent=6)
            stem = f"{each.stem.quote.exact} … " if each.stem is not None else ""
            self.say(f"[{each.n}] {quoted(stem + each.anchor.quote.exact, each)}", "dim", indent=6)

    def _conflict(self, conflict: Conflict, sources: Sequence[Source]) -> None:
        self.say()
        self.table(
            ("source", "says", "grade as printed", "in its words"),
            [
                (
                    f"{position.short_title} [{position.source}]" + ("" if position.current else " (superseded)"),
                    position.direction,
                    position.grade or "not stated",
                    quoted(position.quote, sources[position.source - 1]),
                )
                for position in conflict.positions
            ],
            title=f"{conflict.intervention}: {RELATIONS[conflict.relation]}",
        )


def shown(value: object) -> str:
    """Return a value of a record as text: a list as its members with commas between them."""
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def json_of(records: Sequence[Record]) -> str:
    """Return records as one JSON list."""
    return TypeAdapter(list[Record]).dump_json(list(records), indent=2, serialize_as_any=True).decode() + "\n"
