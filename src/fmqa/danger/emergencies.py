"""Decides whether a message tells of an emergency that is happening now, and gives the fixed text to answer with.

Two things decide: signs, which match known words (``fmqa.danger.signs``), and a fitted judgement for other wordings
(``fmqa.danger.judgement``). An index that was built without labelled messages has no judgement; then signs decide
alone.

The texts are fixed, so that they never depend on retrieval. They follow the red flags for which guidelines and labels
ask for urgent care, name no dose, and never tell anyone to stop a prescribed medicine by their own decision.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pydantic import Field

from fmqa.danger import signs
from fmqa.danger.features import Encode
from fmqa.danger.judgement import Urgency
from fmqa.types import Record, Slug


class Emergency(Record):
    """An emergency that a message tells of, with the fixed words to answer it."""

    rule: str = Field(description="Id of the danger, RF-1 to RF-20.")
    title: str
    level: signs.Level = Field(description="How soon the person must be seen.")
    clinician: str
    patient: str
    conditions: tuple[Slug, ...] = Field(description="Concepts by which to find what a label says of this danger.")


@cache
def emergencies() -> Mapping[str, Emergency]:
    """Return every emergency by the id of its danger, the gravest first."""
    return MappingProxyType(
        {
            danger.id: Emergency(
                rule=danger.id,
                title=danger.title,
                level=danger.level,
                clinician=danger.clinician,
                patient=danger.patient,
                conditions=danger.conditions,
            )
            for danger in signs.dangers().values()
        }
    )


def detect(message: str, urgency: Urgency | None = None, encode: Encode | None = None) -> Emergency | None:
    """Return the gravest emergency that a message tells of, or None.

    Args:
        message: Any text.
        urgency: The judgement stored with the index; without it signs alone decide.
        encode: The encoder of that index.

    >>> detect("my mum can't be woken after her tablets").title
    'Emergency: breathing problem or cannot be woken'
    >>> detect("What are the symptoms of serotonin syndrome?") is None
    True
    """
    rule = signs.first(message)
    if urgency is not None and encode is not None:
        rule = urgency.kind(message, rule, encode)
    return emergencies()[rule] if rule else None
