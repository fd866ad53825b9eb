"""CDS Hooks: a card of information in a record system, on the medicines that are about to be ordered.

Only the names of medicines are read from what the record system sends, and nothing of it is kept. A card informs: it
says what the sources say of a treatment that they know, with its citations, and suggests nothing.

Source: https://cds-hooks.hl7.org/2.0/
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from fmqa.corpus.vocabulary import Matcher
from fmqa.types import Answer, ConceptKind, Status, Vocabulary
from fmqa.web import exports

SERVICE_ID: Final = "fmqa-evidence"
_MOST_CARDS: Final = 3
_SUMMARY: Final = 140  # characters that a card's first line may have
_QUESTION: Final = "What do guidelines say about {label}?"
_TELLS: Final = frozenset({Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT})


class Call(BaseModel):
    """What a record system sends: of its context only the orders are looked at."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    hook: str = Field(max_length=100)
    hookInstance: str = Field(max_length=100)  # noqa: N815 - the name that the specification gives
    context: dict[str, Any] = {}


class Link(BaseModel):
    """Where more is found."""

    label: str
    url: str
    type: str = "absolute"


class CardSource(BaseModel):
    """Who says what a card says."""

    label: str
    url: str


class Card(BaseModel):
    """One card of information."""

    summary: str = Field(max_length=_SUMMARY)
    indicator: str = "info"
    detail: str
    source: CardSource
    links: list[Link]


class Cards(BaseModel):
    """The cards for one call; none is an answer too."""

    cards: list[Card]


class Service(BaseModel):
    """What a record system can call, and when."""

    hook: str
    title: str
    description: str
    id: str
    usageRequirements: str  # noqa: N815 - the name that the specification gives


class Services(BaseModel):
    """All that can be called."""

    services: list[Service]


SERVICES: Final = Services(
    services=[
        Service(
            hook="order-select",
            title="What guidelines and labels say",
            description="For medicines that are being ordered: what the sources of this fmqa say, with citations.",
            id=SERVICE_ID,
            usageRequirements="Reads the names of medicines in draftOrders, and nothing else.",
        )
    ]
)


def cards(call: Call, vocabulary: Vocabulary, ask: Callable[[str], Answer], base_url: str) -> Cards:
    """Return a card for each treatment that the orders name and the sources know, at most three.

    Args:
        call: What the record system sent.
        vocabulary: Knows treatments by their names.
        ask: Answers a question.
        base_url: Address of the service, for links.
    """
    matcher = Matcher(vocabulary)
    treatments = {c.id: c.label for c in vocabulary.concepts if c.kind is ConceptKind.INTERVENTION}
    mentioned = (mention.concept for name in ordered(call.context) for mention in matcher.mentions(name))
    named = [concept for concept in dict.fromkeys(mentioned) if concept in treatments]
    answers = (
        (treatments[concept], ask(_QUESTION.format(label=treatments[concept]))) for concept in named[:_MOST_CARDS]
    )
    return Cards(cards=[_card(label, answer, base_url) for label, answer in answers if answer.status in _TELLS])


def ordered(context: dict[str, Any]) -> Iterator[str]:
    """Return the names of the medicines in the drafts of orders, as text or as the display of a code."""
    drafts = context.get("draftOrders")
    entries = drafts.get("entry") if isinstance(drafts, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield from _names(resource)


def _names(resource: dict[str, Any]) -> Iterator[str]:
    """Return the names of a MedicationRequest of R4 or R5."""
    medication = resource.get("medication")
    concept = resource.get("medicationCodeableConcept") or (
        medication.get("concept") if isinstance(medication, dict) else None
    )
    if not isinstance(concept, dict):
        return
    codings = concept.get("coding")
    texts = [concept.get("text"), *(each.get("display") for each in codings or [] if isinstance(each, dict))]
    yield from (text for text in texts if isinstance(text, str))


def _card(label: str, answer: Answer, base_url: str) -> Card:
    said, after = exports.reply(answer, _QUESTION.format(label=label), base_url)
    first = answer.statements[0].text
    summary = f"{label}: {first}"
    return Card(
        summary=summary if len(summary) <= _SUMMARY else f"{summary[: _SUMMARY - 1].rsplit(' ', 1)[0]}…",
        detail=f"{said}\n\n{after}",
        source=CardSource(label="fmqa", url=base_url),
        links=[Link(label=source.short_title, url=source.link) for source in _originals(answer)],
    )


def _originals(answer: Answer) -> list[Any]:
    """Return the first source of each original that has an address."""
    return list({source.link: source for source in reversed(answer.sources) if source.link}.values())[::-1]
