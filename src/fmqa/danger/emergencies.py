"""Tells a message about an emergency that is happening from a question about such emergencies, with the text to answer.

Signs tell those whose words they know (``fmqa.danger.signs``); a judgement fitted when the index was built tells others
(``fmqa.danger.judgement``). Without one, as in an index that was built without labelled messages, signs alone decide.

The texts are fixed, so that they never depend on retrieval. They follow the red flags on which guideline and label
texts ask for urgent care, name no dose, and never tell anyone to stop a prescribed medicine on their own decision.
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
