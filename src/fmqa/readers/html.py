"""Reads HTML pages, such as guidelines on the web, without navigation, scripts, forms and hidden words."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Final

from lxml import etree
from lxml import html as lxml_html

from fmqa.errors import BadFile
from fmqa.readers import symbols
from fmqa.readers.blocks import Builder, Extract, clean, told
from fmqa.readers.markup import furniture
from fmqa.readers.markup.plain import Attributes, Plain, Rules, name
from fmqa.readers.markup.tree import Walk
from fmqa.types import FileFormat

_SILENT: Final = frozenset(
    """script style template noscript iframe object embed applet canvas audio video head title meta link base
    source track param""".split()
)
_TEMPLATE: Final = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")  # of XHTML, whose encoding has been dealt with
_FRONT: Final = re.compile(r"\A\s*---\s*\n(?:.*\n)*?---\s*\n")
_HEADINGS: Final = {f"h{n}": n for n in range(1, 7)} | {"summary": 6}
_ROLES: Final = {  # tables that are made of other elements
    "table": "table", "grid": "table", "row": "tr", "cell": "td", "gridcell": "td", "columnheader": "th",
    "rowheader": "th",
}  # fmt: skip
_LARGEST_SIGN: Final = 64  # pixels across an image that may stand for a sign
_BLOCKS: Final = frozenset(
    """address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure header hgroup
    hr html main p pre section summary h1 h2 h3 h4 h5 h6 table thead tbody tfoot tr td th caption""".split()
)
_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]+)", re.IGNORECASE)
# What a page may call itself in its head, by what fmqa calls it.
_META: Final = {
    "title": ("citation_title", "dc.title", "dcterms.title", "og:title"),
    "doi": ("citation_doi", "dc.identifier", "prism.doi"),
    "published": ("citation_publication_date", "citation_date", "dc.date", "dcterms.issued", "article:published_time"),
    "journal": ("citation_journal_title", "prism.publicationname"),
    "organisation": ("dc.publisher", "dcterms.publisher", "citation_technical_report_institution"),
    "licence": ("dc.rights", "dcterms.license", "dcterms.rights"),
    "expires": ("dcterms.valid", "expires"),
    "pmid": ("citation_pmid",),
}


_REFERENCE_CLASS: Final = re.compile(
    r"(?:^|[\s_-])(?:refs?|reference|references|cite|citation|bibr?|xref|footnote|fn|endnote|noteref)(?:$|[\s_-])", re.I
)
_RAISED_CLASS: Final = re.compile(r"(?:^|[\s_-])(?:sup|supscript|superscript|super)(?:$|[\s_-])", re.I)
_RAISED_STYLE: Final = re.compile(r"vertical-align\s*:\s*(?:super|text-top|top\b|[1-9.]+(?:px|em|ex|pt|%))", re.I)
_TO_REFERENCE: Final = re.compile(r"#(?:_?(?:ref|r|cite|bib|b|fn|ftn|edn|note|cit|cr)\w*[-_.]?\w*|\d+)$", re.I)


def _mark(element: "etree._Element", tag: str, before: str) -> bool | None:
    """Return whether an element is raised by class, style or a bare link to a reference, and then if as its mark."""
    if tag not in ("sup", "a", "span", "small", "font", "cite", "i", "b"):
        return None
    named = f"{element.get('class') or ''} {element.get('id') or ''}"
    links = [element, *element.iterdescendants("a")]
    linked = any(_TO_REFERENCE.search(e.get("href") or "") for e in links)
    raised = bool(_RAISED_STYLE.search(element.get("style") or "") or _RAISED_CLASS.search(named))
    is_reference = linked or bool(_REFERENCE_CLASS.search(named))
    if tag == "sup":
        return is_reference
    words = "".join(element.itertext()).strip()
    glued = told(before)[-1:].strip() not in ("", "(", "[") and bool(
        re.fullmatch(r"\d{1,3}(?:\s*[,–-]\s*\d{1,3})*", words)
    )
    return is_reference if raised or (is_reference and glued) else None


def _alt(tag: str, attributes: Attributes) -> str:
    """Return the words of an image: its text, or what a sign drawn otherwise is said to be."""
    if tag == "img":
        return f" {attributes.get('alt') or ''} "
    if tag == "svg" or (tag in ("i", "span") and attributes.get("role") == "img"):
        return f" {attributes.get('aria-label') or ''} "
    return ""


def _font(element: "etree._Element", tag: str) -> str | None:
    """Return the font of signs in which the words of an element are set."""
    if tag not in ("font", "span"):
        return None
    match = re.search(r"font-family\s*:\s*['\"]?([^;,'\"]+)", element.get("style") or "", re.IGNORECASE)
    font = element.get("face") or (match[1] if match else None)
    return font if symbols.is_symbol_font(font) else None


def _unread(element: "etree._Element", tag: str) -> bool:
    """Return whether an image without a text stands where a sign would: in a sentence or a cell."""
    if tag != "img" or element.get("alt") is not None or element.get("role") in ("presentation", "none"):
        return False
    wide = re.match(r"\d+", element.get("width") or "")
    parent = element.getparent()
    if parent is None or (wide and int(wide.group()) > _LARGEST_SIGN):
        return False
    return name(parent.tag) in ("td", "th") or bool("".join(parent.itertext()).strip())


RULES: Final = Rules(
    silent=_SILENT,
    block=_BLOCKS,
    lists=frozenset({"ul", "ol", "menu"}),
    heading=lambda _element, tag: _HEADINGS.get(tag, 0),
    scopes=frozenset("aside blockquote details dialog figure fieldset".split()),
    mark=_mark,
    alt=_alt,
    font=_font,
    unread=_unread,
)


def read(data: bytes) -> tuple[Extract, ...]:
    """Return the one document of an HTML page.

    Raises: BadFile if its bytes are no text in the encoding that it names, or UTF-8.
    """
    return (page(decode(data), FileFormat.HTML),)


def page(source: str, kind: FileFormat) -> Extract:
    """Return what is in the source of a page, made from a file of some format."""
    notes: list[str] = []
    front = _FRONT.match(source)
    if front is not None and kind is FileFormat.HTML:
        source = source[front.end() :]
    template = _TEMPLATE.findall(source)
    if template and kind is FileFormat.HTML:
        notes.append(f"{len(template)} template instructions were left out")
        source = _TEMPLATE.sub(" ", source)
    source = _DECLARATION.sub("", source)
    if not source.strip():
        raise BadFile("it holds no words")
    parser = lxml_html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = lxml_html.document_fromstring(source, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise BadFile("it holds no words") from error
    for element in root.iter("div", "li", "p", "ul"):
        element.tag = _ROLES.get(element.get("role") or "", element.tag)
    builder = Builder()
    Walk(replace(RULES, leave=furniture.Furniture(root).leave), builder).read(root)
    blocks = builder.finish()
    again = _read_again(source)
    notes += [*builder.notes(), *filter(None, [again.swallowed])]
    told = _metadata(root)
    first = next((block.words for block in blocks if block.level), None)
    title = told.get("title") or first or _text_of(root.find(".//title"))
    published = told.get("published")
    return Extract(
        format=kind,
        blocks=blocks,
        source=(again.text,),
        title=title,
        authors=_authors(root),
        year=int(published[:4]) if published and re.match(r"(?:19|20)\d\d", published) else None,
        published=published,
        doi=_doi(told.get("doi")),
        pmid=told.get("pmid"),
        journal=told.get("journal"),
        organisation=told.get("organisation"),
        licence=told.get("licence"),
        expires=told.get("expires"),
        url=_canonical(root),
        notes=tuple(notes),
    )


def decode(data: bytes) -> str:
    """Return the text of a file: UTF-16 by its mark, the encoding that a page names, or UTF-8.

    Raises: BadFile if the bytes are no such text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    else:
        declared = _CHARSET.search(data[:4096])
        encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
        encoding = {"iso-8859-1": "cp1252", "latin1": "cp1252"}.get(encoding, encoding)  # as browsers do
    try:
        text = data.decode(encoding)
    except LookupError:
        raise BadFile(f"it names the encoding {encoding[:40]}, which there is not") from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadFile(f"line {line} is not text in {encoding}: save the file as UTF-8") from error
    if "\0" in text:
        raise BadFile("it holds null bytes: this is no text file")
    return text


