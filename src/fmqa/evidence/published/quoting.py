"""What documents as published say on a question, each quotation with its chance of answering."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from fmqa.evidence.catalogue import Catalogue, quoted, said, says_again
from fmqa.evidence.library import Library
from fmqa.evidence.published import amounts, forms, weighing
from fmqa.evidence.published.weighing import Candidate
from fmqa.evidence.ranking import ANSWERS, CUT
from fmqa.evidence.searching import Found, nearness
from fmqa.text import figures
from fmqa.types import EvidenceStatement

MORE: Final = 0.2
"""How much more of what is asked one statement holds, where the other is taken to be on another subject."""
SURE: Final = 0.5
"""The chance from which a quotation answers for sure: it leads before a likelier one of a less trusted document."""
_FARTHEST: Final = 10  # that much likelier may be what holds for another amount than the one asked about
MOST: Final = 3
"""Quotations that documents as published give an answer."""


class Published(NamedTuple):
    """What was found, the highest trust first and the likeliest first of each; nothing: they do not answer."""

    statements: tuple[EvidenceStatement, ...] = ()
    coverage: float = 0.0  # share of what is asked that the best of them holds, with its headings and title

    @property
    def chance(self) -> float:
        """The chance that the first of them answers."""
        return self.statements[0].score if self.statements else 0.0


def quote(found: Found, library: Library) -> Published:
    """Return what documents as published answer to a query; nothing if it is too likely to be wrong.

    Of those that surely answer, the ones of the most trusted documents come first. Others follow, with at least the
    chance with which anything is said beside the first, or a third of that of a likeliest one that is unsure itself.
    """
    if found.published is None:
        return Published()
    query, catalogue = found.asked_of_published, library.catalogue
    every = weighing.candidates(query, found.published, nearness(query, found.published, catalogue), catalogue)
    chances = weighing.chances(every).tolist()
    highest = max(chances, default=0.0)
    if highest < (ANSWERS if found.open is None else ANSWERS / 2):  # which document is asked is known then
        return Published()
    # A question about 5 cm is not answered by what holds for 10, where something says what holds for 5.
    likely = [pair for pair in zip(every, chances, strict=True) if pair[1] >= highest / _FARTHEST]
    stays = amounts.fitting([_with_heading(each, catalogue) for each, _ in likely], query.asks.amounts)
    likely = [pair for pair, stay in zip(likely, stays, strict=True) if stay]
    highest = max((chance for _, chance in likely), default=0.0)
    if highest < ANSWERS / 2:
        return Published()
    likely = [pair for pair in likely if pair[1] >= min(CUT, highest / 3)]
    numbers = set() if query.years else set(query.asks.numbers)
    if numbers and numbers <= set(figures.numbers(likely[0][0].text)):
        likely = [pair for pair in likely if numbers <= set(figures.numbers(pair[0].text))]
    made = [(each, _evidence(each, chance, catalogue)) for each, chance in likely[: 2 * MOST]]
    asked = forms.asked_for(query, query.asks.words)
    kept = _once(sorted(made, key=lambda pair: _order(pair, made[0], asked)))[:MOST]
    return Published(tuple(statement for _, statement in kept), max(each.reasons["passage"] for each, _ in kept))


def _with_heading(candidate: Candidate, catalogue: Catalogue) -> str:
    """Return what would be quoted below the heading that it stands under: that says whom it is for."""
    headings = catalogue.index.passage(candidate.row).headings
    return "\n".join((*headings[-1:], candidate.text))


_Made = tuple[Candidate, EvidenceStatement]


def _order(quotation: _Made, likeliest: _Made, asked: forms.Forms) -> tuple[bool, int, bool, float]:
    """Return the place of a quotation: what surely answers before the rest, and of that the most trusted first.

    Of equals, one that says by its form what is asked for goes before others: what must not be, a dose, a grade. Where
    the likeliest is not sure itself, one of the form that may answer at all is its equal.

    Args:
        quotation: What is quoted, and its evidence statement.
        likeliest: The likeliest one; what holds far less of what is asked is on another subject.
        asked: What is asked for by its form.
    """
    candidate, statement = quotation
    of_form = asked.all_said(candidate.text, graded=bool(statement.grades))
    meets = of_form and statement.score >= min(likeliest[1].score, ANSWERS) / 2
    equal = meets and asked.asks and likeliest[1].score < SURE
    sure = statement.score >= min(SURE, likeliest[1].score) or equal
    on_subject = candidate.reasons["passage"] > likeliest[0].reasons["passage"] - MORE
    leads = sure and on_subject
    return not leads, statement.trust.rank if leads else 0, not meets, -statement.score


def _once(found: Sequence[_Made]) -> list[_Made]:
    kept: list[_Made] = []
    for each, statement in found:
        if not any(says_again(said(statement), said(other)) for _, other in kept):
            kept.append((each, statement))
    return kept


def _evidence(candidate: Candidate, chance: float, catalogue: Catalogue) -> EvidenceStatement:
    """Return what a candidate quotes."""
    return in_lines(
        quoted(catalogue, candidate.row, candidate.span, candidate.stem, candidate.record, round(chance, 6))
    )


def in_lines(made: EvidenceStatement) -> EvidenceStatement:
    """Return a quotation with its lines joined, below a heading that ends in a colon."""
    lines = [" ".join(line.split()) for line in made.anchor.quote.exact.splitlines() if line.strip()]
    opening = " ".join(made.stem.quote.exact.split()) if made.stem else ""
    if opening and made.statement is None and not opening.endswith(":"):
        opening += ":"
    return made.model_copy(update={"text": f"{opening} {'; '.join(lines)}".strip()})
