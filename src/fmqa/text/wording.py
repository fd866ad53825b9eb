"""Decides whether two sentences say the same except for harmless variants of writing, and where they first differ.

Harmless are white space, Unicode form, case, dashes, British or American spelling, thousands separators, units of mass
that differ by a power of ten (500 mg, 0.5 g), and the listed synonyms of one concept. Everything else is a difference.
A similarity measure would let a lost "not" pass, and a test for identity would reject harmless variants.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from fmqa.text import figures
from fmqa.text.spelling import normal, plain_marks

Names = Callable[[str], Sequence[tuple[str, int, int]]]
"""Text -> the concepts named in it: id, start, end; in reading order, without overlap."""

# Words, and the signs that carry meaning; full stops, commas, brackets and quotation marks carry none of their own.
_TOKEN: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*|>=|<=|[<>≤≥=±+/%^×*&~≈§#@-]")
_SIGNS: Final = {">=": "≥", "<=": "≤"}


class Token(NamedTuple):
    """A word, a sign, a quantity or a concept in the form in which it is compared, at ``text[start:end]``."""

    form: str
    start: int
    end: int


def no_names(text: str) -> Sequence[tuple[str, int, int]]:
    """Return no concept; for comparisons without a vocabulary."""
    del text
    return ()


def tokens(text: str, names: Names = no_names) -> tuple[Token, ...]:
    """Return the meaningful parts of a text in reading order.

    >>> [token.form for token in tokens("At least 0.5 g/day: randomised, ≥ 1,000 women")]
    ['at', 'least', '500 mg', '/', 'day', 'randomized', '≥', '1000 women']
    >>> tokens("10²")[0].form == tokens("102")[0].form
    False
    """
    found = [
        Token(form=_quantity_form(text, quantity), start=quantity.start, end=quantity.end)
        for quantity in figures.quantities(text)
    ]
    found += [
        Token(form=f"concept {concept}", start=start, end=end)
        for concept, start, end in names(text)
        if not any(start < taken.end and taken.start < end for taken in found)
    ]
    taken = [False] * (len(text) + 1)
    for token in found:
        taken[token.start : token.end] = [True] * (token.end - token.start)
    for match in _TOKEN.finditer(_marks(text)):
        if not taken[match.start()]:
            form = _SIGNS.get(match.group()) or normal(figures.raised_apart(match.group()))
            found.append(Token(form=form, start=match.start(), end=match.end()))
    return tuple(sorted(found, key=lambda token: token.start))


def differences(text: str, original: str, names: Names = no_names) -> tuple[tuple[int, int], ...]:
    """Return the spans of a text that say something else than the original; none if it says the same.

    Where words of the original are missing, the span is that of the words around the gap. Offsets count in the text's
    composed Unicode form (NFC).

    >>> text = "LDN did reduce pain"
    >>> [text[a:b] for a, b in differences(text, "LDN did not reduce pain")]
    ['did reduce']
    >>> differences("Take 0.5 g orally", "take  500 mg  orally")
    ()
    """
    if text == original or figures.normalised(text) == figures.normalised(original):
        return ()
    text, original = (unicodedata.normalize("NFC", t) for t in (text, original))
    said, quoted = tokens(text, names), tokens(original, names)
    matcher = SequenceMatcher(None, [t.form for t in said], [t.form for t in quoted], autojunk=False)
    spans: list[tuple[int, int]] = []
    for kind, first, last, _, _ in matcher.get_opcodes():
        if kind == "equal":
            continue
        if first == last:  # something is missing here
            before, after = said[max(0, first - 1) : first], said[first : first + 1]
            around = (*before, *after)
            spans.append((around[0].start, around[-1].end) if around else (0, len(text)))
        else:
            spans.append((said[first].start, said[last - 1].end))
    return tuple(spans)


def begins_with(text: str, opening: str, names: Names = no_names) -> bool:
    """Return whether a text begins with an opening, ignoring harmless variants."""
    if figures.normalised(text).startswith(figures.normalised(opening)):
        return True
    wanted = [token.form for token in tokens(unicodedata.normalize("NFC", opening), names)]
    said = [token.form for token in tokens(unicodedata.normalize("NFC", text), names)]
    return said[: len(wanted)] == wanted


def _quantity_form(text: str, quantity: figures.Quantity) -> str:
    """Return value and unit in canonical form; a power that is written raised stays one."""
    value = quantity.value.normalize()
    shown = f"{value:f}" + (f" {quantity.unit}" if quantity.unit else "")
    raised = figures.RAISED.match(text, quantity.end)
    return f"{shown} raised {raised.group()}" if raised else shown


def _marks(text: str) -> str:
    """Return the text with one sign for each kind of dash, quotation mark and micro; its length is unchanged."""
    return plain_marks(text).translate({0xB5: "u", 0x3BC: "u"})
