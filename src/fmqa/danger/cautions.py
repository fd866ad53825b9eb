"""Cautions: fixed warnings about dangerous acts with a class of drugs, where there is no emergency.

"Can I drink on gabapentin?" and "I stopped it overnight" need no ambulance, but an answer must not ignore them. The
text of a caution stands above whatever else is answered. ``cautions.yaml`` holds the cautions.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from types import MappingProxyType

from pydantic import Field

from fmqa.danger import data, drugs, rows, signs
from fmqa.danger.utterances import Segment, Weight, read, says
from fmqa.types import Audience, Record, Slug


class Caution(Record):
    """A dangerous act with some drugs, and the fixed words to warn of it."""

    id: str = Field(pattern=r"^DC-\d+$")
    title: str
    classes: tuple[tuple[Slug, ...], ...] = Field(
        description="Of each group, one class must be named: the drugs that the act is dangerous with."
    )
    words: tuple[str, ...] = Field((), description="Rows, one of which must be said: the act. None: naming is enough.")
    unless: tuple[str, ...] = Field((), description="Rows that are blanked first: they only look like the act.")
    conditions: tuple[Slug, ...] = ()
    source: str = Field(min_length=10)
    patient: str
    clinician: str
    yes: tuple[str, ...] = Field(min_length=2, description="Messages that must bring it up.")
    no: tuple[str, ...] = Field(min_length=1, description="Messages that must not.")

    @cached_property
    def said(self) -> re.Pattern[str] | None:
        """The pattern of the act."""
        return rows.any_of(self.words) if self.words else None

    @cached_property
    def blanked(self) -> re.Pattern[str] | None:
        """The pattern of what only looks like the act."""
        return rows.any_of(self.unless) if self.unless else None


@cache
def cautions() -> Mapping[str, Caution]:
    """Return the cautions by id, the gravest first, with their texts spelled out.

    Raises: BadCorpus if the file is wrong.
    """
    found: list[Caution] = data.load(data.FOLDER / "cautions.yaml", list[Caution])
    return MappingProxyType(
        {
            each.id: each.model_copy(
                update={
                    "patient": signs.spelled_out(each.patient),
                    "clinician": signs.spelled_out(each.clinician),
                }
            )
            for each in found
        }
    )


@cache
def _classes() -> frozenset[str]:
    """Return the classes of drugs that some caution is about."""
    return frozenset(name for caution in cautions().values() for group in caution.classes for name in group)


def raised_by(message: str) -> tuple[Caution, ...]:
    """Return the cautions that a message brings up, the gravest first; also a message that only asks.

    >>> [caution.id for caution in raised_by("Can I have a glass of wine with my gabapentin?")]
    ['DC-2']
    """
    read_as = read(message, signs.speller())
    named = rows.drug_classes(read_as.words, _classes())
    affirmed = " ".join(segment.text for segment in read_as.segments if not segment.denied)
    told = (*read_as.segments, Segment(affirmed, Weight.NOTHING))  # an act may be told over a comma
    return tuple(each for each in cautions().values() if _raised(each, told, named))


def warning(message: str, audience: Audience) -> tuple[str, ...]:
    """Return the words of the gravest caution that a message brings up, for the one who asks; none if there is none.

    One is said, not all: a reader who is warned of three things at once heeds none.
    """
    return tuple(each.patient if audience is Audience.PATIENT else each.clinician for each in raised_by(message))[:1]


def faults() -> list[str]:
    """Return the examples that fail and the classes that there are none of, a line a fault."""
    found: list[str] = []
    for each in cautions().values():
        unknown = {name for group in each.classes for name in group} - set(drugs.classes())
        found += [f"{each.id}: there is no class of drugs named {name}" for name in sorted(unknown)]
        found += [f"{each.id}: not brought up by {message!r}" for message in each.yes if each not in raised_by(message)]
        found += [f"{each.id}: brought up by {message!r}" for message in each.no if each in raised_by(message)]
    return found


def _raised(caution: Caution, told: Iterable[Segment], named: frozenset[str]) -> bool:
    """Return whether the drugs of a caution are named and its act is told or asked of, and not denied."""
    if not all(named.intersection(group) for group in caution.classes):
        return False
    if caution.said is None:
        return True
    blanked = caution.blanked
    if blanked is not None:
        told = (segment._replace(text=blanked.sub("~", segment.text)) for segment in told)
    return any(says(segment, caution.said) for segment in told)
