"""The index: passages, vectors and terms of a corpus, built into generations and opened read only.

A generation holds documents.jsonl and passages.jsonl (a record a line, with the offset of each line beside them, so
that records are read from the memory map when they are asked for), rows.json (which rows a document and a statement
have), vocabulary.json, vectors.npy, row_hashes.npy and document_hashes.npy (what the next build need not do again),
bm25/, bm25-own/ (where documents were added), encoder/, scan.faiss (large corpora) and calibration.json (if the caller
gave one). No pickle.

Rows follow the ids of the documents and the order of their text, so that ties by row are ties by id.
"""

import json
import os
import weakref
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fmqa.corpus import anchors
from fmqa.errors import IndexUnusable, NotFound
from fmqa.index import bm25, encoders, generations, query_encoder
from fmqa.index.passages import search_text
from fmqa.index.stores import exact
from fmqa.index.stores.filters import AS_PUBLISHED, EVERYTHING, Facts, Filter
from fmqa.index.stores.remote import PassageStore
from fmqa.text.spelling import one_typo_apart
from fmqa.text.words import tokenize
from fmqa.types import (
    Document,
    DocumentKind,
    FloatArray,
    IntArray,
    Metadata,
    Passage,
    Record,
    Trust,
    VectorStore,
    Vocabulary,
)

DOCUMENTS, PASSAGES = "documents", "passages"
ROWS, VOCABULARY, CALIBRATION = "rows.json", "vocabulary.json", "calibration.json"
VECTORS, SCAN, ROW_HASHES, DOCUMENT_HASHES = "vectors.npy", "scan.faiss", "row_hashes.npy", "document_hashes.npy"
WORDINGS, WORDING_HASHES, WORDING_OF = "wordings.npy", "wording_hashes.npy", "wording_of.npy"
NOTHING = -1
"""In the place of a statement's number: nothing answers the question."""
BM25, BM25_OWN, ENCODER = "bm25", "bm25-own", "encoder"
_FEW_ROWS = 20_000
_KEPT = 4  # first letters that a mistyped word keeps
_PREFIXES = ("un", "re", "up", "down", "non", "pre", "post", "over", "under", "mis", "dis", "de", "self")
generation_in_use = generations.in_use


class IndexStatus(Record):
    """What state an index is in."""

    state: str = Field(pattern="^(missing|usable|damaged)$")
    generation: str | None = None
    documents: int = 0
    passages: int = 0
    dimension: int = 0
    precision: str = ""
    size: int = Field(0, description="Bytes of the generation in use.")
    earlier: tuple[str, ...] = Field((), description="Generations kept to return to, newest first.")
    problem: str = Field("", description="What is wrong, if damaged or missing.")


# --- reading ----------------------------------------------------------------------------------------------------------


class _Lines:
    """The lines of a file, without their ends, read when they are asked for."""

    def __init__(self, folder: Path, name: str) -> None:
        path = folder / f"{name}.jsonl"
        self.starts: IntArray = _load(folder / f"{name}.npy", np.int64, 1)
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        if len(self.starts) < 2 or self.starts[-1] != os.fstat(self._file).st_size:
            raise IndexUnusable(f"{path} does not fit its offsets: {generations.REBUILD}")

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, line: int) -> bytes:
        return self._read(self.starts[line], self.starts[line + 1] - 1)

    def between(self, first: int, end: int) -> bytes:
        """Return lines ``[first, end)`` as they stand."""
        return self._read(self.starts[first], self.starts[end])

    def _read(self, start: np.int64, end: np.int64) -> bytes:
        # Not from a memory map: every page that was ever looked at would count as memory of the process.
        parts, at = [], int(start)
        while at < end and (part := os.pread(self._file, int(end) - at, at)):  # gives 2 GiB at most
            parts.append(part)
            at += len(part)
        return b"".join(parts)


