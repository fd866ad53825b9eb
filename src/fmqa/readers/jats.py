"""Reads journal articles in JATS or NLM XML. The list of references is not part of the text."""

import re
from typing import Final

from lxml import etree

from fmqa.errors import BadFile
from fmqa.readers.blocks import Builder, Extract, clean, left_out, told
from fmqa.readers.markup.plain import Rules, name, parse_xml, plain_xml
from fmqa.readers.markup.tree import Walk
from fmqa.types import FileFormat

_SKIPPED: Final = frozenset(
    """ref-list annotation annotation-xml object-id permissions alt-text long-desc
    processing-meta supplementary-material bio sig-block journal-meta article-id article-categories contrib-group aff
    author-notes pub-date history self-uri related-article related-object kwd-group funding-group counts
    custom-meta-group volume issue fpage lpage elocation-id conference volume-id issue-id isbn pub-history alt-title
    subtitle-group trans-title-group trans-abstract floats-wrap""".split()
)
_BLOCKS: Final = frozenset(
    """article front article-meta body back sec app app-group p title abstract disp-quote
    boxed-text fig fig-group table-wrap table-wrap-foot table-wrap-group caption label statement
    ack fn-group fn notes glossary title-group article-title floats-group verse-group preformat speech
    front-stub attrib chem-struct-wrap subtitle""".split()
)
_SCOPES: Final = frozenset(
    """sec abstract app app-group boxed-text def-list list fn-group ack notes glossary fig fig-group table-wrap
    table-wrap-foot table-wrap-group disp-quote statement""".split()
)
_OTHER_FORMS: Final = frozenset({"tex-math", "inline-graphic", "graphic", "textual-form", "media"})
_MARKS: Final = frozenset({"bibr", "fn", "table-fn"})
_ABSTRACTS_LEFT: Final = frozenset({"graphical", "teaser", "toc", "web-summary"})
_RETRACTING: Final = frozenset({"retraction", "retracted-article", "retraction-forward", "withdrawal"})
_COMMENTING: Final = frozenset({"correction-forward", "corrected-article", "expression-of-concern", "commentary"})
_TITLES: Final = frozenset({"title", "article-title"})


def _leave(element: "etree._Element", tag: str) -> str | None:
    """Return why an element is no part of the text: metadata, other forms of a formula, what is struck out."""
    parent = element.getparent()
    if tag == "alt-text" and parent is not None and name(parent.tag) == "inline-graphic":
        return None
    if tag in _SKIPPED or (tag == "abstract" and element.get("abstract-type") in _ABSTRACTS_LEFT):
        return ""
    if tag in ("sub-article", "response"):
        return "of articles and responses inside the article"
    if tag == "strike":
        return "that are struck out"
    if tag in _OTHER_FORMS and parent is not None and parent.find("{*}math") is not None:
        return ""
    return "" if tag in ("graphic", "media") else None


def _unread(element: "etree._Element", tag: str) -> bool:
    return tag == "tex-math" or (tag == "inline-graphic" and element.find("{*}alt-text") is None)


def _mark(element: "etree._Element", tag: str, before: str) -> bool | None:
    """Return whether a link to a reference or a note is its raised mark: it stands at a word, in no brackets."""
    if tag != "xref" or element.get("ref-type") not in _MARKS:
        return None
    words, before = clean("".join(element.itertext())), told(before)
    in_brackets = max(before.rfind("["), before.rfind("(")) > max(before.rfind("]"), before.rfind(")"))
    glued = bool(before) and not before[-1].isspace() and not in_brackets
    return True if glued and re.fullmatch(r"[\d,;–-]+|[a-z*†‡§¶#]{1,2}", words) else None


def _heading(element: "etree._Element", tag: str) -> int:
    """Return the level of a title by the sections around it."""
    if tag not in _TITLES:
        return 0
    parent = element.getparent()
    if tag == "article-title":
        return 1 if parent is not None and name(parent.tag) == "title-group" else 0
    around = (
        "sec",
        "abstract",
        "app",
        "ack",
        "boxed-text",
        "notes",
        "fn-group",
        "caption",
        "app-group",
        "glossary",
        "def-list",
        "list",
    )
    return 1 + min(5, max(1, sum(name(a.tag) in around for a in element.iterancestors())))


RULES: Final = Rules(
    block=_BLOCKS,
    leave=_leave,
    scopes=_SCOPES,
    mark=_mark,
    unread=_unread,
    parted=frozenset({"disp-formula", "disp-formula-group"}),
    item=frozenset({"list-item"}),
    lists=frozenset({"list"}),
    heading=_heading,
    caption=frozenset(),
    brk=frozenset({"break"}),
)


