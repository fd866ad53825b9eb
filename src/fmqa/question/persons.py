"""Whom a question is about: a child, somebody old, somebody who takes a medicine. Pure text."""

import re
from typing import Final

_CHILD_AGE: Final = re.compile(
    r"(?<![\d.,-])\b(?:(?:[1-9]|1[0-7]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|(?:thir|four|fif|six|seven)teen)[ -]?(?:(?:years?|yrs?|months?)[ -]old|y\.?/?o\b)"
    r"|aged? (?:of )?(?:[1-9]|1[0-7])(?![\d.]))"
    r"(?! (?:guideline|trial|study|review|article|paper|evidence|data|document)s?\b)",
    re.IGNORECASE,
)
_OLDER_AGE: Final = re.compile(
    r"\b(?:i(?:['’]m| am)|s?he(?:['’]s| is)|(?:patient|mother|mum|mom|father|dad|husband|wife) is|aged?(?: of)?)"
    r" (?:6[5-9]|[7-9]\d|1[01]\d)(?!\d|\.\d|\s?(?:%|kg|mg|cm|weeks|months|days|per))\b"
    r"|(?<![\d.,-])\b(?:6[5-9]|[7-9]\d|1[01]\d)[ -]?(?:(?:years?|yrs?)[ -]old|y\.?/?o\b)"
    r"|\b(?:over|above|older than) (?:the age of )?(?:6[5-9]|[7-9]\d)\b(?!\s?(?:%|kg|mg))",
    re.IGNORECASE,
)
_ONESELF: Final = re.compile(r"\b(?:i|i['’]?m|i['’]?ve|me|my|myself)\b", re.IGNORECASE)
_OF_A_PATIENT: Final = re.compile(r"\b(?:patients?|pts?|case)\b|\by/?o\b", re.IGNORECASE)
_DENIED: Final = re.compile(r"\b(?:normal|healthy|good|not|no|without)\s+$", re.IGNORECASE)
_TAKES: Final = re.compile(
    r"\b(?:i(?:'m| am|'ve been| have been)? (?:currently |already |still )?(?:take|taking|on"
    r"|use|using|prescribed|given)"
    r"|(?:my |the |this |our |a )?(?:patient|mother|mum|mom|father|dad|husband|wife|daughter"
    r"|son|partner|she|he)(?: is|'s| has been|'s been)? (?:currently |already |still )?(?:on"
    r"|taking|takes|prescribed|uses|using|receiving|maintained on)"
    r"|with my|stop the|off the|put me on|put (?:him|her|them) on)\b",
    re.IGNORECASE,
)


def gives_age_of_child(question: str) -> bool:
    """Return whether the question gives somebody's age as under 18.

    >>> [gives_age_of_child(text) for text in ("my 10 year old", "a 71-year-old", "a 9-year-old trial")]
    [True, False, False]
    """
    return bool(_CHILD_AGE.search(question))


def gives_age_of_older(question: str) -> bool:
    """Return whether the question gives somebody's age as 65 or more: older adults, as prescribing guidance has it.

    >>> [gives_age_of_older(text) for text in ("I'm 74 though", "78-year-old?", "a 40-year-old", "74 % of women")]
    [True, True, False, False]
    """
    return bool(_OLDER_AGE.search(question))


def speaks_of_oneself(message: str) -> bool:
    """Return whether somebody writes of themselves or their own people, and not of a patient.

    >>> [speaks_of_oneself(text) for text in ("I took 40 tablets", "my mum can't breathe", "my patient took 40")]
    [True, True, False]
    """
    return bool(_ONESELF.search(message)) and not _OF_A_PATIENT.search(message)


def is_denied(question: str, start: int) -> bool:
    """Return whether what stands at ``start`` is said to be normal or absent ("with *normal* kidneys").

    >>> [is_denied(text, text.index("kidney")) for text in ("with normal kidneys", "with bad kidneys")]
    [True, False]
    """
    return bool(_DENIED.search(question[:start]))


def says_taking(question: str) -> bool:
    """Return whether the question says that somebody takes the medicines it names."""
    return bool(_TAKES.search(question))