class Index:
    """One generation, opened. Safe to use from several threads; a later build does not touch it."""

    def __init__(self, folder: Path, generation: str, warnings: tuple[str, ...] = ()) -> None:
        """Open the files of a generation that was verified (or has just been written); see ``open_index``."""
        self.generation, self.warnings = generation, warnings
        self._documents, self._passages = _Lines(folder, DOCUMENTS), _Lines(folder, PASSAGES)
        rows = json.loads((folder / ROWS).read_bytes())
        self._rows_of: dict[str, tuple[int, int]] = {name: (first, end) for name, first, end in rows["documents"]}
        self.document_ids = tuple(self._rows_of)
        """Ids of the documents, sorted."""
        self._line_of = {name: line for line, name in enumerate(self._rows_of)}
        self._firsts = [first for first, _ in self._rows_of.values()]
        self._named: tuple[str, ...] = tuple(rows["named"])
        self.facts = {
            name: Facts(DocumentKind(kind), organisation, year, Trust(trust), bool(added))
            for name, kind, organisation, year, trust, added in rows["facts"]
        }
        """Of each document, by id."""
        self.added = sum(facts.added for facts in self.facts.values())
        """How many documents were added as published."""
        self.published: NDArray[np.bool_] | None = None
        """Which rows are of documents that were added as published; None if none is."""
        if self.added:
            self.published = self.rows_among(name for name, facts in self.facts.items() if facts.added)
        self.curated = None if self.published is None else ~self.published
        """Which rows are of documents of our own; None if all are."""
        self.statement_rows: dict[tuple[str, str], int] = {
            (document, statement): row for document, statement, row in rows["statements"]
        }
        self.vocabulary = Vocabulary.model_validate_json((folder / VOCABULARY).read_bytes())
        if "pack" not in self.vocabulary.model_fields_set:  # it would answer as a corpus of no field: unsafely
            raise IndexUnusable(f"the index in {folder} was built before it held the pack: {generations.REBUILD}")
        self.calibration: dict[str, Any] | None = None
        if (folder / CALIBRATION).exists():
            self.calibration = json.loads((folder / CALIBRATION).read_bytes())
        self.vectors: FloatArray = _load(folder / VECTORS, np.float32, 2)
        self.row_hashes: NDArray[np.uint8] = _load(folder / ROW_HASHES, np.uint8, 2)
        self.document_hashes: NDArray[np.uint8] = _load(folder / DOCUMENT_HASHES, np.uint8, 2)
        self.wordings: FloatArray = _load(folder / WORDINGS, np.float16, 2).astype(np.float32)
        """Vectors of the texts by which curated statements are met: their own words, and questions that they answer."""
        self.wording_of: IntArray = _load(folder / WORDING_OF, np.int64, 2)
        """Of each way to meet a statement its vector, the number of the statement in ``statement_rows`` or ``NOTHING``,
        and 1 for a question, 0 for own words."""
        self.wording_hashes: NDArray[np.uint8] = _load(folder / WORDING_HASHES, np.uint8, 2)
        self.bm25 = bm25.load(folder / BM25)
        # Of documents of our own alone: what a word weighs there must not depend on what somebody adds.
        self._own_rows = np.arange(self.bm25.size) if self.curated is None else np.flatnonzero(self.curated)
        self._own = bm25.load(folder / BM25_OWN) if 0 < len(self._own_rows) < self.bm25.size else self.bm25
        self.encoder = encoders.OnnxEncoder(folder / ENCODER)
        counts = {len(self._passages), len(self.vectors), len(self.row_hashes), self.bm25.size}
        met = self.wording_of.shape[1] == 3 and self.wording_of[:, 0].max(initial=-1) < len(self.wordings)
        fitting = met and len(self.wordings) == len(self.wording_hashes)
        if len(counts) != 1 or not fitting or self.vectors.shape[1] != self.encoder.dimension:
            raise IndexUnusable(f"the files in {folder} do not fit each other: {generations.REBUILD}")
        self._store = _store(self.vectors, folder / SCAN)
        self._beyond: PassageStore | None = None
        self._ahead = ThreadPoolExecutor(os.cpu_count() or 1, "encode")
        self._coming: dict[str, Future[FloatArray]] = {}
        self._keep_in_mind()

    def _keep_in_mind(self) -> None:
        """Make the caches. None of them knows the index, so that one that is left is freed at once.

        In a cycle it would wait for the collector, which stops all threads for a fifth of a second.
        """
        passages, documents, encoder = self._passages, self._documents, self.encoder
        read_passage = lru_cache(4096)(lambda row: Passage.model_validate_json(passages[row]))
        self._read_passage = read_passage
        self._stems = lru_cache(8192)(lambda word: frozenset(tokenize(word)))
        self._passage_stems = lru_cache(4096)(lambda row: _stems_of(read_passage(row)))
        self._read_document = lru_cache(256)(lambda line: Document.model_validate_json(documents[line]))
        # A question is looked at several times, by many at once; sentences by several questions: 6 MB.
        self._last_vectors = lru_cache(64)(lambda text: _vector_of(text, encoder))
        self._vectors_of_late = lru_cache(4096)(lambda text: _vector_of(text, encoder))

    def of_our_own(self) -> Self:
        """Return this index as it answers where no document was added as published; it shares everything with it."""
        if self.published is None:
            return self
        own = copy(self)
        own.published, own.added = None, 0
        own.bm25 = self._own  # a word that only an added document has is not held
        own._named = tuple(name for name in self._named if not self.facts[name].added)
        return own

    @property
    def suggestions(self) -> Mapping[str, Sequence[str]]:
        """Questions that were answered when the index was built, by the intervention that they are about."""
        found: Mapping[str, Sequence[str]] = (self.calibration or {}).get("suggestions", {})
        return found

    def __len__(self) -> int:
        """Return the number of passages."""
        return len(self._passages)

    def passage(self, key: int | str) -> Passage:
        """Return the passage of a row, or with an id.

        Raises:
            NotFound: If no passage has the id.
            IndexError: If there is no such row.
        """
        row = self.row_of(key) if isinstance(key, str) else key
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        return self._read_passage(row)

    def row_of(self, passage_id: str) -> int:
        """Return the row of a passage.

        Raises:
            NotFound: If no passage has the id.
        """
        first, end = self._rows_of.get(passage_id.rpartition("@")[0], (0, 0))
        for row in range(first, end):
            if self._read_passage(row).id == passage_id:
                return row
        raise NotFound("the index has no passage with this id; ids change when the text of a document does")

    def rows_of(self, document_id: str) -> range:
        """Return the rows of a document's passages.

        Raises:
            NotFound: If the index has no such document.
        """
        try:
            return range(*self._rows_of[document_id])
        except KeyError:
            raise NotFound("the index has no document with this id") from None

    def rows_among(self, documents: Iterable[str]) -> NDArray[np.bool_]:
        """Return which rows are of some documents."""
        among = np.zeros(len(self), dtype=np.bool_)
        for name in documents:
            among[slice(*self._rows_of[name])] = True
        return among

    def document_of(self, row: int) -> str:
        """Return the id of the document that a row is of."""
        return self.document_ids[bisect_right(self._firsts, row) - 1]

    def document(self, document_id: str) -> Document:
        """Return a document.

        Raises:
            NotFound: If the index has no such document.
        """
        self.rows_of(document_id)
        return self._read_document(self._line_of[document_id])

    def documents(self) -> tuple[Metadata, ...]:
        """Return the metadata of every document, by id. Reads all of them: call it once."""
        lines = (json.loads(self._documents[line]) for line in range(len(self._documents)))
        return tuple(Metadata.model_validate(line["metadata"]) for line in lines)

    def named_documents(self) -> tuple[Metadata, ...]:
        """Return the metadata of the documents that questions name, by id: see ``_is_named``. Call it once."""
        return tuple(self.document(name).metadata for name in self._named)

    def passage_lines(self, rows: range) -> tuple[bytes, IntArray]:
        """Return passages as they are stored, a line each, and the length of each line in bytes."""
        starts = self._passages.starts[rows.start : rows.stop + 1]
        return self._passages.between(rows.start, rows.stop), np.diff(starts)

    def search_in(self, store: PassageStore) -> None:
        """Search the passages in a store that holds this generation; those of our own stay here, as they are few."""
        self._beyond = store

    def _asked_for(self, among: NDArray[np.bool_] | None) -> Filter | None:
        """Return which rows may be found in the words of a store; None: these are searched here."""
        return EVERYTHING if among is None else AS_PUBLISHED if among is self.published else None

    def encode(self, text: str) -> FloatArray:
        """Return the unit vector of a text, (dimension,) float32, not to be written to."""
        coming = self._coming.get(text)
        if coming is not None and not coming.cancel():  # begun already; where all threads are busy, this one does it
            return coming.result()
        return self._last_vectors(text)

    def meant(self, question: str, earlier: Sequence[str], behind: str) -> Future[FloatArray]:
        """Begin to work out the vector of what a question means behind those before it; see ``query_encoder``.

        Args:
            question: What was typed.
            earlier: What was typed before it, the last first.
            behind: The question behind the one before it, as one text: what is encoded where the encoder is not ours.
        """
        ours = query_encoder.shipped_for(self.encoder)
        if ours is None:
            return self._ahead.submit(self.encode, behind)
        return self._ahead.submit(ours.encode, question, earlier)

    def encode_ahead(self, text: str) -> None:
        """Begin to encode a text that will be asked for soon; encoding runs beside Python."""
        if text not in self._coming:
            coming = self._coming[text] = self._ahead.submit(self._last_vectors, text)
            coming.add_done_callback(lambda _: self._coming.pop(text, None))

    def encode_all(self, texts: Sequence[str]) -> FloatArray:
        """Return the unit vectors of texts, (texts, dimension) float32, in their order; those of late are kept."""
        return np.array([self._vectors_of_late(text) for text in texts], dtype=np.float32).reshape(
            len(texts), self.encoder.dimension
        )

    def lexical(
        self, tokens: Sequence[str], k: int, among: NDArray[np.bool_] | None = None, *, curated: bool = False
    ) -> tuple[IntArray, FloatArray]:
        """Return the rows that have some of the tokens and their BM25 scores, best first, ties by smaller row.

        Args:
            tokens: From ``words.tokenize``.
            k: Most rows.
            among: Which rows may be returned; None: any.
            curated: Whether only documents of our own are searched, and words weighed as they are there.
        """
        if self._beyond is not None and not curated and (wanted := self._asked_for(among)) is not None:
            return self._beyond.lexical(tokens, k, wanted)
        if not curated or self.curated is None or not len(self._own_rows):
            return self.bm25.search(tokens, k, among)
        rows, scores = self._own.search(tokens, k, None if among is None else among[self._own_rows])
        return self._own_rows[rows], scores

    def coverage(self, tokens: Sequence[str], rows: IntArray) -> NDArray[np.float64]:
        """Return for rows the share of the tokens that each has, by their rarity: in documents of our own, there."""
        if self.curated is None:
            return self.bm25.coverage(tokens, rows)
        ours = self.curated[rows]
        found = np.empty(len(rows), dtype=np.float64)
        found[ours] = self._own.coverage(tokens, np.searchsorted(self._own_rows, rows[ours]))
        found[~ours] = self.bm25.coverage(tokens, rows[~ours])
        return found

    def dense(self, vector: FloatArray, k: int, among: NDArray[np.bool_] | None = None) -> tuple[IntArray, FloatArray]:
        """Return the rows nearest to a unit vector and their cosine similarities, best first, ties by smaller row.

        Args:
            vector: A unit vector.
            k: Most rows.
            among: Which rows may be returned; None: any. Up to 20,000 rows are searched one by one, more through the
                store, where fewer than k may be found.
        """
        if self._beyond is not None and (wanted := self._asked_for(among)) is not None:
            return self._beyond.dense(vector, k, wanted)
        if among is None:
            rows, scores = self._store.search(vector[np.newaxis], k)
            return rows[0], scores[0]
        chosen = np.flatnonzero(among)
        if len(chosen) > _FEW_ROWS:
            rows, scores = self._store.search(vector[np.newaxis], 4 * k)
            kept = among[rows[0]]
            return rows[0][kept][:k], scores[0][kept][:k]
        similarity = np.einsum("nd,d->n", self.vectors[chosen], vector)
        order = np.argsort(-similarity, kind="stable")[:k]
        return chosen[order], similarity[order]

    def stems(self, text: str) -> frozenset[str]:
        """Return the terms of a word, or of a few, as the lexical index knows them; stop-words have none."""
        return self._stems(text)

    def passage_stems(self, row: int) -> frozenset[str]:
        """Return the terms of a passage's headings, stem and text."""
        return self._passage_stems(row)

    def known(self, word: str) -> bool:
        """True if every term of a word is in documents of our own, in whatever form; true for a stop-word."""
        return all(self._own.frequency(term) for term in self.stems(word))

    def is_strange(self, word: str) -> bool:
        """True if a word is in no document, is no ordinary English word, and is no mistyped word of a document.

        Nor is it made of a prefix and such a word: "unblinded", "uptitration".
        """
        parts = [word, *(word.removeprefix(prefix) for prefix in _PREFIXES if word.startswith(prefix))]
        if any(self.held(part) or self.encoder.is_ordinary(part) for part in parts if len(part) > _KEPT):
            return False
        return not any(
            one_typo_apart(term, known)
            for term in self.stems(word)
            for known in self.bm25.vocabulary
            if known[:_KEPT] == term[:_KEPT]
        )

    def is_name(self, word: str) -> bool:
        """True if a word is in some document and is no ordinary English word: what it names is asked of those alone."""
        return self.held(word) and not self.encoder.is_ordinary(word)

    def held(self, word: str) -> bool:
        """True if every term of a word is in some document, in whatever form; true for a stop-word."""
        return all(self.bm25.frequency(term) for term in self.stems(word))

    def idf(self, word: str, *, curated: bool = False) -> float:
        """Return how rare a word is: the highest inverse document frequency of its terms, 0 for a stop-word.

        Args:
            word: A word, or a few.
            curated: Whether only documents of our own are counted.
        """
        lexical = self._own if curated else self.bm25
        return max((lexical.idf(term) for term in self.stems(word)), default=0.0)


