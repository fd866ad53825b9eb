"""Decides which parts of an HTML page are not part of its text: navigation, struck-out words and invisible words.

Whether words are visible is decided by the style of their element and by the rules of the page's own style sheets for
its tag, class and id. Navigation and the like are recognised by tags and class names. A sentence that warns is always
kept, whatever the element around it is called.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml import etree

from fmqa.readers.markup.plain import name

HIDDEN: Final = "that a page does not show"
STRUCK: Final = "that are struck out"
FURNITURE: Final = "of navigation and other furniture of the page"
OUTSIDE: Final = "outside the main part of the page"
CONTROLS: Final = "of controls"

_SURE: Final = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|breadcrumbs?|cookies?|advert|ads|skip-link|self-link|pagination)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LIKELY: Final = re.compile(
    r"(?:^|[\s_-])(?:menu|toc|sidebar|footer|banner|share|sharing|social|comments)(?:$|[\s_-])", re.IGNORECASE
)
_ROLES: Final = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar"})
_TAGS: Final = frozenset({"nav", "footer"})
_CONTROLS: Final = frozenset({"button", "select", "input", "textarea"})
_STRUCK: Final = frozenset({"del", "s", "strike"})
_WARNS: Final = re.compile(
    r"\b(?:warnings?|contra-?indicat\w*|must not|do not|not be|never|caution|danger\w*|fatal|avoid|allerg\w+"
    r"|overdose)\b",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(r"(?:\b\w[\w'’-]*\W+){5,}?[^.!?]*[.!?](?:\s|$)")
_UNSEEN: Final = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|opacity\s*:\s*0?(?:\.0\d*)?%?\s*(?:;|!|$)"
    r"|font-size\s*:\s*(?:0*(?:\.\d+)?|[0-2](?:\.\d+)?px|[01](?:\.\d+)?pt|0?\.[0-2]\d*r?em|1?\d%)\s*(?:;|!|$)"
    r"|(?:text-indent|left|top|right|margin-left|margin-top)\s*:\s*-\d{3,}"
    r"|clip\s*:\s*rect\(\s*(?:[01](?:px)?[\s,]*){4}\)"
    r"|clip-path\s*:\s*(?:inset\(\s*(?:50|100)%|circle\(\s*0|polygon\(\s*\))"
    r"|transform\s*:[^;]*scale[xy]?\(\s*0\s*[,)])",
    re.IGNORECASE,
)
_SHOWN: Final = re.compile(r"display\s*:\s*(?!none)\w", re.IGNORECASE)
_DISPLAY_NONE: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_BOX: Final = re.compile(r"(?:^|;)\s*(?:max-)?(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|!|$)", re.IGNORECASE)
_OVERFLOW: Final = re.compile(r"overflow(?:-[xy])?\s*:\s*(?:hidden|clip)", re.IGNORECASE)
_LINE_THROUGH: Final = re.compile(r"text-decoration(?:-line)?\s*:[^;]*line-through", re.IGNORECASE)
_COLOUR: Final = re.compile(r"(?:^|;)\s*(?:color|-webkit-text-fill-color)\s*:\s*([^;!]+)", re.IGNORECASE)
_BACKGROUND: Final = re.compile(r"(?:^|;)\s*background(?:-color|-image)?\s*:\s*([^;!]+)", re.IGNORECASE)
_RULE: Final = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_OTHER_MEDIA: Final = re.compile(r"@media[^{]*\b(?:print|speech|aural)\b[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_AT_RULE: Final = re.compile(r"@(?:media|supports|layer)[^{;]*\{|@[a-z-]+[^{;]*;")
_COMPOUND: Final = re.compile(r"^([a-z][a-z0-9]*|\*)?((?:[.#][\w-]+)*)$", re.IGNORECASE)
_LIGHT: Final = 240  # of 255, from which a colour is white to the eye


class _Selector(NamedTuple):
    parts: tuple[tuple[str, frozenset[str]], ...]  # tag and marks (".class", "#id") of each compound, the last first
    style: str


class Furniture:
    """Tells why an element of one page is no part of its text."""

    def __init__(self, root: "etree._Element") -> None:
        self._by_key: dict[str, list[_Selector]] = {}
        for sheet in root.iter("style"):
            for selector in _selectors(sheet.text or ""):
                tag, marks = selector.parts[0]
                self._by_key.setdefault(min(marks, default=tag), []).append(selector)
        mains = [e for e in root.iter("main") if not self._is_hidden(e, "main")]
        self._main = mains[0] if len(mains) == 1 else None
        self._around = set(self._main.iterancestors()) if self._main is not None else set()

    def leave(self, element: "etree._Element", tag: str) -> str | None:
        """Return why an element with all that is in it is no part of the text; None where it is."""
        if tag in _STRUCK or _LINE_THROUGH.search(self._style(element, tag)):
            return STRUCK
        if self._is_hidden(element, tag):
            return HIDDEN
        if tag in ("body", "html", "main", "article"):
            return None
        if tag in _CONTROLS:
            inside = any(
                name(a.tag) in ("h1", "h2", "h3", "h4", "h5", "h6", "summary") for a in element.iterancestors()
            )
            return None if inside else CONTROLS
        outside = self._main is not None and element.getparent() in self._around and element not in self._around
        if outside and element is not self._main:
            return None if _warns(element) else OUTSIDE
        if tag in _TAGS or element.get("role") in _ROLES:
            return None if _warns(element) else FURNITURE
        named = f"{element.get('class') or ''} {element.get('id') or ''}"
        if named == " " or not (_SURE.search(named) or _LIKELY.search(named)) or _warns(element):
            return None
        return FURNITURE if _SURE.search(named) or _is_links(element) else None

    def _style(self, element: "etree._Element", tag: str) -> str:
        own = element.get("style") or ""
        if not self._by_key:
            return own
        marks = {f".{each}" for each in (element.get("class") or "").split()}
        if element.get("id"):
            marks.add(f"#{element.get('id')}")
        styles = [
            selector.style
            for key in (tag, "*", *marks)
            for selector in self._by_key.get(key, ())
            if _matches(selector, element, tag, marks)
        ]
        return ";".join([*styles, own])

    def _is_hidden(self, element: "etree._Element", tag: str) -> bool:
        if "hidden" in element.attrib or element.get("aria-hidden") == "true":
            return True
        style = self._style(element, tag)
        if not style and tag != "font":
            return False
        if _SHOWN.search(element.get("style") or ""):  # its own style goes before that of a sheet
            style = _DISPLAY_NONE.sub(";", style)
        if _UNSEEN.search(style) or (_BOX.search(style) and _OVERFLOW.search(style)):
            return True
        colours = _COLOUR.findall(style)
        colour = _channels(colours[-1] if colours else element.get("color") or "")
        return colour is not None and self._like_its_ground(element, colour)

    def _like_its_ground(self, element: "etree._Element", colour: tuple[int, int, int, float]) -> bool:
        """Return whether words of a colour cannot be told from what is behind them."""
        if colour[3] < 0.1:
            return True
        ground: tuple[int, int, int, float] | None = None
        for each in (element, *element.iterancestors()):
            given = _BACKGROUND.findall(self._style(each, name(each.tag)))
            found = given[-1] if given else each.get("bgcolor") or each.get("background")
            if found:
                ground = _channels(found)
                if ground is None and not re.search(r"none|transparent|inherit", found):
                    return False  # an image or a colour by a name that is not known
                if ground is not None and ground[3] >= 0.1:
                    break
                ground = None
        behind = ground or (255, 255, 255, 1.0)
        return max(abs(a - b) for a, b in zip(colour[:3], behind[:3], strict=True)) <= 255 - _LIGHT


def _selectors(sheet: str) -> Iterator[_Selector]:
    """Yield the rules of a style sheet that could hide words or strike them out, of simple selectors."""
    sheet = _AT_RULE.sub(" ", _OTHER_MEDIA.sub(" ", _COMMENT.sub(" ", sheet)))
    for selectors, style in _RULE.findall(sheet):
        if not re.search(
            r"display|visib|opacity|font-size|indent|left|right|top|clip|transform|height|width|overflow|decoration"
            r"|colou?r|background",
            style,
            re.IGNORECASE,
        ):
            continue
        for selector in selectors.split(","):
            parts: list[tuple[str, frozenset[str]]] = []
            for compound in reversed(re.sub(r"\s*[>~+]\s*", " ", selector).split()):
                match = _COMPOUND.match(compound)
                if match is None:  # of a state or an attribute
                    parts.clear()
                    break
                parts.append(((match[1] or "*").lower(), frozenset(re.findall(r"[.#][\w-]+", match[2]))))
            if parts:
                yield _Selector(tuple(parts), style)


def _matches(selector: _Selector, element: "etree._Element", tag: str, marks: set[str]) -> bool:
    (own, wanted), *above = selector.parts
    if own not in ("*", tag) or not wanted <= marks:
        return False
    for parent in element.iterancestors():
        if not above:
            return True
        has = {f".{each}" for each in (parent.get("class") or "").split()} | {f"#{parent.get('id')}"}
        if above[0][0] in ("*", name(parent.tag)) and above[0][1] <= has:
            above = above[1:]
    return not above


_NAMED: Final = {
    "white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250), "ivory": (255, 255, 240), "red": (255, 0, 0),
    "ghostwhite": (248, 248, 255), "whitesmoke": (245, 245, 245), "navy": (0, 0, 128), "blue": (0, 0, 255),
    "grey": (128, 128, 128), "gray": (128, 128, 128), "green": (0, 128, 0), "yellow": (255, 255, 0),
}  # fmt: skip


def _channels(words: str) -> tuple[int, int, int, float] | None:
    """Return red, green, blue and how opaque a colour is; None for what is no colour that is known."""
    words = words.strip().lower()
    if re.match(r"transparent\b", words):
        return 255, 255, 255, 0.0
    short = re.match(r"#([0-9a-f])([0-9a-f])([0-9a-f])(?![0-9a-f])", words)
    if short:
        red, green, blue = (int(each * 2, 16) for each in short.groups())
        return red, green, blue, 1.0
    long = re.match(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})", words)
    if long:
        red, green, blue = (int(each, 16) for each in long.groups())
        return red, green, blue, 1.0
    by_function = re.match(r"(rgb|hsl)a?\(([^)]*)\)", words)
    if by_function:
        numbers = [float(n) * (2.55 if p and by_function[1] == "rgb" else 1) for n, p in _numbers(by_function[2])]
        if len(numbers) < 3:
            return None
        opaque = numbers[3] if len(numbers) > 3 else 1.0
        if by_function[1] == "hsl":
            light = int(numbers[2] * 2.55)
            return light, light, light, opaque
        return int(numbers[0]), int(numbers[1]), int(numbers[2]), opaque
    named = _NAMED.get(words.split()[0] if words else "")
    return (*named, 1.0) if named else None


def _numbers(words: str) -> list[tuple[str, str]]:
    return re.findall(r"(\d*\.?\d+)(%?)", words)


def _warns(element: "etree._Element") -> bool:
    """Return whether an element holds a sentence that warns."""
    words = " ".join("".join(element.itertext()).split())
    return bool(_WARNS.search(words)) and bool(_SENTENCE.search(words)) and not _is_links(element)


def _is_links(element: "etree._Element") -> bool:
    """Return whether an element is mostly links, or has no sentence in it."""
    words = " ".join("".join(element.itertext()).split())
    linked = sum(len(" ".join("".join(a.itertext()).split())) for a in element.iter("a"))
    return linked > 0.5 * len(words) or not _SENTENCE.search(words)
