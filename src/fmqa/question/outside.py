"""Medicines and diseases that a question names and the sources do not know.

A word that no source has may be anything; a medicine or a disease that no source has means that the question cannot be
answered as asked, however near other statements are. The names are single words of public vocabularies, without those
that are ordinary English: medicines of the DrugBank open vocabulary (CC0), diseases of the MeSH descriptors of 2015
(United States National Library of Medicine).
"""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files


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