def _vector_of(text: str, encoder: encoders.OnnxEncoder) -> FloatArray:
    vector: FloatArray = encoder.encode([text])[0]
    vector.setflags(write=False)
    return vector


def _stems_of(passage: Passage) -> frozenset[str]:
    stem = [passage.stem.quote.exact] if passage.stem else []
    return frozenset(tokenize(" ".join((*passage.headings, *stem, passage.text))))


def open_index(folder: Path, *, check: generations.Check = "changed", fallback: bool = False) -> Index:
    """Open the generation in use, after every file of it that has changed was compared with its manifest.

    Args:
        folder: Folder of the generations.
        check: See ``generations.verify``.
        fallback: Whether an older generation that verifies may be opened instead of a damaged one; ``warnings`` of
            the index then says so.

    Raises:
        IndexUnusable: If there is no index, or it is damaged; the message says which file and what to do.
    """
    faults: list[IndexUnusable] = []
    try:
        history = generations.history(folder)
    except IndexUnusable as fault:
        if not fallback:
            raise
        faults.append(fault)
        history = generations.found(folder)
        if not history:
            raise
    if not history:
        raise IndexUnusable(f"there is no index in {folder}: {generations.REBUILD}")
    for manifest_sha256 in history if fallback else history[:1]:
        try:
            return open_generation(folder, manifest_sha256, check, tuple(str(fault) for fault in faults))
        except IndexUnusable as fault:
            faults.append(fault)
    if generations.current(folder) not in (
        None,
        generations.name_of(history[0]),
    ):  # a build replaced the generation while it was being opened
        return open_index(folder, check=check, fallback=fallback)
    raise faults[0]