class _Article(Walk):
    """Knows that label and caption of a table stand before it and are its caption."""

    def _child(self, child: "etree._Element", depth: int) -> None:
        if name(child.tag) == "table-wrap":
            before = self.builder.path
            self._wrapped(child, depth)
            self.builder.path = before
        elif name(child.tag) == "sec" and child.find("{*}label") is not None and child.find("{*}title") is not None:
            label, title = child.find("{*}label"), child.find("{*}title")
            if label is not None and title is not None:  # "2.1" is part of its heading
                title.text = f"{self.inline(label)} {title.text or ''}"
                label.text, label.tail = "", label.tail
                del label[:]
            super()._child(child, depth)
        else:
            super()._child(child, depth)

    def _wrapped(self, wrap: "etree._Element", depth: int) -> None:
        self.flush()
        tables = [e for e in wrap.iter() if name(e.tag) == "table" and self._table_of(e) is None]
        if not tables:
            self.read(wrap, depth + 1)
            return
        caption = " ".join(self.inline(e) for e in wrap if name(e.tag) in ("label", "caption"))
        for part in wrap:
            tag = name(part.tag)
            held = [table for table in tables if table is part or part in table.iterancestors()]
            for table in held:
                self._table(table, depth, caption)
                caption = ""
            if not held and tag == "table-wrap-foot":
                self.read(part, depth + 1)
                self.flush()
            elif not held and tag not in ("label", "caption"):
                self.builder.paragraph(left_out(self.raw(part)))


def read(data: bytes) -> tuple[Extract, ...]:
    """Return the one document of an article.

    Raises: BadFile if it is no well-formed JATS, or holds no text.
    """
    root = parse_xml(data)
    article = root if name(root.tag) == "article" else next((e for e in root.iter() if name(e.tag) == "article"), None)
    if article is None:
        raise BadFile("it has no <article>: this is no JATS")
    meta = article.find("{*}front/{*}article-meta")
    if meta is None:
        raise BadFile("it has no front matter: this is no JATS")
    builder = Builder()
    walk = _Article(RULES, builder)
    told = _metadata(article, meta)  # before the walk, which moves labels into titles
    title = _text(walk, meta.find("{*}title-group/{*}article-title"))
    walk.read(article)
    return (
        Extract(
            format=FileFormat.JATS,
            blocks=builder.finish(),
            source=(plain_xml(data, RULES, lambda tag, _: tag == "article"),),
            title=title,
            notes=builder.notes(),
            **told,
        ),
    )


def _metadata(article: "etree._Element", meta: "etree._Element") -> dict[str, object]:
    ids = {e.get("pub-id-type"): clean("".join(e.itertext())) for e in meta.findall("{*}article-id")}
    related = [
        (
            e.get("related-article-type") or "",
            e.get("{http://www.w3.org/1999/xlink}href") or clean("".join(e.itertext())),
        )
        for e in meta.findall("{*}related-article")
    ]
    retracting = [f"{kind} {where}".strip() for kind, where in related if kind in _RETRACTING]
    types = [article.get("article-type") or ""]
    subjects = [clean("".join(e.itertext())) for e in meta.iterfind("{*}article-categories//{*}subject")]
    if article.get("article-type") == "retraction":
        retracting.insert(0, "article-type retraction")
    published = _published(meta)
    return {
        "authors": tuple(filter(None, (_author(c) for c in meta.iterfind("{*}contrib-group/{*}contrib")))),
        "year": int(published[:4]) if published else None,
        "published": published,
        "doi": ids.get("doi"),
        "pmid": ids.get("pmid"),
        "journal": _first(article, "{*}front/{*}journal-meta//{*}journal-title"),
        "licence": _licence(meta),
        "publication_types": tuple(filter(None, [*types, *subjects])),
        "subjects": tuple(clean("".join(e.itertext())) for e in meta.iterfind("{*}kwd-group/{*}kwd")),
        "retraction": "; ".join(retracting) or None,
        "comments": tuple(f"{kind} {where}".strip() for kind, where in related if kind in _COMMENTING),
    }


def _author(contributor: "etree._Element") -> str | None:
    if contributor.get("contrib-type") not in (None, "author"):
        return None
    surname, given = contributor.find(".//{*}surname"), contributor.find(".//{*}given-names")
    if surname is None:
        group = contributor.find("{*}collab")
        return clean("".join(group.itertext())) or None if group is not None else None
    initials = "".join(part[0] for part in re.split(r"[\s.-]+", given.text or "") if part) if given is not None else ""
    return clean(f"{''.join(surname.itertext())} {initials}")


def _published(meta: "etree._Element") -> str | None:
    dates = []
    for date in meta.findall("{*}pub-date"):
        parts = [date.findtext(f"{{*}}{part}") for part in ("year", "month", "day")]
        if parts[0] and re.fullmatch(r"\d{4}", parts[0].strip()):
            numbers = [p.strip().zfill(2) for p in parts[1:] if p and p.strip().isdigit()]
            dates.append("-".join([parts[0].strip(), *numbers]))
    return min(dates, key=lambda date: (date[:4], -len(date), date)) if dates else None


def _licence(meta: "etree._Element") -> str | None:
    licence = meta.find("{*}permissions/{*}license")
    if licence is None:
        return None
    link = licence.get("{http://www.w3.org/1999/xlink}href")
    return link or clean("".join(licence.itertext()))[:300] or None


def _first(article: "etree._Element", path: str) -> str | None:
    found = article.find(path)
    return clean("".join(found.itertext())) or None if found is not None else None


def _text(walk: Walk, element: "etree._Element | None") -> str | None:
    return clean(walk.inline(element)) or None if element is not None else None
