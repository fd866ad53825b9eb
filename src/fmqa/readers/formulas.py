"""Writes formulas as one line of text, from MathML and from Office's own format."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree

from fmqa.readers.blocks import clean, lowered, plain, raised

_VULGAR: Final = {
    ("1", "2"): "½", ("1", "3"): "⅓", ("2", "3"): "⅔", ("1", "4"): "¼", ("3", "4"): "¾", ("1", "5"): "⅕",
    ("1", "6"): "⅙", ("1", "8"): "⅛", ("3", "8"): "⅜", ("5", "8"): "⅝", ("7", "8"): "⅞",
}  # fmt: skip
_SIMPLE: Final = re.compile(r"[\w.,·µ%²³°'’]+|√?\([^()]*\)")
_ROWS: Final = frozenset({"mtr", "mlabeledtr", "mr"})
_PROPERTIES: Final = re.compile(
    r"(?:r|ctrl|d|f|sSup|sSub|sSubSup|nary|rad|func|acc|m|eqArr|lim\w*|bar|box|group\w*)Pr$"
)
_ASIDE: Final = frozenset({"annotation", "annotation-xml", "maligngroup", "malignmark", "mphantom"})


def shaped(element: "etree._Element") -> str:
    """Return a formula as words: ``10⁻³``, ``½``, ``(a + b)/c``, ``√(x)``."""
    return clean(_of(element))


def _of(element: "etree._Element") -> str:
    tag = _name(element)
    if not tag or tag in _ASIDE or _PROPERTIES.search(tag):
        return ""
    parts = [_of(child) for child in element if _name(child) not in ("", *_ASIDE)]
    by_parts = _OF_PARTS.get((tag, len(parts)))
    if by_parts is not None:
        return by_parts(*parts)
    named = {_name(e): e for e in element}  # what Office calls its parts
    if tag in _SCRIPTS and "e" in named:
        base = _of(named["e"])
        low = _down(_of(named["sub"]), base) if "sub" in named else ""
        return base + low + (_up(_of(named["sup"]), base) if "sup" in named else "")
    wrapped = _OF_ELEMENT.get(tag)
    if wrapped is not None:
        return wrapped(element, parts, named)
    text = plain(element.text or "") if not len(element) or tag in ("t", "mtext") else ""
    return text + "".join(parts) + ("; " if tag in _ROWS else " " if tag == "mtd" else "")


def _name(element: "etree._Element") -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


Named = dict[str, "etree._Element"]


def _fenced(element: "etree._Element", parts: list[str], _named: Named) -> str:
    separator = (element.get("separators") or ",")[:1]
    return f"{element.get('open', '(')}{f'{separator} '.join(parts)}{element.get('close', ')')}"


def _delimited(element: "etree._Element", parts: list[str], _named: Named) -> str:
    given = {_name(e): _value(e) for e in element.iterfind(".//{*}dPr/*")}
    inside = ", ".join(part for part in parts if part)
    return f"{given.get('begChr', '(')}{inside}{given.get('endChr', ')')}"


def _fraction(_element: "etree._Element", parts: list[str], named: Named) -> str:
    return _over(_of(named["num"]), _of(named["den"])) if {"num", "den"} <= named.keys() else "".join(parts)


def _root(_element: "etree._Element", parts: list[str], named: Named) -> str:
    degree = _of(named["deg"]) if "deg" in named else ""
    return f"{_up(degree, '') if degree.strip() else ''}√{_whole(_of(named['e']) if 'e' in named else ''.join(parts))}"


def _sum(element: "etree._Element", _parts: list[str], named: Named) -> str:
    sign = next((_value(e) for e in element.iterfind("{*}naryPr/{*}chr")), "∫")
    low, high, what = (_of(named[part]) if part in named else "" for part in ("sub", "sup", "e"))
    return sign + (_down(low, "") if low else "") + (_up(high, "") if high else "") + f" {what}"


def _value(element: "etree._Element") -> str:
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == "val"), "")


def _up(words: str, before: str) -> str:
    shape = raised(clean(words), before)
    plainly = clean(words)
    if shape != plainly or not plainly or not any(map(str.isalnum, plainly)):
        return shape
    return f"^{_whole(plainly)}"


def _down(words: str, before: str) -> str:
    return lowered(clean(words), before)


def _over(above: str, below: str) -> str:
    above, below = clean(above), clean(below)
    return _VULGAR.get((above, below)) or f"{_whole(above)}/{_whole(below)}"


def _whole(words: str) -> str:
    words = words.strip()
    return words if _SIMPLE.fullmatch(words) else f"({words})"


_OF_PARTS: Final[Mapping[tuple[str, int], Callable[..., str]]] = {
    ("msup", 2): lambda base, high: base + _up(high, base),
    ("mover", 2): lambda base, high: base + _up(high, base),
    ("msub", 2): lambda base, low: base + _down(low, base),
    ("munder", 2): lambda base, low: base + _down(low, base),
    ("msubsup", 3): lambda base, low, high: base + _down(low, base) + _up(high, base),
    ("munderover", 3): lambda base, low, high: base + _down(low, base) + _up(high, base),
    ("mfrac", 2): _over,
    ("mroot", 2): lambda inside, degree: f"{_up(degree, '')}√{_whole(inside)}",
}
_OF_ELEMENT: Final[Mapping[str, Callable[["etree._Element", list[str], Named], str]]] = {
    **{"msqrt": _root, "rad": _root, "mfenced": _fenced},
    **{"d": _delimited, "f": _fraction, "nary": _sum},
}
_SCRIPTS: Final = frozenset({"sSup", "sSub", "sSubSup", "sPre"})