def open_generation(
    folder: Path, manifest_sha256: str, check: generations.Check, faults: tuple[str, ...] = ()
) -> Index:
    """Open one generation by the hash of its manifest.

    Args:
        folder: Folder of the generations.
        manifest_sha256: SHA-256 of the generation's manifest.
        check: See ``generations.verify``.
        faults: Why newer generations are not used, for the warnings of the index.

    Raises:
        IndexUnusable: If the generation is damaged.
    """
    manifest = generations.verify(folder, manifest_sha256, check)
    name = generations.name_of(manifest_sha256)
    warnings = tuple(f"an older generation of the index is in use: {fault}" for fault in faults)
    try:
        index = Index(folder / name, name, warnings)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnusable(f"{folder / name} cannot be read: {generations.REBUILD} ({error})") from error
    if (len(index), index.encoder.dimension, len(index.document_ids)) != (
        manifest.passages,
        manifest.dimension,
        manifest.documents,
    ):
        raise IndexUnusable(f"{folder / name} does not hold what its manifest says: {generations.REBUILD}")
    return index


def status(folder: Path) -> IndexStatus:
    """Return the state of an index by the hashes of its files; ``verify`` looks inside them too."""
    try:
        history = generations.history(folder)
        if not history:
            return IndexStatus(state="missing", problem=f"there is no index in {folder}: {generations.REBUILD}")
        manifest = generations.verify(folder, history[0])
    except IndexUnusable as error:
        return IndexStatus(state="damaged", generation=generations.current(folder), problem=str(error))
    return IndexStatus(
        state="usable",
        generation=generations.name_of(history[0]),
        documents=manifest.documents,
        passages=manifest.passages,
        dimension=manifest.dimension,
        precision=manifest.precision,
        size=sum(file.size for file in manifest.files),
        earlier=tuple(generations.name_of(digest) for digest in history[1:]),
    )


