"""Reads plain text, and Markdown as others publish it.

Markdown is rendered to HTML and then read as a page, so that there is one reader for both.
"""

import re
from typing import Final

from markdown_it import MarkdownIt

from fmqa.errors import BadFile
from fmqa.readers import html
from fmqa.readers.blocks import Builder, Extract, as_title, plain
from fmqa.readers.grid import Cell, tell
from fmqa.types import FileFormat

_BULLET: Final = re.compile(r"^\s*[•■▪●○◦‣·・–*-]\s+(?=\S)")
_NUMBERED_HEADING: Final = re.compile(r"^(\d+(?:\.\d+)*)\.?\s+[^\W\d_][^.;:]{2,80}$")
_CELLS: Final = re.compile(r"\s*(?:\t+|\||(?<=\S) {3,})\s*")  # what parts the cells of a table of plain text
_UNDERLINE: Final = re.compile(r"^(?:={3,}|-{3,}|~{3,})$")
_CAPITALS: Final = re.compile(r"\A\s*[^\W\d_a-z][^a-z\n|<#]{3,79}\n")  # a first line in capitals is the title
_SYMBOL_BULLET: Final = re.compile(r"^\s*(?:[•■▪●○◦‣・]\s*|[·–]\s+(?=\D))(?=\S)")
_SHORT_LINE: Final = 60  # a line shorter than this was not broken by its width
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_FOOTNOTE: Final = re.compile(r"^\[\^([^\]\s]+)\]:[ \t]*", re.MULTILINE)
_FOOTNOTE_MARK: Final = re.compile(r"\[\^[^\]\s]+\](?!:)")
_GREATER: Final = re.compile(r"^\s*>(?=\s?[\d=.])")  # "> 60 years" at the start of a line is no quotation
_DIVIDER: Final = re.compile(r"^---\n(.*?)\n---\n", re.DOTALL)


def read_markdown(data: bytes) -> tuple[Extract, ...]:
    """Return the one document of a Markdown file; HTML in it is read as HTML.

    Raises: BadFile if it is not text in UTF-8, or has no words.
    """
    source = html.decode(data).replace("\r\n", "\n").replace("\r", "\n")
    front = _DIVIDER.match(source)
    if front:
        source = source[front.end() :]
    source = _CAPITALS.sub(lambda match: f"# {match[0].strip()}\n\n", source, count=1)
    source = _FOOTNOTE_MARK.sub("", _FOOTNOTE.sub("\n", source))  # a note is a paragraph; its mark is no word
    extract = html.page(_MARKDOWN.render(_lines_apart(source)), FileFormat.MARKDOWN)
    return (extract.model_copy(update={"source": (_without_marks(source),)}),)


def _without_marks(source: str) -> str:
    """Return the words of Markdown by another way than its renderer: what stands for layout is cut out."""
    source = re.sub(r"^[ \t]*\|?[ \t:|-]*-{3,}[ \t:|-]*$", "", source, flags=re.MULTILINE)
    source = re.sub(r"^[ \t]*(?:>(?!\s?[\d=.])[ \t]?)+", "", source, flags=re.MULTILINE)  # of a quotation
    source = re.sub(r"^[ \t]*(?:\d{1,9}[.)]|[-*+])[ \t]+", "", source, flags=re.MULTILINE)
    source = re.sub(r"\]\((?:[^()\s]|\([^()]*\))*(?:\s+[\"'][^)]*[\"'])?\)", "]", source)
    source = re.sub(r"!\[([^\]]*)\]", r" \1 ", source)
    source = re.sub(r"(?<!\\)\|", "\n", source)
    source = re.sub(r"\*{1,3}|(?<!\w)_{1,3}|_{1,3}(?!\w)|`|~~", "", source)
    source = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", source)
    source = re.sub(r"<(https?://[^>\s]+)>", r"\1", source)
    return html.words_of(source)


