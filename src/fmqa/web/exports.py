"""Answers to take along: as text and as Markdown with references, and their sources as BibTeX, RIS and CSL-JSON."""

import datetime
import json
import re
from collections.abc import Sequence
from typing import Any, Final

from fmqa.answer import bibliography
from fmqa.answer.titles import (
    LEADING,
    MORE,
    NOTICE_TITLES,
    by_document,
    cells,
    named,
    printed_grades,
    quoted,
    status_title,
    with_grade,
)
from fmqa.types import Answer, Notice, Reference, ReviewState, Source
from fmqa.web.markup import citation_link

# --- whole answers ----------------------------------------------------------------------------------------------------


def text(answer: Answer, question: str) -> str:
    """Return an answer with its references as plain text."""
    return re.sub(r"\*\*(.+?)\*\*", r"\1", markdown(answer, question, plain=True), flags=re.DOTALL)


def markdown(answer: Answer, question: str, *, plain: bool = False) -> str:
    """Return an answer with its references as Markdown; a question cannot become markup in it.

    Args:
        answer: The answer.
        question: The question as it was asked.
        plain: Whether nothing is escaped, because the text is shown as it is.
    """
    said = _one_line if plain else _escaped
    asked, read_as = said(_one_line(question)), said(_one_line(answer.interpreted_question))
    parts = [f"Question: {asked}", *_said(answer, "" if read_as == asked else read_as)]
    if answer.sources:
        parts.append("Sources:\n\n" + "\n\n".join(map(_source_lines, by_document(answer.sources))))
    parts += [answer.disclaimer, f"Answered by fmqa from generation {answer.generation}, for a {answer.audience}."]
    return "\n\n".join(parts) + "\n"


def reply(answer: Answer, question: str, root: str | None = None) -> tuple[str, str]:
    """Return an answer as a message of a chat, in Markdown: what is said with its marks, and what follows it.

    What follows names each source in a line, with the original's address, and ends with the disclaimer.

    Args:
        answer: The answer.
        question: The question as it was asked.
        root: Address of the service, whose pages show the cited words; None: no page is named.
    """
    read_as = _one_line(answer.interpreted_question)
    said = _said(answer, "" if read_as == _one_line(question) else _escaped(read_as))
    if missing := [choice for choice in answer.choices if choice not in answer.text]:
        said.append("\n".join(f"- {choice}" for choice in missing))
    lines = [_short_line(cited, root) for cited in by_document(answer.sources)]
    after = ["Sources:\n\n" + "\n".join(lines)] if lines else []
    return "\n\n".join(said), "\n\n".join([*after, f"*{answer.disclaimer}*"])


def _short_line(cited: tuple[Source, ...], root: str | None) -> str:
    """Return one document in a line: its marks, its name, its original, and where its cited words are shown."""
    source = cited[0]
    parts = [f"- {''.join(f'[{each.n}]' for each in cited)} {named(source)}"]
    if source.superseded_by:
        parts.append(f"superseded by {source.superseded_by}")
    if source.link:
        parts.append(f"<{source.link}>")
    if root is not None:
        parts.append(f"[cited words]({root.rstrip('/')}{citation_link(source.anchor)})")
    return ", ".join(parts)


def _said(answer: Answer, read_as: str) -> list[str]:
    """Return what an answer says, part by part, before its sources.

    Args:
        answer: The answer.
        read_as: How the question was read, escaped; empty: as it was written.
    """
    parts = [f"Read as: {read_as}"] if read_as else []
    if title := status_title(answer):
        parts.append(title)
    notices = [(n.kind in LEADING, _notice_line(n)) for n in answer.notices if n.text not in answer.text]
    parts += [line for leads, line in notices if leads]
    parts.append(answer.text)
    parts += [line for leads, line in notices if not leads]
    if answer.table:
        parts.append(_table(cells(answer.table, answer.audience)))
    if answer.more:
        lines = (with_grade(statement, answer.audience) for statement in answer.more)
        parts.append(f"{MORE}:\n\n" + "\n".join(f"- {line}" for line in lines))
    return parts


def event(data: Any) -> str:
    """Return data as one event of a stream, as JSON on one line."""
    return f"data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table."""
    head, *others = ("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    return "\n".join((head, "|" + " --- |" * len(rows[0]), *others))


def _notice_line(notice: Notice) -> str:
    refs = "".join(f" [{n}]" for n in notice.citations)
    return f"{NOTICE_TITLES[notice.kind]}: {notice.text}{refs}"


def _source_lines(cited: tuple[Source, ...]) -> str:
    """Return one document with the originals that it rests on, then each of its cited lines."""
    source = cited[0]
    called = [named(source)]
    if source.edition and source.edition not in source.short_title:
        called.append(f"edition {source.edition}")
    called += [f"review: {source.review_state}", f"evidence checked {source.evidence_checked or 'not stated'}"]
    if source.superseded_by:
        called.append(f"superseded by {source.superseded_by}")
    references = dict.fromkeys(reference for each in cited for reference in each.references)
    lines = [f"{''.join(f'[{each.n}]' for each in cited)} {', '.join(called)}."]
    lines += [f"Original: {_reference_line(reference)}" for reference in references]
    for each in cited:
        stem = f"{each.stem.quote.exact} … " if each.stem else ""
        lines.append(f"[{each.n}] {quoted(stem + each.anchor.quote.exact, each)}")
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _reference_line(reference: Reference) -> str:
    return f"{reference.citation} {reference.link or ''}".strip()


def _escaped(words: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>()#+.!|~-])", r"\\\1", words)


def line(answer: Answer, created: datetime.date | None = None) -> str:
    """Return the answer in one line for a patient's record: its first statement, where it is from, and its state.

    Args:
        answer: With at least one statement; without one, its text is the line.
        created: The day on which it was given; None leaves it out.
    """
    if not answer.statements:
        return " ".join(answer.text.split())
    first = answer.statements[0]
    cited = [answer.sources[n - 1] for n in first.citations]
    names = ", ".join(dict.fromkeys(named(source) for source in cited))
    reviewed = all(source.review_state is ReviewState.APPROVED for source in cited)
    given = "fmqa" if created is None else f"fmqa {created.day} {created:%b %Y}"
    printed = "; ".join(words for words, _ in printed_grades(first, answer.audience))
    opening = f"{answer.direct.word}: " if answer.direct else ""
    state = "" if reviewed else ", not reviewed by a clinician"
    return f"{opening}{first.text}{f' ({printed})' if printed else ''} ({names}; {given}{state})"


FORMATS: Final[dict[str, tuple[str, str]]] = {
    "text": ("text/plain; charset=utf-8", "txt"),
    "line": ("text/plain; charset=utf-8", "txt"),
    "markdown": ("text/markdown; charset=utf-8", "md"),
    "bibtex": ("application/x-bibtex; charset=utf-8", "bib"),
    "ris": ("application/x-research-info-systems; charset=utf-8", "ris"),
    "csl-json": ("application/vnd.citationstyles.csl+json", "json"),
}
"""Media type and file ending of each form."""


def export(answer: Answer, question: str, form: str, created: datetime.date | None = None) -> str:
    """Return an answer, or the sources of it, in one of FORMATS.

    Raises: KeyError if there is no such form.
    """
    sources: Sequence[Source] = answer.sources
    return {
        "text": lambda: text(answer, question),
        "line": lambda: line(answer, created),
        "markdown": lambda: markdown(answer, question),
        "bibtex": lambda: bibliography.bibtex(sources),
        "ris": lambda: bibliography.ris(sources),
        "csl-json": lambda: bibliography.csl_json(sources),
    }[form]()
