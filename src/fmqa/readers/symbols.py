"""Translates the characters of symbol fonts, which mean something else in those fonts, into Unicode."""

from typing import Final

# The encoding of the Symbol font from 0x20 to 0x7E and from 0xA0 to 0xFE, as Adobe and Unicode list it.
_LOW: Final = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_\u203eαβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
_HIGH: Final = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…\u23d0\u23af↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑"
    "\u239b\u239c\u239d\u23a1\u23a2\u23a3\u23a7\u23a8\u23a9\u23aa\ufffd〉∫\u2320\u23ae\u2321\u239e\u239f\u23a0\u23a4"
    "\u23a5\u23a6\u23ab\u23ac\u23ad"
)
_SYMBOL: Final = {0x20 + n: c for n, c in enumerate(_LOW)} | {0xA0 + n: c for n, c in enumerate(_HIGH)}
_WINGDINGS: Final = {
    0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x76: "❖", 0x9F: "•", 0xA7: "▪", 0xA8: "◻", 0xD8: "➢", 0xE0: "→",
    0xDF: "←", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑", 0x4A: "☺", 0x4C: "☹",
    0x46: "☞", 0x43: "👍", 0x44: "👎", 0xF0: "⇨", 0xEF: "⇦", 0xF1: "⇧", 0xF2: "⇩",
}  # fmt: skip
_WINGDINGS_2: Final = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x98: "●", 0xA3: "☐"}
_FONTS: Final = {"symbol": _SYMBOL, "wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2}
UNKNOWN: Final = "\ufffd"
"""What stands for a sign that no table has; a block with it is not quoted."""


def is_symbol_font(font: str | None) -> bool:
    """Return whether the characters of a font mean something of their own."""
    return (font or "").strip("'\" ").lower() in _FONTS or (font or "").lower().startswith(("wingdings", "webdings"))


def translated(words: str, font: str | None) -> str:
    r"""Return what words in a font of signs mean; what no table has is ``UNKNOWN``.

    >>> translated("\uf0b3", "Symbol"), translated("m", "Symbol"), translated("\uf0fc", "Wingdings")
    ('≥', 'μ', '✓')
    """
    table = _FONTS.get((font or "").strip("'\" ").lower(), {})
    return "".join(
        c if c.isspace() else table.get(ord(c) & 0xFF if ord(c) >= 0xF000 else ord(c), UNKNOWN) for c in words
    )
