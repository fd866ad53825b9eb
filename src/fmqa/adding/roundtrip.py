"""The numeric round trip: checks that every number, unit, sign and range of a file is in its text, once and in order.

Two texts are compared: the canonical text, and the words that a second reading of the file gives. White space and line
breaks do not count. A figure that was moved, lost, doubled or lost its sign does.
"""

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from typing import Final, NamedTuple

# A number with the letters that stand at it (12.3a, CYP2D6 and 4.5mg stay whole), its unit behind one space, or a
# sign. A hyphen or dash counts where a figure follows: the minus of −0.34, the range of 7–10.
_TOKEN: Final = re.compile(
    r"[^\W\d_]*\d[\d.,·:/]*\d(?:[^\W_]*)|[^\W\d_]*\d[^\W_]*"
    r"|[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾₀-₎]+"
    r"|(?<=\d\s)(?:mg|µg|μg|mcg|ng|kg|g|ml|mL|dL|dl|L|l|mmol|µmol|μmol|nmol|mol|IU|U|units?|mmHg|kPa|cm|mm|m|km|nm"
    r"|hours?|h|days?|weeks?|months?|years?|min|minutes?|s|kcal|kJ|Hz|MHz|bpm)(?![^\W_])"
    r"|[<>≤≥=±×÷≈~∼%‰°√∞µμ⇑⇓⇔↑↓⊕⊖⊝✓]"
    r"|[-−–‐‑—](?=\s?\.?\d)"
)
_LONGEST_ALIGNED: Final = 6000  # tokens; longer stretches that differ are compared by how often each token is there


class Difference(NamedTuple):
    """A stretch that differs, by tokens."""

    source: tuple[str, ...]
    text: tuple[str, ...]
    after: int  # tokens of the text that stand before it
    before: int = 0  # tokens of the source that stand before it


def tokens(text: str) -> list[str]:
    """Return the numbers, units and signs of a text in order.

    >>> tokens("1.73 m², 10⁻³, −0.34 (95 % CI −0.95 to 0.27), ≥7 µg")
    ['1.73', '²', '10', '⁻³', '−', '0.34', '95', '%', '−', '0.95', '0.27', '≥', '7', 'µg']
    """
    return [token for token, _ in placed_tokens(text)]


def placed_tokens(text: str) -> list[tuple[str, int]]:
    """Return the numbers, units and signs of a text in order, each with its offset in the normalised text given."""
    return [(match.group(), match.start()) for match in _TOKEN.finditer(text)]


def differences(source: str, text: str) -> list[Difference]:
    """Return where the numbers and signs of two texts differ, in order; empty if they are the same."""
    return aligned(tokens(_plain(source)), tokens(_plain(text)))


def aligned(source: list[str], text: list[str]) -> list[Difference]:
    """Return where two lists of tokens differ."""
    if source == text:
        return []
    first = 0
    while first < min(len(source), len(text)) and source[first] == text[first]:
        first += 1
    last = 0
    while last < min(len(source), len(text)) - first and source[-1 - last] == text[-1 - last]:
        last += 1
    left, right = source[first : len(source) - last], text[first : len(text) - last]
    if max(len(left), len(right)) > _LONGEST_ALIGNED:
        return [Difference(tuple(left), tuple(right), first, first)]
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [
        Difference(tuple(left[a:b]), tuple(right[c:d]), first + c, first + a)
        for what, a, b, c, d in matcher.get_opcodes()
        if what != "equal"
    ]


def counted(source: str, text: str) -> tuple[Counter[str], Counter[str]]:
    """Return which tokens the source has more often than the text, and the text more often than the source.

    For files whose words have no order of their own. Raised and lowered figures count as plain ones and all dashes are
    one, because what is raised shows in a page's layout only.
    """
    left, right = Counter(folded(source)), Counter(folded(text))
    return left - right, right - left


def count(source: str) -> int:
    """Return how many figures and signs of a page's text are compared."""
    return len(folded(source))


def folded(text: str) -> list[str]:
    """Return the figures and signs of a text whatever their form: raised ones as plain ones, all dashes as one."""
    # Only figures and signs: what letters stand at a figure depends on the spaces, which pages do not have.
    folded = unicodedata.normalize("NFKC", text).translate(_ONE_DASH)
    return re.findall(r"\d+(?:[.,·]\d+)*|[<>≤≥=±×÷≈%‰°µμ⇑⇓⇔✓]", folded)


_ONE_DASH: Final = str.maketrans(dict.fromkeys("−–‐‑—", "-"))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text)
