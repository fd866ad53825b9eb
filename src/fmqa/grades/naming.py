"""Which grading system a notation is in: by its own words, or by an organisation named beside it."""

import re
from collections.abc import Set as AbstractSet
from typing import Final

SENTENCE_BREAK = re.compile(r"[.!?]\s|\n")
_MODIFIED_LEVEL = re.compile(r"[12](?:\+\+?|-)")
_ACC_AHA_LEVEL = re.compile(r"[BC]-\w+")
_LETTERED_LEVEL = re.compile(r"\b[1-3][abc]\b")
_LEVELS_2017 = ("Ia", "Ib", "IIa", "IIb", "III", "IV")


def named_by_itself(kinds: AbstractSet[str], values: AbstractSet[str], keywords: AbstractSet[str]) -> str | None:
    """Return the system that only this notation belongs to; None if there are several or none.

    Args:
        kinds: The kinds of its marks.
        values: Their values.
        keywords: The words that name these values, in lower case.
    """
    if "certainty" in kinds:
        return "grade" if kinds <= {"certainty", "strength", "agreement"} else None
    if keywords & {"cor", "class of recommendation"} or any(
        ": " in value or _ACC_AHA_LEVEL.fullmatch(value) for value in values
    ):
        return "acc-aha"
    if values & {"strong for", "weak for", "strong against", "weak against"} and values & set(_LEVELS_2017):
        return "eular-2017"
    if any(_MODIFIED_LEVEL.fullmatch(value) for value in values) and values & set("ABCD"):
        return "sign-old"
    if any("empfehlungsgrad" in keyword for keyword in keywords):
        return "awmf"
    if values & {"⇑⇑", "⇑", "⇔", "⇓", "⇓⇓"} and values & set("AB0"):
        return "awmf"
    if "evidence type" in keywords and keywords & {"recommendation category", "category"}:
        return "cdc-opioid"
    return None


# --- names of organisations beside a notation -------------------------------------------------------------------------

_CUES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (r"EULAR\s+\(?(?:2004|2008)\)?", ("eular-2004",)),
    (r"EULAR\s+\(?2017\)?", ("eular-2017",)),
    (r"EULAR", ("eular-2004", "eular-2017")),
    (r"(?:(?:Oxford|OCEBM|CEBM)\s+)+(?:levels?\s+)?\(?2009\)?", ("cebm-2009",)),
    (r"(?:(?:Oxford|OCEBM|CEBM)\s+)+(?:levels?\s+)?\(?2011\)?", ("cebm-2011",)),
    (r"(?:Oxford|OCEBM|CEBM)", ("cebm-2009", "cebm-2011")),
    (r"(?:ACC/AHA|AHA/ACC)", ("acc-aha",)),
    (r"ESC", ("esc",)),
    (r"(?:USPSTF|Preventive\s+Services\s+Task\s+Force)", ("uspstf",)),
    (r"SIGN", ("sign", "sign-old")),
    (r"AWMF", ("awmf",)),
    (r"GRADE", ("grade",)),
    (r"SORT", ("sort",)),
    (r"Canadian\s+(?:fibromyalgia\s+)?(?:guideline\s+)?2012|2012\s+Canadian\s+fibromyalgia", ("canada-2012",)),
    (r"Israeli\s+(?:fibromyalgia\s+)?(?:guideline\s+)?2013|2013\s+Israeli\s+fibromyalgia", ("israel-2013",)),
    (r"(?:APS|American\s+Pain\s+Society)\s+2005", ("aps-2005",)),
)
_CUE = re.compile("|".join(rf"(?P<c{number}>(?<!\w){words}(?!\w))" for number, (words, _) in enumerate(_CUES)))
_FILLER = re.compile(
    r"(?:[\s,:'’\"“(\[)\]]|(?<=['’])s\b|\b(?:guidelines?|guidance|levels?|as|quoted|procedure|system|criteria|scale|table|by|the|of|an?|is|was|"
    r"centre|center|\d{4})\b)*+"
)
_VERB = re.compile(
    r"(?:\s*(?:guidelines?|panel|group|\d{4})\b)*\s+(?:recommends?|recommended|concludes?|concluded|gives?|gave|assigns?|"
    r"assigned|rates?|rated|graded|issued|suggests?|advises?)\b"
)
_CONTRAST = re.compile(r"\b(?:unlike|contrast (?:to|with)|contrary to|not|than|from)\s+(?:the\s+)?$", re.I)
_CLOSED = re.compile(r"\s*(?:[)\].,;]|$)")
_AFTER = re.compile(r"\s*[,;]?\s*[(\[]?\s*(?:by|of|per|according to|after)?\s*(?:the\s+)?")


def named_beside(text: str, start: int, end: int, system: str | None) -> tuple[tuple[str, ...] | None, int]:
    """Return the systems that an organisation named beside a notation may mean, and where the two begin together.

    Args:
        text: The text.
        start: Offset of the first character of the notation.
        end: Offset behind its last.
        system: The system of the document, which decides where an organisation has had several.

    Returns:
        None if no organisation is named beside it; no system if one is, but not which of its systems, or only to say
        that the notation is not its own.
    """
    offset = max(0, start - 200)
    for boundary in SENTENCE_BREAK.finditer(text, offset, start):
        offset = boundary.end()
    cues = list(_CUE.finditer(text, offset, start))
    if cues:
        last = cues[-1]
        adjacent = _FILLER.fullmatch(text, last.end(), start)
        if adjacent or _VERB.match(text, last.end(), start):
            contrast = _CONTRAST.search(text[offset : last.start()])
            return () if contrast else _systems(last, text[start:end], system), last.start() if adjacent else start
    gap = _AFTER.match(text, end)
    after = _CUE.match(text, gap.end()) if gap else None
    if after and _CLOSED.match(text, after.end()):
        return _systems(after, text[start:end], system), start
    return None, start


def named_in(header: str, notation: str, system: str | None) -> tuple[str, ...] | None:
    """Return the systems that the header of a column names; None if it names no organisation."""
    cue = _CUE.search(header)
    return _systems(cue, notation, system) if cue else None


def _systems(cue: re.Match[str], notation: str, system: str | None) -> tuple[str, ...]:
    systems = _CUES[int(str(cue.lastgroup)[1:])][1]
    if system in systems:
        return (system,)
    if systems == ("cebm-2009", "cebm-2011"):  # without a year only a level with a letter tells the versions apart
        return ("cebm-2009",) if _LETTERED_LEVEL.search(notation) else ()
    return systems
