"""The features of a message for the fitted judgement: numbers by name, in one dictionary.

They are the encoder's vector, the words of the message, and the words that hint at a danger. A word is counted by how
it is used: reported of a person, stated, only asked or supposed, or denied. A hint alone is no alarm, because "stroke"
is found in questions about risk as well as in calls for help.
"""

import math
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Final

from fmqa.danger import rows, signs
from fmqa.danger.utterances import Segment, read, says
from fmqa.types import FloatArray

Encode = Callable[[str], FloatArray]
"""A text to its unit vector."""

VECTOR: Final = 2.0
"""What the encoder's vector weighs before the fit."""
_WORDS, _DANGERS = 3.0, 0.6  # the same of words and of hints at a danger
_WORD: Final = re.compile(r"[a-z0-9/.]+")
# A diagnosis that notes suspect, in the message as written: "?sepsis".
_QUERIED: Final = re.compile(
    r"(?:^|[\s(/,-])\?\s?[a-z]|\bquery [a-z]|\b(?:suspected|possible|probable|r/o)\b", re.IGNORECASE
)
_BETWEEN: Final = r"(?:rate|pressure|of|is|at|was|on|my|now|has been|[:=~]|\s){0,6}"


def features(message: str, rule: str | None, encode: Encode) -> dict[str, float]:
    """Return the named features of a message.

    Args:
        message: Any text.
        rule: The danger of which a sign fires on the whole message.
        encode: A text to its unit vector.
    """
    return of_words(message, rule) | of_vector(message, encode)


def of_vector(message: str, encode: Encode) -> dict[str, float]:
    """Return the features that the encoder sees; they take most of the time."""
    return {vector_feature(at): VECTOR * value for at, value in enumerate(encode(message).tolist())}


def vector_feature(at: int) -> str:
    """Return the name of one number of the encoder's vector among the features."""
    return f"vector {at}"


def of_words(message: str, rule: str | None, seen: dict[Segment, Counter[str]] | None = None) -> dict[str, float]:
    """Return the features that the words of a message have.

    Args:
        message: Any text.
        rule: The danger of which a sign fires on the whole message.
        seen: Hints of segments that other parts of one message share; filled here.
    """
    seen = {} if seen is None else seen
    segments = read(message, signs.speller()).segments
    found: dict[str, float] = {}
    words = {name for segment in segments for name in _words(segment)}
    found |= {f"word {name}": _WORDS / math.sqrt(len(words)) for name in words}
    dangers: Counter[str] = Counter()
    for segment in segments:
        if segment not in seen:
            seen[segment] = _hints(segment)
        dangers.update(seen[segment])
    found |= {f"danger {name}": _DANGERS * math.sqrt(min(3, count)) for name, count in dangers.items()}
    found["rule"] = _DANGERS * (rule is not None)
    found["question"] = _DANGERS * ("?" in message)
    found["queried"] = _DANGERS * (_QUERIED.search(message) is not None)
    critical, usual = readings(message)
    found["critical reading"], found["usual reading"] = _DANGERS * min(3, critical), _DANGERS * min(3, usual)
    found["no danger"] = _DANGERS * (not any(name.startswith("any ") for name in dangers))
    return found


def readings(message: str) -> tuple[int, int]:
    """Return how many vital signs and blood values of a message need attention at once, and how many do not.

    >>> readings("BP 85/50, HR 130"), readings("BP 128/82, pulse 70")
    ((2, 0), (0, 2))
    """
    critical = usual = 0
    told = _readings() if any(character.isdigit() for character in message) else ()
    for pattern, (low, high), (least, most) in told:
        for match in pattern.finditer(message):
            value = float(match.group(1))
            if low <= value <= high:
                usual += 1
            elif least <= value <= most:
                critical += 1
    return critical, usual


@cache
def _readings() -> tuple[tuple[re.Pattern[str], tuple[float, float], tuple[float, float]], ...]:
    return tuple(
        (
            re.compile(rf"(?:{'|'.join(reading.names)}){_BETWEEN}(?<![\d.])(\d+(?:\.\d+)?)", re.IGNORECASE),
            reading.usual,
            reading.possible,
        )
        for reading in rows.shared().readings.values()
    )


def _told(segment: Segment) -> str:
    return "denied" if segment.denied else segment.weight.name.lower()


def _words(segment: Segment) -> set[str]:
    """Return the words and pairs of words of a segment, as they are and with what the segment tells."""
    words, told = _WORD.findall(segment.text), _told(segment)
    grams = {*words, *(f"{one} {other}" for one, other in pairwise(words))}
    return grams | {f"{told}: {gram}" for gram in grams}


def _hints(segment: Segment) -> Counter[str]:
    """Count the words that hint at dangers, by danger and by what the segment tells."""
    told = _told(segment)
    found: Counter[str] = Counter({f"segment {told}": 1})
    for danger in signs.dangers().values():
        hits = sum(1 for _ in danger.hinted.finditer(segment.text))
        if hits:
            how = told if says(segment, danger.hinted) else "denied"
            found[f"{danger.id} {how}"] += 1
            found[f"any {how}"] += hits
    sudden = rows.pattern("told-sudden").search(segment.text) is not None
    if sudden:
        found[f"sudden {told}"] += 1
    if sudden and any(name.startswith("any ") for name in found):
        found[f"sudden danger {told}"] += 1
    if rows.pattern("told-mild").search(segment.text):
        found[f"mild {told}"] += 1
    return found
