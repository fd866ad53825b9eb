"""Formulas as words: MathML and the formulas of Office, in one line as one would type them."""

import re
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
    tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if not tag or tag in _ASIDE or _PROPERTIES.search(tag):
        return ""
    named = {e.tag.rpartition("}")[2]: e for e in element if isinstance(e.tag, str)}  # what Office calls its parts
    parts = [
        _of(child) for child in element if isinstance(child.tag, str) and child.tag.rpartition("}")[2] not in _ASIDE
    ]
    match tag:
        case "msup" | "mover" if len(parts) == 2:
            return parts[0] + _up(parts[1], parts[0])
        case "msub" | "munder" if len(parts) == 2:
            return parts[0] + _down(parts[1], parts[0])
        case "msubsup" | "munderover" if len(parts) == 3:
            return parts[0] + _down(parts[1], parts[0]) + _up(parts[2], parts[0])
        case "mfrac" if len(parts) == 2:
            return _over(parts[0], parts[1])
        case "msqrt":
            return f"√{_whole(''.join(parts))}"
        case "mroot" if len(parts) == 2:
            return f"{_up(parts[1], '')}√{_whole(parts[0])}"
        case "mfenced":
            sep = (element.get("separators") or ",")[:1]
            return f"{element.get('open', '(')}{f'{sep} '.join(parts)}{element.get('close', ')')}"
        case "mtd":
            return f"{''.join(parts)} "
        case "sSup" | "sSub" | "sSubSup" | "sPre" if "e" in named:
            low = _down(_of(named["sub"]), _of(named["e"])) if "sub" in named else ""
            return _of(named["e"]) + low + (_up(_of(named["sup"]), _of(named["e"])) if "sup" in named else "")
        case "f" if "num" in named and "den" in named:
            return _over(_of(named["num"]), _of(named["den"]))
        case "rad" if "e" in named:
            degree = _of(named["deg"]) if "deg" in named else ""
            return f"{_up(degree, '') if degree.strip() else ''}√{_whole(_of(named['e']))}"
        case "d":
            given = {e.tag.rpartition("}")[2]: _value(e) for e in element.iterfind(".//{*}dPr/*")}
            inside = ", ".join(part for part in parts if part)
            return f"{given.get('begChr', '(')}{inside}{given.get('endChr', ')')}"
        case "nary" if "e" in named:
            sign = next((_value(e) for e in element.iterfind("{*}naryPr/{*}chr")), "∫")
            low, high = (_of(named[part]) if part in named else "" for part in ("sub", "sup"))
            return sign + (_down(low, "") if low else "") + (_up(high, "") if high else "") + f" {_of(named['e'])}"
    if tag in _ROWS:
        return f"{''.join(parts)}; "
    text = plain(element.text or "") if not len(element) or tag in ("t", "mtext") else ""
    return text + "".join(parts)


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
