"""Reads small files of a test and tells what can be found and quoted in them."""
# ruff: noqa: E501 - markup reads better whole

import io
from collections.abc import Callable, Sequence

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from fmqa.adding import checking
from fmqa.readers import docx as docx_reader
from fmqa.readers import html, jats, medline, pdf, text
from fmqa.readers.blocks import Extract, Laid, lay

READERS: dict[str, Callable[[bytes], tuple[Extract, ...]]] = {
    "html": html.read,
    "jats": jats.read,
    "docx": docx_reader.read,
    "pdf": pdf.read,
    "md": text.read_markdown,
    "txt": text.read_text,
    "medline": medline.read,
}


def read(kind: str, data: bytes | str) -> tuple[Extract, Laid]:
    """Return what a reader finds; its numbers and words must be those of the second way through the file."""
    extract = READERS[kind](data.encode() if isinstance(data, str) else data)[0]
    found = lay(extract.blocks, extract.title or "")
    assert checking.numbers(extract, found)[:2] == ([], set())
    assert checking.lost_words(extract)[0] == []
    return extract, found


def quotable(found: Laid) -> list[str]:
    """Return each block that can be quoted, its stem before it in angle brackets."""
    told = []
    for section in found.sections:
        stem = f"<{found.text[slice(*section.stem)]}> ".replace("\n\n", " / ") if section.stem else ""
        told.append(stem + found.text[section.start : section.end])
    return told


def quoted(kind: str, data: bytes | str) -> list[str]:
    """Return what can be quoted of a file."""
    return quotable(read(kind, data)[1])


def page(body: str, head: str = "") -> str:
    """Return an HTML page."""
    return f"<!DOCTYPE html><html><head><title>A page</title>{head}</head><body><main>{body}</main></body></html>"


def article(body: str) -> str:
    """Return a JATS article with sections of its own."""
    return (
        '<article xmlns:mml="http://www.w3.org/1998/Math/MathML"><front><article-meta><title-group><article-title>A made '
        f"article</article-title></title-group></article-meta></front><body>{body}</body></article>"
    )


def word(*blocks: str, **parts: str) -> bytes:
    """Return a DOCX of paragraphs and tables given as XML without namespaces declared; ``parts`` are further files."""
    document = docx.Document()
    body = document.element.body
    for block in blocks:
        declared = block.replace(">", f" {nsdecls('w')} {_MORE}>", 1) if not block.endswith("/>") else block
        body.insert(len(body) - 1, parse_xml(declared))
    made = io.BytesIO()
    document.save(made)
    return _with(made.getvalue(), parts)


_MORE = (
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)


def _with(data: bytes, parts: dict[str, str]) -> bytes:
    import zipfile  # noqa: PLC0415

    made = io.BytesIO(data)
    with zipfile.ZipFile(made, "a") as file:
        for name, content in parts.items():
            file.writestr(f"word/{name}.xml", content)
    return made.getvalue()


def para(*runs: str) -> str:
    """Return a paragraph of runs; words without a tag are a run of their own."""
    return "<w:p>" + "".join(r if r.startswith("<") else run(r) for r in runs) + "</w:p>"


def run(words: str, look: str = "") -> str:
    """Return a run with properties."""
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a Word table; a cell that begins with a tag is the inside of a cell."""
    cells = "".join(
        "<w:tr>" + "".join(f"<w:tc>{c if c.startswith('<') else para(c)}</w:tc>" for c in row) + "</w:tr>"
        for row in rows
    )
    return f"<w:tbl><w:tblPr/>{cells}</w:tbl>"
