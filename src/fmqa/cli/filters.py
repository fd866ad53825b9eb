"""Which documents may answer, in the words of the command line."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from fmqa.types import DocumentKind, Only

if TYPE_CHECKING:
    from fmqa.assistant import Assistant

_YEARS: Final = re.compile(r"((?:19|20)\d\d)?\s?[-–]\s?((?:19|20)\d\d)?")
_ADDED: Final = {"added": True, "curated": False}


def only_of(words: Sequence[str], assistant: "Assistant") -> Only:
    """Return the filter that words of the command line ask for.

    A word is 'added' or 'curated', years ('2020-', '2015-2020', '2017'), a kind of document, an id, or else a
    publisher; who holds the documents says whether there is one.
    """
    documents, kinds, organisations = [], [], []
    since = until = added = None
    for word in words:
        years = _YEARS.fullmatch(word.strip())
        if word in _ADDED:
            added = _ADDED[word]
        elif years and any(years.groups()):
            since, until = (int(year) if year else None for year in years.groups())
        elif re.fullmatch(r"(?:19|20)\d\d", word):
            since = until = int(word)
        elif word.removesuffix("s") in set(DocumentKind):
            kinds.append(DocumentKind(word.removesuffix("s")))
        elif word in assistant.index.facts:
            documents.append(word)
        else:
            organisations.append(word)
    return Only(
        documents=tuple(documents),
        kinds=tuple(kinds),
        organisations=tuple(organisations),
        since=since,
        until=until,
        added=added,
    )
