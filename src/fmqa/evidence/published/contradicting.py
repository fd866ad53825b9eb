"""Where a statement of lower trust says something else than one of higher trust: in direction, dose or grade.

Read from typed records and from the words: a side is what a grade or an effect says, or else whether the words advise
or advise against; doses are masses. What cannot be told from these is not called a contradiction.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations
from typing import Final

from fmqa.evidence.catalogue import Catalogue, concepts_of
from fmqa.grades.telling import side
from fmqa.text import figures
from fmqa.types import Contradiction, EvidenceStatement

_AGAINST: Final = re.compile(
    r"\b(?:do(?:es)? not (?:offer|initiate|use|start|give|take|recommend|prescribe|combine)|must not"
    r"|should not|shouldn['’]t|not recommended|recommends? against|advis\w+ against|contra-?indicat\w+|avoid|never)\b",
    re.IGNORECASE,
)
_FOR: Final = re.compile(
    r"\b(?:we recommend|recommends?|recommended|is safe|are safe|offer"
    r"|should (?:be )?(?:take|taken|given|offered|used|start|started)|must (?:be )?(?:take|taken|given)"
    r"|first[- ]line)\b",
    re.IGNORECASE,
)
_SIDES: Final = {"for": 1, "benefit": 1, "against": -1, "harm": -1, "no difference": -1, "research": -1}


def contradictions(told: Sequence[EvidenceStatement], catalogue: Catalogue) -> tuple[Contradiction, ...]:
    """Return each statement that contradicts one of higher trust on the same subject, once, with the first of those."""
    found: dict[str, Contradiction] = {}
    for one, other in combinations(told, 2):
        lower, higher = (one, other) if one.trust.rank > other.trust.rank else (other, one)
        if lower.trust.rank == higher.trust.rank or lower.id in found or not _same_subject(lower, higher, catalogue):
            continue
        differs = _differs_in(lower, higher)
        if differs is not None:
            found[lower.id] = Contradiction(lower.id, higher.id, differs)
    return tuple(found.values())


def _same_subject(one: EvidenceStatement, other: EvidenceStatement, catalogue: Catalogue) -> bool:
    """Return whether two statements are about one treatment, or class and member; without any, about one condition."""
    for field in ("interventions", "conditions"):
        mine, theirs = (concepts_of(each, field, catalogue) for each in (one, other))
        if mine or theirs:
            return any(not catalogue.kin[concept].isdisjoint(theirs) for concept in mine)
    return False


def _differs_in(one: EvidenceStatement, other: EvidenceStatement) -> str | None:
    sides = {_side(one), _side(other)}
    if sides == {1, -1}:
        return "direction"
    mine, theirs = _masses(one), _masses(other)
    if mine and theirs and all(mass < min(theirs) or mass > max(theirs) for mass in mine):
        return "dose"
    printed = [{(g.system, g.level, g.grade) for g in s.grades if g.level or g.grade} for s in (one, other)]
    if all(printed) and printed[0].isdisjoint(printed[1]):
        return "grade"
    return None


def _side(statement: EvidenceStatement) -> int:
    """Return 1 for, -1 against, 0 where neither is said."""
    told = side(statement.grades, statement.statement.effect if statement.statement else None)
    if told in _SIDES:
        return _SIDES[told]
    if _AGAINST.search(statement.text):
        return -1
    return 1 if _FOR.search(statement.text) else 0


def _masses(statement: EvidenceStatement) -> list[Decimal]:
    return [quantity.value for quantity in figures.quantities(statement.text) if quantity.unit == "mg"]