def verify(folder: Path) -> IndexStatus:
    """Check the generation in use throughout: every file's hash, every anchor's words, every row's hash.

    Raises:
        IndexUnusable: At the first fault; the message says where it is and what to do.
    """
    index = open_index(folder, check="full")
    for document_id in index.document_ids:
        document = index.document(document_id)
        for row in index.rows_of(document_id):
            passage = index.passage(row)
            try:
                for anchor in filter(None, (passage.anchor, passage.stem)):
                    anchors.resolve(anchor, document.text)
            except anchors.BrokenAnchor as error:
                raise IndexUnusable(f"row {row}: {error}: {generations.REBUILD}") from error
            if row_hash(search_text(passage, document)) != index.row_hashes[row].tobytes():
                raise IndexUnusable(f"the hash of row {row} is not that of its passage: {generations.REBUILD}")
    return status(folder)


def _store(vectors: FloatArray, scan: Path) -> VectorStore:
    """Return what searches vectors: by the scan index where a build wrote one, else exactly."""
    if len(vectors) <= exact.FEW and not scan.exists():
        return exact.ExactStore(vectors)
    from fmqa.index.stores import faiss  # noqa: PLC0415 - a tenth of a second that a small corpus need not pay

    return faiss.open_scan(vectors, scan) if scan.exists() else faiss.FlatStore(vectors)


def _load(path: Path, kind: type[np.generic], dimensions: int) -> NDArray[Any]:
    # A view: every slice of a memory-mapped array's own class is slow.
    array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    if array.dtype != kind or array.ndim != dimensions:
        raise IndexUnusable(f"{path} holds no {dimensions}-dimensional {kind.__name__}: {generations.REBUILD}")
    return array


def row_hash(text: str) -> bytes:
    """Return the SHA-256 of the text that a row was embedded from."""
    return sha256(text.encode()).digest()
