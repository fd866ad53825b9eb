r"""Rows of words: the notation in which every list of this folder is written, and the patterns made of it.

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
    """Return the words of general English."""
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
    return "(?:" + "|".join(map(expression, rows)) + ")"


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
    if name in drugs.expressions():
        return f"(?:{drugs.expressions()[name]})"
    if name in lists():
        return one_of(lists()[name])
    raise BadCorpus(f"there is no list named {name}")
