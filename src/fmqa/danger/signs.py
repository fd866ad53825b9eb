"""The dangers, read from data, and the matcher of their signs.

Each file in ``dangers/`` describes one danger: its texts, its signs, and messages that tell of it or only look like it.
The files are in order of gravity, and the first danger with a matching sign is the answer. A sign counts only where the
message reports it of a particular person, now, and does not deny it (see ``fmqa.danger.utterances``).
"""

import re
from collections.abc import Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Final, Literal

from pydantic import Field

from fmqa.danger import data, drugs, rows
from fmqa.danger.utterances import Segment, Weight, read, says
from fmqa.text.spelling import Speller, normal
from fmqa.types import Record, Slug

Level = Literal["now", "same day", "prompt"]
Words = tuple[str, ...]


class Near(Record):
    """A row of one list and a row of another, in either order, with at most ``near`` words between."""

    near: int = Field(ge=0, le=9)
    one: Words = Field(min_length=1)
    other: Words = Field(min_length=1)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of both."""
        return rows.near(self.one, self.other, self.near)

    @cached_property
    def _half(self) -> re.Pattern[str]:
        """What stands in every match: the rows of the shorter list."""
        return re.compile(min(rows.one_of(self.one), rows.one_of(self.other), key=len))

    def is_in(self, words: str) -> bool:
        """Whether it is in some words: of most, half of it tells, and the long pattern of both is never compiled."""
        return self._half.search(words) is not None and self.pattern.search(words) is not None


class AnyOf(Record):
    """Any row of a list."""

    any: Words = Field(min_length=1)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of the list."""
        return rows.any_of(self.any)

    def is_in(self, words: str) -> bool:
        """Whether it is in some words."""
        return self.pattern.search(words) is not None


class Sign(Record):
    """A sign of a danger: which words a message must contain, and how it must say them."""

    what: str = Field(min_length=5, description="The sign in words, for whoever reviews it; unique in its danger.")
    all: tuple[AnyOf | Near, ...] = Field((), description="Each of these must be reported and not denied.")
    some: tuple[AnyOf | Near, ...] = Field((), description="At least ``least`` of these must be.")
    least: int = 0
    named: tuple[Slug, ...] = Field((), description="Lists or drug classes that must be named anywhere.")
    acute: bool = Field(False, description="The message must also say that it is new or happening now.")
    plain: bool = Field(False, description="It counts even where no person is mentioned (want to die).")
    supposed: bool = Field(False, description="It counts after if too (what if my son swallowed one).")
    yes: Words = Field(min_length=1, description="Messages in which this sign must be found.")


class Danger(Record):
    """A kind of emergency: its fixed texts, its signs, and what only looks like one."""

    id: str = Field(pattern=r"^RF-\d+$")
    title: str
    level: Level = Field(description="How soon the person must be seen.")
    conditions: tuple[Slug, ...] = Field(description="Concepts by which to find what a label says of this danger.")
    source: str = Field(min_length=10, description="Where the signs and the texts are from.")
    note: str = ""
    patient: str
    clinician: str
    signs: tuple[Sign, ...] = ()
    look_alikes: Words = Field((), description="Words that are blanked before any sign is looked for.")
    hints: Words = Field(min_length=1, description="Wider words, which only weigh in the fitted judgement.")
    no: Words = Field(min_length=1, description="Messages in which no sign of this danger may be found.")

    @cached_property
    def blanked(self) -> re.Pattern[str] | None:
        """The pattern of what only looks like a sign."""
        return rows.any_of(self.look_alikes) if self.look_alikes else None

    @cached_property
    def hinted(self) -> re.Pattern[str]:
        """The pattern of the wider words."""
        return rows.any_of(self.hints)


GENERAL: Final = "RF-20"
"""The danger that is told where a message reads like an emergency and it is not clear of which kind."""


@cache
def dangers() -> Mapping[str, Danger]:
    """Return the dangers by id, the gravest first, their texts spelled out.

    Raises: BadCorpus naming the file that is wrong.
    """
    found = (
        danger.model_copy(update={"patient": spelled_out(danger.patient), "clinician": spelled_out(danger.clinician)})
        for danger in data.of_folder("dangers", Danger)
    )
    return MappingProxyType({danger.id: danger for danger in found})


def spelled_out(text: str) -> str:
    """Return a fixed text with the phrases and drug classes that it names in braces written out."""
    for name, phrase in rows.shared().phrases.items():
        text = text.replace(f"{{{name}}}", phrase)
    return drugs.spoken(text)


@cache
def speller() -> Speller:
    """Return what corrects typos in the words that matter here."""
    shared = rows.shared()
    return Speller((*map(normal, shared.spelled), *drugs.generics()), map(normal, shared.never_respelled))


def first(message: str) -> str | None:
    """Return the id of the gravest danger of which a sign fires, or None.

    >>> first("my mum can't be woken after her tablets")
    'RF-4'
    """
    said = read(message, speller())
    if not any(segment.weight or segment.supposed for segment in said.segments):
        return None
    for danger in dangers().values():
        if any(may_hold(sign, said.words) and holds(sign, said.segments, danger.blanked) for sign in danger.signs):
            return danger.id
    return None


def fires(sign: Sign, danger: Danger, message: str) -> bool:
    """Whether one sign of a danger matches a message, regardless of other signs and dangers."""
    said = read(message, speller())
    return may_hold(sign, said.words) and holds(sign, said.segments, danger.blanked)


def may_hold(sign: Sign, words: str) -> bool:
    """Whether a message contains the words of a sign at all; for most messages this quick test decides."""
    return (
        all(part.is_in(words) for part in sign.all)
        and all(rows.pattern(name).search(words) for name in sign.named)
        and sum(part.is_in(words) for part in sign.some) >= sign.least
    )


def holds(sign: Sign, segments: tuple[Segment, ...], blanked: re.Pattern[str] | None) -> bool:
    """Whether a sign is reported of a person, now, and not denied."""
    needed = Weight.STATEMENT if sign.plain else Weight.REPORT
    counting = [
        segment._replace(text=blanked.sub("~", segment.text)) if blanked else segment
        for segment in segments
        if segment.weight >= needed or (sign.supposed and segment.supposed)
    ]
    if sign.acute and not any(rows.pattern("acute").search(segment.text) for segment in counting):
        return False
    reported = sum(any(says(segment, part.pattern) for segment in counting) for part in sign.some)
    return reported >= sign.least and all(any(says(segment, part.pattern) for segment in counting) for part in sign.all)
