"""Writes answers and tables to a terminal.

Through a pipe the same words come as plain lines, without colour and without wrapping.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from fmqa.answer.titles import (
    LEADING,
    MORE,
    NOTICE_TITLES,
    RELATIONS,
    REPORT_STATUS,
    by_document,
    cells,
    named,
    quoted,
    with_grade,
)
from fmqa.grades.telling import is_told
from fmqa.text import figures
from fmqa.types import Answer, Audience, Conflict, Notice, NoticeKind, Record, ShownGrade, Source, Status, Trust

_T = TypeVar("_T")
_WEIGHT = {kind: weight for weight, kind in enumerate(NoticeKind)}


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
            table = Table(*columns, title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
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
    def progress(self) -> Iterator[Callable[[str, int, int], None]]:
        """Show a bar for each step while the block runs; the block reports step, number done and total."""
        from rich.progress import (  # noqa: PLC0415 - a question needs no bar
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TaskID,
            TextColumn,
            TimeElapsedColumn,
        )

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        tasks: dict[str, TaskID] = {}
        with Progress(*columns, console=self._console, disable=not self.is_terminal) as bars:

            def report(step: str, done: int, total: int) -> None:
                if step not in tasks:
                    tasks[step] = bars.add_task(step, total=total)
                    if not self.is_terminal:
                        self.say(f"{step}: {total}")
                bars.update(tasks[step], completed=done, total=total)

            yield report

    def answer(self, answer: Answer) -> None:
        """Write an answer: what is urgent, the answer, what it rests on, and always the disclaimer."""
        if answer.status in REPORT_STATUS:
            style = "bold red" if answer.status is Status.URGENT else "bold yellow"
            self.say(REPORT_STATUS[answer.status], style)
        notices = sorted(answer.notices, key=lambda notice: _WEIGHT[notice.kind])
        for notice in notices:
            repeated = notice.kind is not NoticeKind.EMERGENCY and notice.text in answer.text
            if notice.kind in LEADING and not repeated:
                self._notice(notice)
        self._markdown(answer.text)
        if answer.table:
            head, *rows = cells(answer.table, answer.audience)
            self.table(head, rows)
        for number, choice in enumerate(answer.choices, start=1):
            self.say(f"{number}. {choice}", indent=2)
        for notice in notices:
            if notice.kind not in LEADING:
                self._notice(notice)
        for conflict in answer.conflicts:
            self._conflict(conflict, answer.sources)
        self._list(
            f"{MORE} ({len(answer.more)})",
            answer.more,
            lambda statement: self.say(figures.unescaped(f"- {with_grade(statement, answer.audience)}"), indent=2),
        )
        self._grades(answer)
        self._list("Sources", by_document(answer.sources), self._source)
        self._list(
            "Related, does not answer",
            answer.related,
            lambda near: self.say(f"{' > '.join((named(near), *near.headings))}: {quoted(near.quote, near)}", indent=2),
        )
        self._list(
            "In plain words", tuple(answer.glossary.items()), lambda term: self.say(f"{term[0]}: {term[1]}", indent=2)
        )
        self._list("You could ask", answer.suggestions, lambda question: self.say(f"- {question}", indent=2))
        self.say()
        self.say(answer.disclaimer, "italic")

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
