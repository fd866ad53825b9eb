"""Answers to take along: as text and as Markdown with references, and their sources as BibTeX, RIS and CSL-JSON.

A reference of the corpus is one line in Vancouver style. Where it has that form exactly, its parts become fields;
where it has not, the line is given whole and nothing is guessed.
"""

import datetime
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from fmqa.answer.titles import (
    LEADING,
    MORE,
    NOTICE_TITLES,
    REPORT_STATUS,
    by_document,
    cells,
    named,
    printed_grades,
    quoted,
    with_grade,
)
from fmqa.types import Answer, Notice, Record, Reference, ReviewState, Source

_VANCOUVER: Final = re.compile(
    r"(?P<authors>[^.]+(?:, et al)?)\. (?P<title>.+[.?!]) (?P<journal>[A-Z][A-Za-z &()-]+?) (?P<year>(?:19|20)\d\d);"
    r"(?:(?P<volume>\d+)(?:\((?P<issue>[^)]+)\))?:(?=[\da-z]))?"
    r"(?P<pages>[a-z]?\d+[a-z]?(?:-[a-z]?\d+)?|CD\d+(?:\.pub\d)?)\.?(?: NCT\d+\.)?"
)
_AUTHOR: Final = re.compile(r"(?P<family>[^\W\d_][\w'’ -]*?) (?P<initials>[A-Z]{1,4})")
_LATEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    **{character: f"\\{character}" for character in "#$%&_"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


class Citation(Record):
    """A reference in parts. Only ``reference`` is set where the line does not have the Vancouver form."""

    reference: Reference
    authors: tuple[tuple[str, str], ...] = ()  # family name and initials
    et_al: bool = False
    title: str | None = None
    journal: str | None = None
    year: int | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None

    @classmethod
    def of(cls, reference: Reference) -> "Citation":
        """Return the parts of a reference.

        >>> line = "Carville SF, Bliddal H, et al. EULAR recommendations. Ann Rheum Dis 2008;67(4):536-541."
        >>> parts = Citation.of(Reference(id="EULAR2008", citation=line))
        >>> parts.authors, parts.et_al, parts.title, parts.journal, parts.pages
        ((('Carville', 'SF'), ('Bliddal', 'H')), True, 'EULAR recommendations', 'Ann Rheum Dis', '536-541')
        """
        found = _VANCOUVER.fullmatch(reference.citation)
        if found is None:
            return cls(reference=reference, year=reference.year)
        names = found["authors"].split(", ")
        et_al = names[-1] == "et al"
        authors = [_AUTHOR.fullmatch(name) for name in (names[:-1] if et_al else names)]
        if not authors or None in authors:
            return cls(reference=reference, year=reference.year)
        title = found["title"]
        return cls(
            reference=reference,
            authors=tuple((author["family"], author["initials"]) for author in authors if author),
            et_al=et_al,
            title=title.removesuffix("."),
            journal=found["journal"],
            year=int(found["year"]),
            volume=found["volume"],
            issue=found["issue"],
            pages=found["pages"],
        )


def citations(sources: Iterable[Source]) -> tuple[Citation, ...]:
    """Return the published references that sources rest on, each once, in the order of the answer."""
    found = {reference.id: reference for source in sources for reference in source.references}
    return tuple(Citation.of(reference) for reference in found.values())


def bibtex(sources: Iterable[Source]) -> str:
    """Return the sources as BibTeX."""
    return "\n".join(_bibtex_entry(citation) for citation in citations(sources))


def _bibtex_entry(citation: Citation) -> str:
    reference = citation.reference
    fields: dict[str, str | None] = {}
    if citation.title is not None:
        names = [f"{family}, {' '.join(f'{i}.' for i in initials)}" for family, initials in citation.authors]
        fields["author"] = " and ".join([*names, *(["others"] if citation.et_al else [])])
        fields |= {"title": citation.title, "journal": citation.journal, "volume": citation.volume}
        fields |= {"number": citation.issue, "pages": citation.pages and citation.pages.replace("-", "--")}
    else:
        fields["title"] = reference.citation
    fields["year"] = str(citation.year) if citation.year else None
    fields |= {"doi": reference.doi, "url": reference.link, "note": reference.pmid and f"PMID {reference.pmid}"}
    kind = "article" if citation.title is not None else "misc"
    key = re.sub(r"[^A-Za-z0-9:.+/-]", "", reference.id) or "source"
    lines = (f"  {name} = {{{_latex(value)}}},\n" for name, value in fields.items() if value)
    return f"@{kind}{{{key},\n{''.join(lines)}}}\n"


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in _one_line(text))


def ris(sources: Iterable[Source]) -> str:
    """Return the sources as RIS, with the line ends that it asks for."""
    lines: list[str] = []
    for citation in citations(sources):
        reference = citation.reference
        first, _, last = (citation.pages or "").partition("-")
        tags: list[tuple[str, str | None]] = [("TY", "JOUR" if citation.title else "GEN")]
        tags += [("AU", f"{family}, {' '.join(f'{i}.' for i in initials)}") for family, initials in citation.authors]
        tags += [("AU", "et al." if citation.et_al else None), ("TI", citation.title or reference.citation)]
        tags += [("JO", citation.journal), ("PY", str(citation.year) if citation.year else None)]
        tags += [("VL", citation.volume), ("IS", citation.issue), ("SP", first), ("EP", last)]
        tags += [("DO", reference.doi), ("UR", reference.link), ("AN", reference.pmid), ("ID", reference.id)]
        lines += [f"{tag}  - {_one_line(value)}" for tag, value in tags if value]
        lines += ["ER  - ", ""]
    return "\r\n".join(lines)


def csl_json(sources: Iterable[Source]) -> str:
    """Return the sources as CSL-JSON."""
    return json.dumps([_csl_item(citation) for citation in citations(sources)], ensure_ascii=False, indent=1)


def _csl_item(citation: Citation) -> dict[str, Any]:
    reference = citation.reference
    authors: list[dict[str, str]] = [{"family": family, "given": given} for family, given in citation.authors]
    if citation.et_al:
        authors.append({"literal": "et al."})
    item: dict[str, Any] = {
        "id": reference.id,
        "type": "article-journal" if citation.title else "document",
        "author": authors,
        "title": citation.title or reference.citation,
        "container-title": citation.journal,
        "issued": {"date-parts": [[citation.year]]} if citation.year else None,
        "volume": citation.volume,
        "issue": citation.issue,
        "page": citation.pages,
        "DOI": reference.doi,
        "PMID": reference.pmid,
        "URL": reference.link,
    }
    return {name: value for name, value in item.items() if value}


def _one_line(text: str) -> str:
    return " ".join(text.split())


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
        "bibtex": lambda: bibtex(sources),
        "ris": lambda: ris(sources),
        "csl-json": lambda: csl_json(sources),
    }[form]()
