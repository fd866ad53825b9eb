"""From the files of a generation to a store: passages as they are searched, a document at a time."""

from collections.abc import Callable, Iterator

import numpy as np

from fmqa.corpus.vocabulary import Matcher
from fmqa.index import generations, reading
from fmqa.index.passages import search_text
from fmqa.index.stores import remote
from fmqa.settings import Settings
from fmqa.text.words import tokenize


def load(
    settings: Settings, url: str, kind: str | None = None, progress: Callable[[str, int, int], None] | None = None
) -> tuple[str, remote.Loaded]:
    """Bring the generation in use into a store, put it in use there, and return its name and what was done.

    Args:
        settings: Where the index is.
        url: The store; see ``remote``.
        kind: The backend's name of the index that vectors are searched by; None: the backend's choice.
        progress: Called with the step, how many passages are loaded, and how many there are.

    Raises:
        IndexUnusable: There is no index that verifies.
        Unavailable: The store cannot be reached.
    """
    opened = reading.open_index(settings.index)
    kept = tuple(map(generations.name_of, generations.history(settings.index)))
    source = remote.Source(opened.generation, len(opened), opened.vectors.shape[1], _rows_of(opened), kept)
    return opened.generation, remote.load(url, source, kind, progress)


def _rows_of(opened: reading.Index) -> Callable[[range], Iterator[remote.Row]]:
    """Return what yields any rows of an index; a document is read once for its rows."""
    matcher = Matcher(opened.vocabulary)
    names = [name for name in opened.document_ids if len(opened.rows_of(name))]
    ends = np.array([opened.rows_of(name).stop for name in names])

    def rows(wanted: range) -> Iterator[remote.Row]:
        place = int(np.searchsorted(ends, wanted.start, side="right"))
        row = wanted.start
        while row < wanted.stop:
            document = opened.document(names[place])
            facts = opened.facts[names[place]]
            while row < min(wanted.stop, ends[place]):
                text = search_text(opened.passage(row), document)
                yield remote.Row(opened.vectors[row], tokenize(text, matcher.expansions(text)), facts)
                row += 1
            place += 1

    return rows
