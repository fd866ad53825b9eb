"""Recognises whom a question is about: a child, an old person, somebody who takes a medicine."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from fmqa.corpus.vocabulary import Matcher
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
    r"|\b(?:i(?:['’]m| am)|(?:s?he|patient|mother|mum|mom|nan|gran|father|dad|husband|wife|daughter|son)(?:['’]s| is))"
    rf" (?P<is>1[89]|[2-9]\d|1[01]\d){_NO_AGE}(?! (?:weeks|months|days))"
    rf"|\b(?:man|woman|lady|gentleman|male|female|patient|boy|girl) of (?P<of>{_AGED}){_NO_AGE}"
    r"(?! (?:weeks|months|days))",
    re.IGNORECASE,
)
_AGE_AT_LEAST: Final = re.compile(
    r"\b(?:over|above|older than) (?:the age of )?(?P<over>[2-9]\d|1[01]\d)\b(?!\s?(?:%|kg|mg))", re.IGNORECASE
)
_ONESELF: Final = re.compile(r"\b(?:i|i['’]?m|i['’]?ve|me|my|myself)\b", re.IGNORECASE)
_MEASURED: Final = re.compile(
    r"\W{0,3}?(?:(?:of|is|was|at|about|around|now|only|came back(?: at)?|down to|up to) ){0,2}"
    r"(?P<bound>[<>≤≥]|(?:under|below|less than|over|above|more than) )?\s?"
    r"(?P<value>\d{1,3}(?:\.\d+)?)"
    r"(?![\d.]*\s*(?:mg|mcg|g|y|yr|yrs|years?|weeks?|months?|days?|%|[a-z]*/|[a-z]\b)(?<!ml/))",
    re.IGNORECASE,
)
"""A value after the name of what is measured: "eGFR 50", "a clearance of 25 mL/min"; no dose and no age."""
_BARE: Final = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d+)?(?![\w.]|[-–]\d|\s*(?:mg|mcg|g|y|yr|yrs|years?|weeks?|months?|days?|%)\b)"
)
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
    r"|(?:and|who|already) (?:takes|is taking|is on)|with my|stop the|off the|put me on|put (?:him|her|them) on)\b",
    re.IGNORECASE,
)


_YOUNG: Final = re.compile(
    r"(?:\b(?:under|below|younger than|less than)|[<≤])\s?(?:the age of )?(?:[1-9]|1[0-8])\s?(?:years?|yrs?|y\b)",
    re.IGNORECASE,
)


class Group(NamedTuple):
    """A group of people that what is said of others may not hold for, and the words that speak of it."""

    name: str
    words: frozenset[str]

    def is_told_by_age(self, text: str) -> bool:
        """Return whether a text speaks of the group by an age alone.

        >>> next(iter(groups(["kids"]))).is_told_by_age("It is not licensed below 16 years.")
        True
        """
        return self.name == "children" and bool(_YOUNG.search(text))


@cache
def every_group() -> tuple[Group, ...]:
    """Return the groups of people that are told apart."""
    lines = files("fmqa.question").joinpath("groups.txt").read_text("utf-8").splitlines()
    rows = (line.partition(":") for line in lines if line.strip())
    return tuple(Group(name.strip(), frozenset(words.split())) for name, _, words in rows)


def groups(words: Iterable[str]) -> tuple[Group, ...]:
    """Return the groups of people that some lower-case words name, such as pregnant women.

    >>> [group.name for group in groups(["dose", "kids"])]
    ['children']
    """
    named = frozenset(words)
    return tuple(group for group in every_group() if named & group.words)


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
    said = (match["old"] or match["aged"] or match["is"] or match["of"]).lower()
    number = _IN_WORDS.index(said) + 1 if said in _IN_WORDS else int(said)
    return number / 12 if match["months"] or match["young"] else number


def _beyond(bound: str | None) -> Decimal:
    """Return what is added to a limit for a value beyond it: "<30" is in the range that ends at 29."""
    told = (bound or "").strip()
    return Decimal(-1) if told in ("<", "under", "below", "less than") else Decimal(bool(told) and told not in "≤≥")


def measured(question: str, populations: Iterable[str], matcher: Matcher) -> tuple[Measured, ...]:
    """Return the value that a question gives of each group of people that is told by a measurement.

    A number alone ("it was 38") is that of the one group that the talk is about.

    Args:
        question: What is asked.
        populations: Concepts of the groups that it is about, said in it or before.
        matcher: What the groups are called, and which of their names are of a measurement.
    """
    names = {group: {name.lower() for name in matcher.get(group).measured_by} for group in populations}
    names = {group: of for group, of in names.items() if of}
    mentions = [mention for mention in matcher.mentions(question) if mention.concept in names] if names else []
    found: dict[str, Decimal] = {}
    for mention in mentions:
        told = _MEASURED.match(question, mention.end)
        if told and question[mention.start : mention.end].lower() in names[mention.concept]:
            found.setdefault(mention.concept, Decimal(told["value"]) + _beyond(told["bound"]))
    bare = _BARE.findall(question)
    if not mentions and len(names) == 1 and len(bare) == 1:
        found = dict.fromkeys(names, Decimal(bare[0]))
    return tuple(Measured(concept=concept, value=value) for concept, value in found.items())


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
