"""Where what is asked begins and ends: words that only open a message ("thanks", "hmm"), and two questions in one."""

import re
from typing import Final

from fmqa.text.sentences import sentences

WORDS: Final = (
    "ok okay k kk so right fine well hmm hm um umm er ah oh oops aha lol haha hi hiya hello hey dear doctor doc thanks"
    " thx ta ty cheers great good cool brilliant perfect lovely sure yes yeah yep please pls and but also just now"
).split()
_PHRASES: Final = (
    r"thank you(?: (?:so|very) much)?|many thanks|fair enough|got it|i see|no problem"
    r"|good (?:morning|afternoon|evening)|quick question|genuine question"
    r"|one more(?: thing| question)?|another (?:thing|question)"
)
_ONE: Final = rf"(?:{_PHRASES}|{'|'.join(WORDS)})"
# A link ("and", "so") stays where it is the only opening: it says that the message goes on with the last one.
_PARTED: Final = rf"(?:\s*[,.!:;…)]+|\s*[–—]|\s-+(?=\s)|\s(?=\s*{_ONE}\b))"
_OPENING: Final = re.compile(rf"^\s*(?:{_ONE}\b{_PARTED}\s*)+", re.IGNORECASE)

_ASKS: Final = r"(?:what|which|how|when|why|who|where|is|are|does|do|did|can|could|should|will|would)\b"
_SEAM: Final = re.compile(rf"(?<=\w)(?:\s*[,;?]\s*(?:(?:and|or|but|also) )?|\s+and\s+)(?={_ASKS})", re.IGNORECASE)
_QUESTION: Final = re.compile(rf"{_ASKS}\s+\w", re.IGNORECASE)


def two_questions(message: str) -> tuple[str, str] | None:
    """Return the two questions that a message asks in one breath; None if it asks one, or more than two.

    >>> two_questions("which kind of exercise, how many minutes a week?")
    ('which kind of exercise', 'how many minutes a week?')
    >>> two_questions("does exercise help with pain and sleep?")
    """
    parts = [part.strip() for part in _SEAM.split(message)]
    return (parts[0], parts[1]) if len(parts) == 2 and all(map(_QUESTION.match, parts)) else None


def without_opening(message: str) -> str:
    """Return a message without the words that only open it; a message of nothing else as it is.

    >>> without_opening("ok thanks!! and does it actually help?")
    'and does it actually help?'
    >>> without_opening("lol k. wheres the europe bit from")
    'wheres the europe bit from'
    >>> without_opening("so why would she offer it")
    'so why would she offer it'
    >>> without_opening("thanks!")
    'thanks!'
    """
    return message[match.end() :] or message if (match := _OPENING.match(message)) else message


def asked_last(message: str) -> str | None:
    """Return the question that a message ends with, where all before it only tells of somebody; else None.

    >>> asked_last("Works night shifts. BMI 33. Would it help?"), asked_last("Is it safe? Does it help?")
    ('Would it help?', None)
    """
    parts = [message[slice(*span)] for span in sentences(message, (0, len(message)))]
    told, asked = parts[:-1], parts[-1:]
    return asked[0] if told and asked[0].endswith("?") and not any(part.endswith("?") for part in told) else None
