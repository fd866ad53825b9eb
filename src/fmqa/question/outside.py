"""Medicines and diseases that a question names and the sources do not know.

A word that no source has may be anything; a medicine or a disease that no source has means that the question cannot be
answered as asked, however near other statements are. The names are single words of public vocabularies, without those
that are ordinary English: medicines of the DrugBank open vocabulary (CC0), diseases of the MeSH descriptors of 2015
(United States National Library of Medicine).
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

_PLACE: Final = re.compile(
    r"\b(?:dos(?:es?|age) of|effects? of|safety of|interactions? (?:of|with|between)"
    r"|(?:is|are|was|were|does|do|did|has|have|can|could|should|will|add(?:ing)?|tak(?:es?|ing)|start(?:ing|ed)?|giv(?:es?|en|ing)|prescrib(?:es?|ed|ing)"
    r"|us(?:es?|ed|ing)|combin(?:es?|ed|ing)|stop(?:ping|ped)?|switch(?:ing|ed)? to|with|on|and|or|of))"
    r" (?:an? |the )?(?P<name>[a-z]{5,})\b"
    r"|\b(?P<first>[a-z]{5,}) (?:and|or|with|for|interacts?|helps?|works?|reduces?|improves?)\b",
    re.IGNORECASE,
)
"""Where a question names a treatment."""


@cache
def _names() -> frozenset[str]:
    folder = files("fmqa.question")
    texts = (folder.joinpath(name).read_text("utf-8") for name in ("medicines.txt", "diseases.txt"))
    return frozenset(name for text in texts for name in text.split())


def unheard_of(words: Sequence[str], known: Callable[[str], bool]) -> tuple[str, ...]:
    """Return those of some words that name a medicine or a disease and are in no source, in their order.

    Args:
        words: Lower-case words of a question that carry its subject.
        known: Whether the sources use a word.

    >>> unheard_of(("pregabalin", "zoledronate", "llamas"), known=lambda word: word == "pregabalin")
    ('zoledronate',)
    """
    return tuple(word for word in words if word in _names() and not known(word))


def named_like_medicines(text: str, is_strange: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the words that stand where a question names a treatment and that nobody knows, in their order.

    An invented name, or one that is on no list, is not what other medicines are answered for.

    Args:
        text: The question.
        is_strange: Whether a word is in no source, is no ordinary word, and is no mistyped one either.

    >>> named_like_medicines("What is the dose of zorbitol?", is_strange=lambda word: word == "zorbitol")
    ('zorbitol',)
    """
    found = (match["name"] or match["first"] for match in _PLACE.finditer(text))
    return tuple(dict.fromkeys(word.lower() for word in found if is_strange(word.lower())))
