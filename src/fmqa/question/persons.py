"""Recognises whom a question is about: a child, an old person, somebody who takes a medicine."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from fmqa.corpus.vocabulary import Mention
from fmqa.types import Measured

_IN_WORDS: Final = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen".split()
)
_AGED: Final = rf"(?:1[01]\d|[1-9]\d?|{'|'.join(_IN_WORDS)})"
_NO_AGE: Final = r"(?!\d|\.\d|\s?(?:%|kg|mg|cm|per))\b"
_AGE: Final = re.compile(
    rf"(?<![\d.,-])\b(?P<old>{_AGED})[ -]?(?:(?:years?|yrs?|(?P<months>months?))[ -]old|y\.?/?o\b)"
    r"(?! (?:guideline|trial|study|review|article|paper|evidence|data|document)s?\b)"
    rf"|\baged?(?: of)? (?P<aged>{_AGED}){_NO_AGE}(?P<young> (?:weeks|months|days))?"
    # "She is 9" may be on weeks or a score; "she is 74" is her age.
    r"|\b(?:i(?:['’]m| am)|s?he(?:['’]s| is)|(?:patient|mother|mum|mom|father|dad|husband|wife) is)"
    rf" (?P<is>1[89]|[2-9]\d|1[01]\d){_NO_AGE}(?! (?:weeks|months|days))",
    re.IGNORECASE,
)
_AGE_AT_LEAST: Final = re.compile(
    r"\b(?:over|above|older than) (?:the age of )?(?P<over>[2-9]\d|1[01]\d)\b(?!\s?(?:%|kg|mg))", re.IGNORECASE
)
_ONESELF: Final = re.compile(r"\b(?:i|i['’]?m|i['’]?ve|me|my|myself)\b", re.IGNORECASE)
_MEASURED: Final = re.compile(r"\s*(?:of|is|was|at|now|about|around|[:=~])?\s*(?P<value>\d{1,4}(?:\.\d+)?)\b(?![-%])")
_OF_A_PATIENT: Final = re.compile(r"\b(?:patients?|pts?|case)\b|\by/?o\b", re.IGNORECASE)
_DENIED: Final = re.compile(
    r"\b(?:normal|healthy|good|not|no|without|never|denies)"
    r"(?: (?:on|taking|take|takes|any|using|been on|other))*\s+$"
    r"|n['’]t (?:on|take|taking|use|using|have|taken)(?: any)?\s+$",
    re.IGNORECASE,
)
_TAKES: Final = re.compile(
    r"\b(?:i(?:'m| am|'ve been| have been)? (?:currently |already |still )?(?:take|taking|on"
    r"|use|using|prescribed|given)"
    r"|(?:my |the |this |our |a )?(?:patient|mother|mum|mom|father|dad|husband|wife|daughter"
    r"|son|partner|she|he)(?: is|'s| has been|'s been)? (?:currently |already |still )?(?:on"
    r"|taking|takes|prescribed|uses|using|receiving|maintained on)"
    r"|with my|stop the|off the|put me on|put (?:him|her|them) on)\b",
    re.IGNORECASE,
)


def populations_of_age(question: str, ages: Mapping[str, str]) -> tuple[str, ...]:
    """Return the populations that an age given in the question implies.

    Args:
        question: What is asked.
        ages: Population -> the ages that belong to it, as ``<18`` or ``>=65``.

    >>> ages = {"children": "<18", "older-adults": ">=65"}
    >>> [populations_of_age(text, ages) for text in ("my 10 year old", "I'm 74 though", "a 9-year-old trial", "74 %")]
    [('children',), ('older-adults',), (), ()]
    """
    exact = [_years(match) for match in _AGE.finditer(question)]
    least = [int(match["over"]) for match in _AGE_AT_LEAST.finditer(question)]
    found = []
    for population, bound in ages.items():
        if bound.startswith("<"):
            holds = any(age < int(bound.removeprefix("<")) for age in exact)
        else:
            holds = any(age >= int(bound.removeprefix(">=")) for age in (*exact, *least))
        if holds:
            found.append(population)
    return tuple(found)


def _years(match: re.Match[str]) -> float:
    said = (match["old"] or match["aged"] or match["is"]).lower()
    number = _IN_WORDS.index(said) + 1 if said in _IN_WORDS else int(said)
    return number / 12 if match["months"] or match["young"] else number


def measured(question: str, mentions: Sequence[Mention]) -> tuple[Measured, ...]:
    """Return the figures that a question gives for what it names ("eGFR 40", "with a clearance of 40 mL/min")."""
    found = ((mention, _MEASURED.match(question, mention.end)) for mention in mentions)
    return tuple(Measured(concept=mention.concept, value=Decimal(told["value"])) for mention, told in found if told)


def speaks_of_oneself(message: str) -> bool:
    """Return whether somebody writes of themselves or their own people, and not of a patient.

    >>> [speaks_of_oneself(text) for text in ("I took 40 tablets", "my mum can't breathe", "my patient took 40")]
    [True, True, False]
    """
    return bool(_ONESELF.search(message)) and not _OF_A_PATIENT.search(message)


def is_denied(question: str, start: int) -> bool:
    """Return whether what stands at ``start`` is said to be normal, absent or not taken ("with *normal* kidneys").

    >>> [is_denied(text, text.index("kidney")) for text in ("with normal kidneys", "with bad kidneys")]
    [True, False]
    >>> [is_denied(text, text.index("opioid")) for text in ("doesn't take any opioids", "on an opioid")]
    [True, False]
    """
    return bool(_DENIED.search(question[:start]))


def says_taking(question: str) -> bool:
    """Return whether the question says that somebody takes the medicines it names."""
    return bool(_TAKES.search(question))