def _lines_apart(source: str) -> str:
    """Return Markdown with a bullet of its own kind as a list, and short lines that begin anew as paragraphs."""
    lines: list[str] = []
    fenced = False
    for line in source.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        before = lines[-1] if lines else ""
        line = _GREATER.sub(r"\\>", line)  # noqa: PLW2901
        if not fenced and lines and _is_capitals(line):
            lines += ["", f"## {line.strip()}", ""]
            continue
        if not fenced and _SYMBOL_BULLET.match(line):
            line = _SYMBOL_BULLET.sub("- ", line)  # noqa: PLW2901
            if before.strip() and not before.startswith("- "):
                lines.append("")
        elif not fenced and _begins_anew(before, line):
            lines.append("")
        lines.append(line)
    return "\n".join(lines)


def _is_capitals(line: str) -> bool:
    """Return whether a line is a heading in capitals, as documents have it that were Word files once."""
    line = line.strip()
    return (
        line.isupper() and 2 <= len(line.split()) <= 12 and len(line) <= 80 and line[0].isalpha() and line[-1].isalpha()
    )


def _begins_anew(before: str, line: str) -> bool:
    """Return whether a line is no continuation of the one before: that one was short and ended, this has a capital."""
    if not before.strip() or not line.strip() or before.lstrip().startswith(("|", "#", "<", ">")):
        return False
    if line.lstrip().startswith(("|", "#", "<", ">", "-", "*", "+", "=")) or line[:1].isspace():
        return False
    return len(before) < _SHORT_LINE and line[0].isupper() and not before.rstrip().endswith((",", "-"))


def read_text(data: bytes) -> tuple[Extract, ...]:
    """Return the one document of a plain text: paragraphs between blank lines, bullets, underlined headings.

    Raises: BadFile if it is not text in UTF-8 (or UTF-16 with its mark), or has no words.
    """
    source = html.decode(data).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    builder = Builder()
    for paragraph in re.split(r"\n\s*\n", source):
        _paragraph([line for line in paragraph.split("\n") if line.strip()], builder)
    blocks = builder.finish()
    if not blocks:
        raise BadFile("it holds no words")
    title = next((b.words for b in blocks if b.level), None) or as_title(blocks[0].words)
    return (Extract(format=FileFormat.TEXT, blocks=blocks, source=(source,), title=title),)


def _paragraph(lines: list[str], builder: Builder) -> None:
    if not lines:
        return
    if len(lines) > 1 and _UNDERLINE.match(lines[1].strip()):
        builder.heading(1 if lines[1].strip()[0] == "=" else 2, lines[0])
        lines = lines[2:]
    elif len(lines) == 1 and _is_heading(lines[0].strip()):
        numbered = _NUMBERED_HEADING.match(lines[0].strip())
        builder.heading(1 + numbered[1].count(".") + 1 if numbered else 2, lines[0])
        return
    if _columns(lines, builder):
        return
    parts: list[str] = []
    stem = None
    in_list = False
    for line in lines:
        if _BULLET.match(line):
            if parts:
                builder.paragraph(" ".join(parts), stem)
            if not in_list:
                stem, in_list = builder.lead(), True
            parts = [_BULLET.sub("", line)]
        else:
            parts.append(line.strip())
    builder.paragraph(" ".join(parts), stem)


def _columns(lines: list[str], builder: Builder) -> bool:
    """Add lines that are columns of a table; return whether they are."""
    rows = [[Cell(plain(words)) for words in _CELLS.split(line.strip().strip("|"))] for line in lines]
    gaps = [len(row) > 1 and not _BULLET.match(line) for row, line in zip(rows, lines, strict=True)]
    if len(rows) > 1 and all(gaps) and len({len(row) for row in rows}) == 1:
        tell(builder, rows)
        return True
    if sum(gaps) < 2:
        return False
    for line in lines:  # it is not sure what stands in which column
        builder.paragraph(line, quotable=False)
    return True


def _is_heading(line: str) -> bool:
    capitals = line.isupper() and 3 < len(line) <= 80 and not line.endswith((".", ";", ","))
    return capitals or bool(_NUMBERED_HEADING.match(line))
