"""Finds the abbreviations that a document defines.

``low-dose naltrexone (LDN)`` makes the two names mean the same within that document.

Source: Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation definitions in biomedical text",
Pacific Symposium on Biocomputing 8:451-462, doi:10.1142/9789812776303_0042.
"""

import re
from typing import Final

_BRACKETS: Final = re.compile(r"\(([^()]{2,120})\)")
_SHORT: Final = re.compile(r"[^\W_][\w.+/&-]{0,9}")
_NO_NAME: Final = re.compile(
    r"[\"“”=<>≥≤%]|://|^(?:in|of|the|an?|for|with|and|or|to|by|at|on|from|is|are|was|were)\b|\s\d+\s", re.I
)
_SMALL: Final = frozenset({"of", "the", "and", "for", "in", "with", "to", "by", "on", "a", "an"})
_MOST_WORDS: Final = 2  # of a short form
_BREAK: Final = re.compile(r"[.;:!?]\s|[(),|]")


def defined(text: str) -> tuple[tuple[str, str], ...]:
    """Return the short and long forms that a text defines, in order, each short form once.

    >>> defined("Low-dose naltrexone (LDN) is not an NSAID (non-steroidal anti-inflammatory drug).")
    (('LDN', 'Low-dose naltrexone'), ('NSAID', 'non-steroidal anti-inflammatory drug'))
    """
    found: dict[str, str] = {}
    for match in _BRACKETS.finditer(text):
        inside = re.split(r"[;,]\s", match[1], maxsplit=1)[0].strip()
        before = _BREAK.split(text[max(0, match.start() - 200) : match.start()])[-1].strip()
        if _is_short(inside):
            long = _long_form(inside, before)
            short = inside
        else:  # the long form stands in the brackets
            short = before.rsplit(maxsplit=1)[-1] if before else ""
            long = _long_form(short, inside) if _is_short(short) else None
            if long is not None and len(long) != len(inside):
                long = None
        if long is not None:
            found.setdefault(short, " ".join(long.split()).lstrip("/[({'‘“"))
    return tuple(found.items())


def _is_short(words: str) -> bool:
    """Return whether words can be an abbreviation: two to ten characters, a capital among them, no figure first."""
    parts = words.split()
    return (
        1 <= len(parts) <= _MOST_WORDS
        and 2 <= len(words) <= 10
        and all(_SHORT.fullmatch(part) for part in parts)
        and sum(c.isupper() for c in words) >= max(1, sum(c.isalpha() for c in words) // 3)
        and words[0].isalpha()
    )


def _long_form(short: str, before: str) -> str | None:
    """Return the words of which an abbreviation has the letters, the first of them at the beginning of a word."""
    words = before.split()
    letters = sum(c.isalnum() for c in short)
    initials = _of_initials(short, words)
    if initials is not None:
        return initials
    before = " ".join(words[-min(letters + 5, letters * 2) :])
    at = len(before) - 1
    for number in range(len(short) - 1, -1, -1):
        letter = short[number].lower()
        if not letter.isalnum():
            continue
        while at >= 0 and (before[at].lower() != letter or (number == 0 and at > 0 and before[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
        at -= 1
    start = before.rfind(" ", 0, at + 1) + 1
    long = before[start:]
    if len(long) <= len(short) or short.lower() in long.lower().split() or len(long.split()) > letters + 5:
        return None
    return None if _NO_NAME.search(long) else long


def _of_initials(short: str, words: list[str]) -> str | None:
    """Return the last words if their first letters, small words aside, are the letters of an abbreviation."""
    letters = [c.lower() for c in short.removesuffix("s") if c.isalpha()]
    if len(letters) < 2 or len(letters) != len(short.removesuffix("s")):
        return None
    at, start = len(letters) - 1, len(words)
    while at >= 0 and start > 0:
        start -= 1
        parts = [part for part in re.split(r"[-–/]", words[start]) if part]
        for part in reversed(parts):
            if at >= 0 and part[0].lower() == letters[at]:
                at -= 1
            elif part.lower() not in _SMALL:
                return None
    return " ".join(words[start:]) if at < 0 else None
