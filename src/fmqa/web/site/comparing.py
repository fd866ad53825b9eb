"""Two documents side by side: what each says on an intervention, with the differences marked."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from fastapi import FastAPI, Request, Response

from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import NotFound
from fmqa.types import Document, DocumentKind, Metadata, Vocabulary
from fmqa.web import overview
from fmqa.web.overview import Said
from fmqa.web.site.frame import Site
from fmqa.web.streaming import Indexed, every_document

_NEWEST = 3  # guidelines that are offered against each other
Difference = Literal["directions differ", "grades differ", "the same direction", "only left", "only right", ""]
_ORDER: tuple[Difference, ...] = (
    "directions differ",
    "grades differ",
    "the same direction",
    "",
    "only left",
    "only right",
)


class Pair(NamedTuple):
    """What two documents say on one intervention."""

    label: str
    left: tuple[Said, ...]
    right: tuple[Said, ...]
    difference: Difference  # "": both speak of it, and one without a recorded direction

    @property
    def differs(self) -> bool:
        """Whether the two do not say the same, as far as their records tell."""
        return self.difference not in ("the same direction", "")


def compared(left: Document, right: Document, vocabulary: Vocabulary) -> tuple[Pair, ...]:
    """Return what two documents say on each intervention, those on which they differ first.

    Grades are compared only within one grading system: values of different systems cannot be. A statement that names
    several interventions stands with each of them.
    """
    matcher = Matcher(vocabulary)
    said = [_by_intervention(document, matcher) for document in (left, right)]
    pairs = []
    for concept in dict.fromkeys((*said[0], *said[1])):
        mine, theirs = (tuple(each.get(concept, ())) for each in said)
        pairs.append(Pair(matcher.label(concept), mine, theirs, _difference(mine, theirs)))
    pairs.sort(key=lambda pair: (_ORDER.index(pair.difference), pair.label.casefold()))
    return tuple(pairs)


def _by_intervention(document: Document, matcher: Matcher) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for span in document.statements:
        if overview.is_mapped(span):
            for concept in span.statement.interventions:
                found.setdefault(concept, []).append(overview.said_of(document, span, matcher))
    return found


def _difference(left: tuple[Said, ...], right: tuple[Said, ...]) -> Difference:
    if not (left and right):
        return "only left" if left else "only right"
    sides = [{one.direction for one in each} - {""} for each in (left, right)]
    if not all(sides):
        return ""
    if sides[0] != sides[1]:
        return "directions differ"
    systems = [dict(_values(each)) for each in (left, right)]
    shared = systems[0].keys() & systems[1].keys()
    return "grades differ" if any(systems[0][name] != systems[1][name] for name in shared) else "the same direction"


def _values(every: tuple[Said, ...]) -> Iterator[tuple[str, frozenset[str]]]:
    by_system: dict[str, set[str]] = {}
    for one in every:
        for words, shown in one.grades:
            by_system.setdefault(shown.grade.system, set()).add(words)
    for system, printed in by_system.items():
        yield system, frozenset(printed)


def add_pages(app: FastAPI, site: Site) -> None:
    """Add the comparison to an application."""

    @app.get("/compare", include_in_schema=False)
    def compare(request: Request, left: str = "", right: str = "") -> Response:
        index = site.assistant.index
        choices = site.kept.get(index.generation, ("comparable",), lambda: _comparable(index))
        offered = worth_comparing(choices)
        pairs: tuple[Pair, ...] | None = None
        chosen = {}
        if left and right:
            if left == right:
                raise NotFound("a document can only be compared with another one; choose two at /compare")
            first, second = index.document(left), index.document(right)
            chosen = {"left": first.metadata, "right": second.metadata}
            pairs = site.kept.get(
                index.generation, ("compared", left, right), lambda: compared(first, second, index.vocabulary)
            )
        return site.page(
            request,
            "compare.html",
            here="/compare",
            choices=choices,
            pairs=pairs,
            chosen=chosen,
            wanted=(left, right) if left or right or not offered else tuple(each.id for each in offered[0]),
            offered=offered,
        )


def worth_comparing(choices: Sequence[Metadata]) -> tuple[tuple[Metadata, Metadata], ...]:
    """Return what is worth comparing first: the editions of one guideline, then the newest guidelines of two bodies."""
    by_id = {each.id: each for each in choices}
    editions = [(each, by_id[each.superseded_by]) for each in choices if each.superseded_by in by_id]
    guidelines = [each for each in choices if each.kind is DocumentKind.GUIDELINE and not each.superseded_by]
    newest = sorted(guidelines, key=lambda each: -(each.year or 0))[:_NEWEST]
    others = [pair for pair in combinations(newest, 2) if pair[0].organisation != pair[1].organisation]
    return (*editions, *others)


def _comparable(index: Indexed) -> tuple[Metadata, ...]:
    """Return the documents that take sides: guidelines first, then reviews and trials."""
    kinds = [DocumentKind.GUIDELINE, DocumentKind.REVIEW, DocumentKind.TRIAL]
    held = (document for document in every_document(index) if document.metadata.kind in kinds)
    taking = [d.metadata for d in held if any(overview.is_mapped(span) for span in d.statements)]
    return tuple(sorted(taking, key=lambda m: (kinds.index(m.kind), m.short_title.casefold())))
