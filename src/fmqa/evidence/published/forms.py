"""What a quotation says by its form: a dose by an amount, a grade by one that it bears, what must not be by a "not".

Who asks for a dose seldom finds the word: "Give 5 mg at night" is one. The words that ask for such a thing count as
said where the thing stands.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from fmqa.types import Query

_DOSE: Final = re.compile(r"dos(?:e|es|ed|age|ages|ing)|posology")
_GRADE: Final = re.compile(r"grades?|levels?|strengths?|strong(?:ly)?|certain(?:ty)?|recommendations?|evidence")
_FORBIDS: Final = re.compile(
    r"\b(?:must|should|may|can|do|does|is|are)(?: \w+)? (?:not|never)\b|\b(?:cannot|never)\b|\bnot (?:to )?be\b"
    r"|\bcontra-?indicat\w+|\bavoid(?:ed)?\b|\bnot (?:recommended|used|for|given)\b",
    re.IGNORECASE,
)
NOT: Final = "contraindicated"
"""The word that a question for what must not be done is taken to hold."""
_AMOUNT: Final = re.compile(
    r"(?<![\w.])\d[\d.,·–-]*+\s?(?:mg|g|mcg|[µμ]g|ml|iu|units?|mmol|meq|tablets?|capsules?|drops?|puffs?|sachets?)\b(?!\s?/\s?(?:min|h|l|dl)\b)"
    r"|[½¼¾]\s?tablets?\b",
    re.IGNORECASE,
)


def speaks_of_dose(text: str) -> bool:
    """Return whether a text speaks of a dose, or says that there is to be none.

    >>> [speaks_of_dose(text) for text in ("The dose is that of adults.", "Not for children.", "It causes itching.")]
    [True, True, False]
    """
    return bool(_FORBIDS.search(text) or re.search(rf"\b(?:{_DOSE.pattern})\b", text, re.IGNORECASE))


class Forms(NamedTuple):
    """The words of a question that ask for a form."""

    dose: tuple[str, ...]
    grade: tuple[str, ...]
    forbidden: bool = False  # whether what must not be done is asked for

    @property
    def asks(self) -> bool:
        """Whether anything is asked for by its form."""
        return bool(self.dose or self.grade or self.forbidden)

    def said(self, text: str, *, graded: bool) -> tuple[str, ...]:
        """Return those of the words that a text says by its form.

        >>> Forms(("dose",), ()).said("Give 5 mg at night.", graded=False)
        ('dose',)
        """
        dose = self.dose if self.dose and _AMOUNT.search(text) else ()
        forbids = (NOT,) if self.forbidden and _FORBIDS.search(text) else ()
        return (*dose, *(self.grade if graded else ()), *forbids)

    def all_said(self, text: str, *, graded: bool) -> bool:
        """Return whether a text says by its form all that is asked for; true where nothing is."""
        asked = len(self.dose) + len(self.grade) + self.forbidden
        return len(self.said(text, graded=graded)) == asked


def asked_for(query: Query, words: Iterable[str]) -> Forms:
    """Return which of the words of a query ask for a dose, and which for a grade where one is asked for."""
    every = tuple(words)
    grade = tuple(word for word in every if _GRADE.fullmatch(word)) if query.asks.grade else ()
    dose = tuple(word for word in every if _DOSE.fullmatch(word))
    return Forms(dose, grade, query.asks.forbidden)
