"""The notation of the word lists in this folder, and the patterns that are made from them.

A row is a regular expression over normal forms of words: lower case, singular, American spelling, "cannot", no
apostrophes (see ``fmqa.text.spelling``). It matches whole words. Three shorthands keep it readable:

* ``{opioid}`` is any row of the list or drug class of that name,
* ``yellow <3> eye`` allows up to three words between,
* ``breath*`` is a word with any ending.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from pydantic import Field

from fmqa.danger import data, drugs
from fmqa.errors import BadCorpus
from fmqa.types import Record

_LIST: Final = re.compile(r"\{([a-z][a-z-]*)\}")
_GAP: Final = re.compile(r" <(\d+)>(?= )")
_ENDING: Final = re.compile(r"(?<!\\)([a-z])\*")
_PLAIN: Final = re.compile(r"[a-z0-9 ]+")
_GROUP: Final = re.compile(r"(?<!\\)\((?!\?)")


class Reading(Record):
    """A vital sign or a blood value: how it is written, and its limits."""

    names: tuple[str, ...] = Field(min_length=1, description="Expressions over the message as written.")
    usual: tuple[float, float] = Field(description="Values between which it needs no immediate attention.")
    possible: tuple[float, float] = Field(description="Values outside which it is no reading.")


class WordLists(Record):
    """``lists.yaml``: what several dangers have in common."""

    phrases: dict[str, str]
    spelled: tuple[str, ...]
    never_respelled: tuple[str, ...]
    readings: dict[str, Reading]
    lists: dict[str, tuple[str, ...]]


class Utterances(Record):
    """``utterances.yaml``: the general English by which it is told what a segment says of whom."""

    contractions: dict[str, str]
    apostrophe_needed: frozenset[str]
    as_written: frozenset[str]
    people: frozenset[str]
    respelled: dict[str, str]
    lists: dict[str, tuple[str, ...]]


@cache
def shared() -> WordLists:
    """Return what several dangers have in common."""
    found: WordLists = data.load(data.FOLDER / "lists.yaml", WordLists)
    return found


@cache
def utterances() -> Utterances:
    """Return the word lists of general English, which are the same for every danger."""
    found: Utterances = data.load(data.FOLDER / "utterances.yaml", Utterances)
    return found


@cache
def lists() -> Mapping[str, tuple[str, ...]]:
    """Return the rows of every list by its name, the drug classes among them.

    Raises: BadCorpus if two lists have one name.
    """
    found: dict[str, tuple[str, ...]] = {}
    for part in (drugs.names(), shared().lists, utterances().lists):
        for name, rows in part.items():
            if name in found:
                raise BadCorpus(f"two lists have the name {name}")
            found[name] = rows
    return MappingProxyType(found)


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return the pattern for any row of a named list, as whole words."""
    return re.compile(rf"\b{_list(name)}\b")


def any_of(rows: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern for any of some rows, as whole words.

    >>> bool(any_of(["yellow <3> eye"]).search("yellow in both eye"))
    True
    """
    return re.compile(rf"\b{one_of(rows)}\b")


def near(one: Iterable[str], other: Iterable[str], gap: int) -> re.Pattern[str]:
    """Return the pattern for a row of each, in either order, with at most ``gap`` words between."""
    first, second = one_of(one), one_of(other)
    between = rf"(?:\s+\S+){{0,{gap}}}\s+"
    return re.compile(rf"\b(?:{first}{between}{second}|{second}{between}{first})\b")


def one_of(rows: Iterable[str]) -> str:
    """Return some rows as one alternation, to be put into a larger expression."""
    every = tuple(dict.fromkeys(rows))
    plain = tuple(row for row in every if _PLAIN.fullmatch(row))
    shared = [_letter_by_letter(plain)] if plain else []
    return "(?:" + "|".join([*shared, *(expression(row) for row in every if row not in plain)]) + ")"


def drug_classes(text: str, among: Iterable[str] | None = None) -> frozenset[str]:
    """Return the classes, of some or of all, of which a text in normal words names a drug or speaks.

    >>> sorted(drug_classes("gabapentin and a glass of wine"))
    ['alcohol', 'gabapentinoid']
    """
    wanted = drugs.classes() if among is None else among
    return frozenset(name for name in wanted if pattern(name).search(text))


def expression(row: str) -> str:
    """Return the regular expression that a row stands for.

    Raises: BadCorpus if it names a list that there is none of.
    """
    row = _ENDING.sub(r"\1\\w*", _GAP.sub(r"(?: \\S+){0,\1}", row))
    row = _GROUP.sub("(?:", row)
    return _LIST.sub(lambda match: _list(match.group(1)), row)


@cache
def _list(name: str) -> str:
    """Return the expression of a named list."""
    if name not in lists():
        raise BadCorpus(f"there is no list named {name}")
    return one_of(lists()[name])


def _letter_by_letter(found: tuple[str, ...]) -> str:
    """Return an expression for any of some rows of plain words that shares what they begin with.

    Hundreds of names as one alternation would be tried one after the other at every word; letter by letter they cost
    little.
    """
    rest: dict[str, list[str]] = {}
    for name in found:
        if name:
            rest.setdefault(name[0], []).append(name[1:])
    branches = [letter + _letter_by_letter(tuple(ends)) for letter, ends in rest.items()]
    if not branches:
        return ""
    inside = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
    return f"(?:{inside})?" if "" in found else inside
