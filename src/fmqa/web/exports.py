"""Answers to take along: as text and as Markdown with references, and their sources as BibTeX, RIS and CSL-JSON."""

import re
from collections.abc import Sequence
from typing import Final

from fmqa.answer import bibliography
from fmqa.answer.titles import (
    LEADING,
    MORE,
    NOTICE_TITLES,
    REPORT_STATUS,
    by_document,
    cells,
    named,
    quoted,
    with_grade,
)
from fmqa.types import Answer, Notice, Reference, Source

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
    asked = _one_line(question) if plain else _escaped(_one_line(question))
    read_as = _one_line(answer.interpreted_question) if plain else _escaped(_one_line(answer.interpreted_question))
    parts = [f"Question: {asked}"]
    if read_as != asked:
        parts.append(f"Read as: {read_as}")
    if answer.status in REPORT_STATUS:
        parts.append(REPORT_STATUS[answer.status])
    notices = [(n.kind in LEADING, _notice_line(n)) for n in answer.notices if n.text not in answer.text]
    parts += [line for leads, line in notices if leads]
    parts.append(answer.text)
    parts += [line for leads, line in notices if not leads]
    if answer.table:
        parts.append(_table(cells(answer.table, answer.audience)))
    if answer.more:
        lines = (with_grade(statement, answer.audience) for statement in answer.more)
        parts.append(f"{MORE}:\n\n" + "\n".join(f"- {line}" for line in lines))
    if answer.sources:
        parts.append("Sources:\n\n" + "\n\n".join(map(_source_lines, by_document(answer.sources))))
    parts += [answer.disclaimer, f"Answered by fmqa from generation {answer.generation}, for a {answer.audience}."]
    return "\n\n".join(parts) + "\n"


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


FORMATS: Final[dict[str, tuple[str, str]]] = {
    "text": ("text/plain; charset=utf-8", "txt"),
    "markdown": ("text/markdown; charset=utf-8", "md"),
    "bibtex": ("application/x-bibtex; charset=utf-8", "bib"),
    "ris": ("application/x-research-info-systems; charset=utf-8", "ris"),
    "csl-json": ("application/vnd.citationstyles.csl+json", "json"),
}
"""Media type and file ending of each form."""


def export(answer: Answer, question: str, form: str) -> str:
    """Return an answer, or the sources of it, in one of FORMATS.

    Raises: KeyError if there is no such form.
    """
    sources: Sequence[Source] = answer.sources
    return {
        "text": lambda: text(answer, question),
        "markdown": lambda: markdown(answer, question),
        "bibtex": lambda: bibliography.bibtex(sources),
        "ris": lambda: bibliography.ris(sources),
        "csl-json": lambda: bibliography.csl_json(sources),
    }[form]()