def _metadata(root: "lxml_html.HtmlElement") -> dict[str, str]:
    given: dict[str, str] = {}
    for meta in root.iter("meta"):
        key = (meta.get("name") or meta.get("property") or "").lower()
        if key and meta.get("content"):
            given.setdefault(key, clean(meta.get("content")))
    return {field: given[key] for field, keys in _META.items() for key in reversed(keys) if given.get(key)}


def _authors(root: "lxml_html.HtmlElement") -> tuple[str, ...]:
    found = [m.get("content") for m in root.iter("meta") if (m.get("name") or "").lower() == "citation_author"]
    return tuple(clean(author) for author in found if author)


def _canonical(root: "lxml_html.HtmlElement") -> str | None:
    for link in root.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and (link.get("href") or "").startswith("https://"):
            return str(link.get("href"))
    return None


def _doi(given: str | None) -> str | None:
    match = re.search(r"10\.\d{4,9}/\S+", given or "")
    return match.group() if match else None


def _text_of(element: "lxml_html.HtmlElement | None") -> str | None:
    return clean(element.text_content()) or None if element is not None else None


class _Second(HTMLParser):
    """Feeds ``Plain`` by the parser of the standard library."""

    _VOID: Final = frozenset("area base br col embed hr img input link meta source track wbr".split())
    _OF_BODY: Final = RULES.edges | {"body"}

    def __init__(self, plain: Plain) -> None:
        super().__init__(convert_charrefs=True)
        self._plain = plain

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._OF_BODY:
            self._plain.end("head")  # whose end need not be written
        if tag in self._VOID:
            self._plain.start(tag, {key: value or "" for key, value in attrs}, is_void=True)
            return
        self._plain.start(tag, {key: value or "" for key, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._VOID:
            self._plain.end(tag)

    def handle_data(self, data: str) -> None:
        self._plain.data(data)


def words_of(source: str) -> str:
    """Return the words of a page by the parser of the standard library: the second way through it."""
    return _read_again(source).text


def _read_again(source: str) -> Plain:
    plain = Plain(RULES)
    second = _Second(plain)
    second.feed(source)
    second.close()
    if second.cdata_elem is not None:  # a script that never ends, of which the parser gives no words
        plain.data(second.rawdata)
    return plain
