"""Stores beyond the files of a generation: a server, or a cluster of them, that searches what does not fit here.

A backend is a scheme of the URL and the name of a module with ``open_store`` and ``load``, imported when it is chosen.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple, Protocol

from fmqa.errors import BadSettings, Unavailable
from fmqa.index.stores.filters import EVERYTHING, Facts, Filter
from fmqa.types import FloatArray, IntArray, VectorStore

_MODULES: Final = {"milvus": "fmqa.index.stores.milvus"}


class PassageStore(VectorStore, Protocol):
    """The passages of one generation, searched by vector and by words, filtered where they lie."""

    def dense(self, vector: FloatArray, k: int, wanted: Filter = EVERYTHING) -> tuple[IntArray, FloatArray]:
        """Return rows and cosine similarities of at most k passages, best first, ties by smaller row."""
        ...

    def lexical(self, tokens: Sequence[str], k: int, wanted: Filter = EVERYTHING) -> tuple[IntArray, FloatArray]:
        """Return rows and BM25 scores, as ``index.bm25`` scores them, of at most k passages that have a token."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Row(NamedTuple):
    """What is loaded of a passage."""

    vector: FloatArray
    tokens: Sequence[str]
    facts: Facts


class Source(NamedTuple):
    """A generation as a store takes it up."""

    generation: str
    size: int
    dimension: int
    rows: Callable[[range], Iterator[Row]]
    kept: tuple[str, ...]  # the generations that stay in the store; the others are dropped


class Loaded(NamedTuple):
    """What a load did."""

    written: int  # passages sent: fewer than all if an earlier load was broken off, none if it is there
    passages: int
    dropped: tuple[str, ...]  # generations that are not kept any more


def open_store(url: str, generation: str, passages: int) -> PassageStore:
    """Open what a store holds of a generation.

    Raises:
        IndexUnusable: It does not hold the generation, or not all of it.
        Unavailable: The store cannot be reached, or its client is not installed.
        BadSettings: There is no such kind of store.
    """
    store: PassageStore = _backend(url).open_store(url, generation, passages)
    return store


def load(
    url: str, source: Source, kind: str | None = None, progress: Callable[[str, int, int], None] | None = None
) -> Loaded:
    """Bring a generation into a store, and put it in use there once all of it can be searched.

    Args:
        url: The store.
        source: The generation.
        kind: The backend's name of the index that vectors are searched by; None: the backend's choice.
        progress: Called with the step, how many passages are loaded, and how many there are.

    Raises: as ``open_store``.
    """
    loaded: Loaded = _backend(url).load(url, source, kind, progress or (lambda _step, _done, _total: None))
    return loaded


def _backend(url: str) -> Any:
    scheme = url.split(":", 1)[0]
    if scheme not in _MODULES:
        known = ", ".join(f"{name}://…" for name in _MODULES)
        raise BadSettings(f"FMQA_STORE begins with none of {known}: set it to such a URL, or leave it empty")
    try:
        return import_module(_MODULES[scheme])
    except ModuleNotFoundError as error:
        raise Unavailable(f"the store needs {error.name}: pip install 'fmqa[{scheme}]'") from error
