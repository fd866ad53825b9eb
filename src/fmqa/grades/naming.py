"""Decides which grading system a notation uses, by its own words or by an organisation that is named beside it."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from fmqa.types import GradingSystem

SENTENCE_BREAK = re.compile(r"[.!?]\s|\n")
_BEHIND_STOP = re.compile(r"[.!?]\s*[(\[]\s*$")  # brackets behind a full stop are of the sentence before
_YEAR = re.compile(r"(?:19|20)\d\d")


def told_by_itself(
    values: AbstractSet[str], words: AbstractSet[str], systems: Iterable[GradingSystem]
) -> tuple[str, ...]:
    """Return the systems that a notation shows without being named, by what only they print.

    Args:
        values: The kinds and values of its marks.
        words: The words that name these values, in lower case.
        systems: Those that it may be in.
    """
    return tuple(
        each.id for each in systems if any(all(_prints(ones, values, words) for ones in way) for way in each.told_by)
    )


def _prints(ones: tuple[str, ...], values: AbstractSet[str], words: AbstractSet[str]) -> bool:
    return any(one in values or any(re.match(rf"{re.escape(one)}\b", word) for word in words) for one in ones)


# --- names of organisations beside a notation -------------------------------------------------------------------------


class Names:
    """Finds what texts call grading systems; the longest name at a place counts."""

    def __init__(self, systems: Iterable[GradingSystem]) -> None:
        self._systems: dict[str, tuple[GradingSystem, ...]] = {}
        for system in systems:
            for name in system.called:
                self._systems[name] = (*self._systems.get(name, ()), system)
        longest = sorted(self._systems, key=lambda name: (-len(name), name))
        self._named = {f"n{number}": name for number, name in enumerate(longest)}
        self.pattern: Final = re.compile(
            "|".join(rf"(?P<{group}>(?<!\w){_spaced(name)}(?!\w))" for group, name in self._named.items()) or r"(?!)"
        )

    def systems(self, found: re.Match[str], notation: str, system: str | None) -> tuple[str, ...]:
        """Return the ids of the systems that a found name may mean beside a notation in a document of a system."""
        sharing = self._systems[self._named[str(found.lastgroup)]]
        if any(each.id == system for each in sharing):
            return (str(system),)
        if len(sharing) > 1 and any(each.told_apart_by for each in sharing):
            printed = set(re.findall(r"\w+", notation))
            sharing = tuple(each for each in sharing if printed & set(each.told_apart_by))
        return tuple(each.id for each in sharing)


def _spaced(name: str) -> str:
    """Return a pattern for a name, in which a year may stand in brackets."""
    words = (rf"\(?{word}\)?" if _YEAR.fullmatch(word) else re.escape(word) for word in name.split())
    return r"\s+".join(words)


_FILLER = re.compile(
    r"(?:[\s,:'’\"“(\[)\]]|(?<=['’])s\b|\b(?:guidelines?|guidance|levels?|as|quoted|procedure|system|criteria|scale|table|by|the|of|an?|is|was|"
    r"centre|center|\d{4})\b)*+"
)
_VERB = re.compile(
    r"(?:\s*(?i:guidelines?|panel|group|recommendation|statement|\d{4})\b)*\s+(?:recommends?|recommended|concludes?|concluded|gives?|gave|assigns?|"
    r"assigned|rates?|rated|graded|issued|suggests?|advises?)\b"
)
_CONTRAST = re.compile(r"\b(?:unlike|contrast (?:to|with)|contrary to|not|than|from)\s+(?:the\s+)?$", re.I)
_CLOSED = re.compile(r"\s*(?:[()\].,;]|$)")
_AFTER = re.compile(r"(?:\s+recommendations?\b)?\s*[,;]?\s*[(\[]?\s*(?:by|of|per|according to|after)?\s*(?:the\s+)?")


def named_beside(
    text: str, start: int, end: int, system: str | None, names: Names
) -> tuple[tuple[str, ...] | None, int]:
    """Return the systems that an organisation named beside a notation may mean, and where the two begin together.

    Args:
        text: The text.
        start: Offset of the first character of the notation.
        end: Offset behind its last.
        system: The system of the document, which decides where an organisation has had several.
        names: What systems are called.

    Returns:
        None if no organisation is named beside it; no system if one is, but not which of its systems, or only to say
        that the notation is not its own.
    """
    offset, behind = max(0, start - 200), _BEHIND_STOP.search(text, max(0, start - 12), start)
    for boundary in SENTENCE_BREAK.finditer(text, offset, behind.start() if behind else start):
        offset = boundary.end()
    cues = list(names.pattern.finditer(text, offset, start))
    if cues:
        last = cues[-1]
        adjacent = _FILLER.fullmatch(text, last.end(), start)
        if adjacent or _VERB.match(text, last.end(), start):
            contrast = _CONTRAST.search(text[offset : last.start()])
            return () if contrast else names.systems(last, text[start:end], system), last.start() if adjacent else start
    gap = _AFTER.match(text, end)
    after = names.pattern.match(text, gap.end()) if gap else None
    if after and _CLOSED.match(text, after.end()):
        return names.systems(after, text[start:end], system), start
    return None, start


def named_in(header: str, notation: str, system: str | None, names: Names) -> tuple[str, ...] | None:
    """Return the systems that the header of a column names; None if it names no organisation."""
    cue = names.pattern.search(header)
    return names.systems(cue, notation, system) if cue else None
