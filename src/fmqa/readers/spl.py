"""Reads drug labels in SPL XML (HL7 Structured Product Labeling), section by section."""

import re
from typing import Final

from lxml import etree

from fmqa.errors import BadFile
from fmqa.readers.blocks import Builder, Extract, clean
from fmqa.readers.markup.plain import Rules, name, parse_xml, plain_xml
from fmqa.readers.markup.tree import Walk
from fmqa.types import DocumentKind, FileFormat

NAMESPACE: Final = "urn:hl7-org:v3"
_SKIPPED: Final = frozenset(
    """renderMultiMedia observationMedia id code effectiveTime author languageCode setId versionNumber subject subject2
    excerpt realmCode typeId templateId confidentialityCode legalAuthenticator relatedDocument""".split()
)
_BLOCKS: Final = frozenset(
    "document component structuredBody section title text paragraph caption footnote content list item".split()
) - {"content", "list", "item"}


def _leave(element: "etree._Element", tag: str) -> str | None:
    if tag == "content" and "strike" in (element.get("styleCode") or "").lower():
        return "that are struck out"
    return "" if tag in _SKIPPED else None


def _heading(element: "etree._Element", tag: str) -> int:
    if tag != "title":
        return 0
    return 1 + min(5, sum(name(a.tag) == "section" for a in element.iterancestors()))


RULES: Final = Rules(
    block=_BLOCKS,
    leave=_leave,
    scopes=frozenset({"section", "table", "list"}),
    item=frozenset({"item"}),
    lists=frozenset({"list"}),
    heading=_heading,
    caption=frozenset({"caption"}),
)


def read(data: bytes) -> tuple[Extract, ...]:
    """Return the one document of a label.

    Raises: BadFile if it is no well-formed SPL.
    """
    root = parse_xml(data)
    if root.tag != f"{{{NAMESPACE}}}document":
        raise BadFile(f"its root is no <document> of {NAMESPACE}: this is no SPL")
    builder = Builder()
    walk = Walk(RULES, builder)
    title = root.find("{*}title")
    walk.read(root)
    names = [clean(e.text or "") for e in root.iterfind(".//{*}manufacturedProduct/{*}name")]
    generic = [clean(e.text or "") for e in root.iterfind(".//{*}genericMedicine/{*}name")]
    words = clean(walk.inline(title)) if title is not None else ""
    effective = _date(root.find("{*}effectiveTime"))
    version = root.find("{*}versionNumber")
    maker = root.find("{*}author//{*}representedOrganization/{*}name")
    return (
        Extract(
            format=FileFormat.SPL,
            blocks=builder.finish(),
            notes=builder.notes(),
            source=(plain_xml(data, RULES),),
            title=words or (f"{names[0]} label" if names else None),
            kind=DocumentKind.LABEL,
            organisation=clean(maker.text or "") or None if maker is not None else None,
            year=int(effective[:4]) if effective else None,
            published=effective,
            edition=version.get("value") if version is not None else None,
            subjects=tuple(dict.fromkeys(filter(None, [*names, *generic]))),
        ),
    )


def _date(element: "etree._Element | None") -> str | None:
    value = (element.get("value") if element is not None else None) or ""
    match = re.match(r"((?:19|20)\d\d)(\d\d)?(\d\d)?", value)
    return "-".join(filter(None, match.groups())) if match else None
