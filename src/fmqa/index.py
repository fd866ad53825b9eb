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
import shutil
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fmqa import anchors, bm25, changes, encoders, generations
from fmqa.changes import Changes
from fmqa.errors import BadCorpus, IndexUnusable, NotFound, Unavailable
from fmqa.passages import search_text, split
from fmqa.settings import Settings
from fmqa.stores import faiss
from fmqa.types import Document, DocumentKind, FloatArray, IntArray, Metadata, Passage, Record, VectorStore, Vocabulary
from fmqa.vocabulary import Matcher

UNPUBLISHED = "unpublished"
"""Name of the generation that is being built, while it is calibrated."""

DOCUMENTS, PASSAGES = "documents", "passages"
ROWS, VOCABULARY, CALIBRATION = "rows.json", "vocabulary.json", "calibration.json"
VECTORS, SCAN, ROW_HASHES, DOCUMENT_HASHES = "vectors.npy", "scan.faiss", "row_hashes.npy", "document_hashes.npy"
BM25, BM25_OWN, ENCODER = "bm25", "bm25-own", "encoder"
LIBRARIES = (
    *("bm25s", "faiss-cpu", "numpy", "onnx", "onnxruntime", "pydantic", "PyStemmer"),
    *("sentence-transformers", "tokenizers", "torch", "transformers"),
)
ROW_MODULES = (
    *("anchors", "bm25", "changes", "encoders", "errors", "generations", "index", "passages", "sentences", "settings"),
    "spelling",
    *("stores/exact", "stores/faiss", "types", "vocabulary"),
)
"""fmqa's own modules that decide what an index holds, calibration apart: all that this module imports."""

EMBEDDING_STEP = 256
"""Passages encoded between two reports of progress."""

_FEW_ROWS = 20_000
Progress = Callable[[str, int, int], None]
current_generation = generations.current


class BuildReport(Record):
    """What a build did."""

    generation: str
    changed: bool = Field(description="False if the generation in use was up to date already.")
    documents: int
    passages: int
    embedded: int = Field(description="Passages whose vectors were computed; the others were kept.")
    seconds: float
    export: encoders.ExportReport | None = Field(None, description="How the encoder was exported; None if kept.")
    changes: Changes | None = Field(None, description="What differs from the generation before; None if nothing was.")


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
        self._named: tuple[str, ...] = tuple(rows["named"])
        self.added = len(rows["added"])
        """How many documents were added as published."""
        self.published: NDArray[np.bool_] | None = None
        """Which rows are of documents that were added as published; None if none is."""
        if rows["added"]:
            self.published = np.zeros(len(self._passages), dtype=np.bool_)
            for name in rows["added"]:
                self.published[slice(*self._rows_of[name])] = True
        self.curated = None if self.published is None else ~self.published
        """Which rows are of documents of our own; None if all are."""
        self.statement_rows: dict[tuple[str, str], int] = {
            (document, statement): row for document, statement, row in rows["statements"]
        }
        self.vocabulary = Vocabulary.model_validate_json((folder / VOCABULARY).read_bytes())
        self.calibration: dict[str, Any] | None = None
        if (folder / CALIBRATION).exists():
            self.calibration = json.loads((folder / CALIBRATION).read_bytes())
        self.vectors: FloatArray = _load(folder / VECTORS, np.float32, 2)
        self.row_hashes: NDArray[np.uint8] = _load(folder / ROW_HASHES, np.uint8, 2)
        self.document_hashes: NDArray[np.uint8] = _load(folder / DOCUMENT_HASHES, np.uint8, 2)
        self.bm25 = bm25.load(folder / BM25)
        # Of documents of our own alone: what a word weighs there must not depend on what somebody adds.
        self._own_rows = np.arange(self.bm25.size) if self.curated is None else np.flatnonzero(self.curated)
        self._own = bm25.load(folder / BM25_OWN) if 0 < len(self._own_rows) < self.bm25.size else self.bm25
        self.encoder = encoders.OnnxEncoder(folder / ENCODER)
        counts = {len(self._passages), len(self.vectors), len(self.row_hashes), self.bm25.size}
        if len(counts) != 1 or self.vectors.shape[1] != self.encoder.dimension:
            raise IndexUnusable(f"the files in {folder} do not fit each other: {generations.REBUILD}")
        self._store: VectorStore = (
            faiss.open_scan(self.vectors, folder / SCAN) if (folder / SCAN).exists() else faiss.FlatStore(self.vectors)
        )
        self._read_passage = lru_cache(4096)(lambda row: Passage.model_validate_json(self._passages[row]))
        self._stems = lru_cache(8192)(lambda word: frozenset(bm25.tokenize(word)))
        self._passage_stems = lru_cache(4096)(self._read_passage_stems)
        self._read_document = lru_cache(256)(lambda line: Document.model_validate_json(self._documents[line]))
        self._last_vectors = lru_cache(8)(self._vector_of)  # a question is looked at several times

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

    def encode(self, text: str) -> FloatArray:
        """Return the unit vector of a text, (dimension,) float32, not to be written to."""
        return self._last_vectors(text)

    def _vector_of(self, text: str) -> FloatArray:
        vector: FloatArray = self.encoder.encode([text])[0]
        vector.setflags(write=False)
        return vector

    def lexical(
        self, tokens: Sequence[str], k: int, among: NDArray[np.bool_] | None = None
    ) -> tuple[IntArray, FloatArray]:
        """Return the rows that have some of the tokens and their BM25 scores, best first, ties by smaller row.

        Args:
            tokens: From ``bm25.tokenize``.
            k: Most rows.
            among: Which rows may be returned; None: any. With ``curated``, words are weighed as they are there.
        """
        if among is None or among is not self.curated or not len(self._own_rows):
            return self.bm25.search(tokens, k, among)
        rows, scores = self._own.search(tokens, k)
        return self._own_rows[rows], scores

    def coverage(self, tokens: Sequence[str], rows: IntArray) -> NDArray[np.float64]:
        """Return for rows the share of the tokens that each has, by their rarity: in documents of our own, there."""
        found = self.bm25.coverage(tokens)[rows]
        if self.curated is not None:
            ours = self.curated[rows]
            found[ours] = self._own.coverage(tokens)[np.searchsorted(self._own_rows, rows[ours])]
        return found

    def dense(self, vector: FloatArray, k: int, among: NDArray[np.bool_] | None = None) -> tuple[IntArray, FloatArray]:
        """Return the rows nearest to a unit vector and their cosine similarities, best first, ties by smaller row.

        Args:
            vector: A unit vector.
            k: Most rows.
            among: Which rows may be returned; None: any. Up to 20,000 rows are searched one by one, more through the
                store, where fewer than k may be found.
        """
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

    def _read_passage_stems(self, row: int) -> frozenset[str]:
        passage = self._read_passage(row)
        stem = [passage.stem.quote.exact] if passage.stem else []
        return frozenset(bm25.tokenize(" ".join((*passage.headings, *stem, passage.text))))

    def known(self, word: str) -> bool:
        """True if every term of a word is in documents of our own, in whatever form; true for a stop-word."""
        return all(self._own.frequency(term) for term in self.stems(word))

    def idf(self, word: str, *, curated: bool = False) -> float:
        """Return how rare a word is: the highest inverse document frequency of its terms, 0 for a stop-word.

        Args:
            word: A word, or a few.
            curated: Whether only documents of our own are counted.
        """
        lexical = self._own if curated else self.bm25
        return max((lexical.idf(term) for term in self.stems(word)), default=0.0)


def open_index(folder: Path, *, check: generations.Check = "full", fallback: bool = False) -> Index:
    """Open the generation in use, after every file of it was compared with its manifest.

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
            return _open(folder, manifest_sha256, check, tuple(str(fault) for fault in faults))
        except IndexUnusable as fault:
            faults.append(fault)
    if generations.current(folder) not in (
        None,
        generations.name_of(history[0]),
    ):  # a build replaced the generation while it was being opened
        return open_index(folder, check=check, fallback=fallback)
    raise faults[0]


def _open(folder: Path, manifest_sha256: str, check: generations.Check, faults: tuple[str, ...] = ()) -> Index:
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
    """Return the state of an index by the sizes of its files; ``verify`` looks inside."""
    try:
        history = generations.history(folder)
        if not history:
            return IndexStatus(state="missing", problem=f"there is no index in {folder}: {generations.REBUILD}")
        manifest = generations.verify(folder, history[0], "size")
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
    index = open_index(folder)
    for document_id in index.document_ids:
        document = index.document(document_id)
        for row in index.rows_of(document_id):
            passage = index.passage(row)
            try:
                for anchor in filter(None, (passage.anchor, passage.stem)):
                    anchors.resolve(anchor, document.text)
            except anchors.BrokenAnchor as error:
                raise IndexUnusable(f"row {row}: {error}: {generations.REBUILD}") from error
            if _row_hash(search_text(passage, document)) != index.row_hashes[row].tobytes():
                raise IndexUnusable(f"the hash of row {row} is not that of its passage: {generations.REBUILD}")
    return status(folder)


def _load(path: Path, kind: type[np.generic], dimensions: int) -> NDArray[Any]:
    # A view: every slice of a memory-mapped array's own class is slow.
    array = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    if array.dtype != kind or array.ndim != dimensions:
        raise IndexUnusable(f"{path} holds no {dimensions}-dimensional {kind.__name__}: {generations.REBUILD}")
    return array


# --- building ---------------------------------------------------------------------------------------------------------


class _Plan(NamedTuple):
    """What a build is made from, as hashes; equal hashes mean equal results."""

    documents: Sequence[Document]
    lines: Sequence[bytes]  # documents as JSON
    hashes: Sequence[bytes]  # SHA-256 of each line
    vocabulary: bytes
    corpus: str
    encoder: str
    rows: str
    inputs: str
    settings: dict[str, Any]
    versions: dict[str, str]


class _Rows(NamedTuple):
    """The passages of a build. ``kept[r]`` is the row now of row r of the previous generation, or -1."""

    lines: bytes
    starts: IntArray
    spans: list[tuple[str, int, int]]
    statements: list[tuple[str, str, int]]
    hashes: NDArray[np.uint8]
    texts: dict[int, str]  # search text of the new rows
    kept: IntArray | None


def build(
    documents: Sequence[Document],
    vocabulary: Vocabulary,
    settings: Settings,
    progress: Progress | None = None,
    calibrate: Callable[[Index], dict[str, Any]] | None = None,
    tuned_on: Any = None,
) -> BuildReport:
    """Bring the index in ``settings.index`` up to date with a corpus; nothing is done if nothing changed.

    A new generation computes vectors for changed passages only, and is the same, file by file, as one built from
    scratch. Until the last moment readers see the previous one.

    Args:
        documents: The corpus, in any order; ids are unique.
        vocabulary: Its concepts.
        settings: Where the index is, and what shapes it.
        progress: Called with the step, how many of it are done, and how many there are.
        calibrate: Given the new index before it is published, returns what is stored with it as JSON.
        tuned_on: What ``calibrate`` depends on besides index, settings and code, as JSON; a change means a new build.

    Raises:
        BadCorpus: If there is no document, two have the same id, or there is no text to index.
        IndexBusy: If another build does not finish within ``settings.lock_seconds``.
        Unavailable: If the model cannot be loaded or the folder cannot be written.
    """
    started = time.monotonic()
    report = progress or (lambda _step, _done, _total: None)
    told: Changes | None = None
    plan = _plan(documents, vocabulary, settings, tuned_on, calibrated=calibrate is not None)
    try:
        with generations.building(settings.index, settings.lock_seconds) as staging:
            usable = _up_to_date(settings.index, plan.inputs)
            if usable is not None:
                generation, manifest, changed, embedded, exported = *usable, 0, None
            else:
                previous = _previous(settings.index)
                told = _changes(plan, previous[2]) if previous else None
                manifest, embedded, exported = _write(staging, plan, vocabulary, settings, previous, report, calibrate)
                generation, changed = generations.publish(settings.index, staging, manifest), True
    except OSError as error:
        raise Unavailable(f"the index folder {settings.index} cannot be written: {error}") from error
    return BuildReport(
        generation=generation,
        changed=changed,
        documents=manifest.documents,
        passages=manifest.passages,
        embedded=embedded,
        seconds=time.monotonic() - started,
        export=exported,
        changes=told,
    )


def _changes(plan: _Plan, previous: Index) -> Changes:
    """Return what a build changes; only documents that are not the same as before are read."""
    old = {previous.document_hashes[i].tobytes(): name for i, name in enumerate(previous.document_ids)}
    same = {old[digest] for digest in plan.hashes if digest in old}
    before = (previous.document(name) for name in previous.document_ids if name not in same)
    after = (d for d, digest in zip(plan.documents, plan.hashes, strict=True) if digest not in old)
    return changes.between(before, after)


def code_and_model(settings: Settings) -> str:
    """Return the SHA-256 of what a judgement rests on besides the texts it is fitted on: code, model, libraries."""
    versions = {name: _version(name) for name in LIBRARIES}
    return _json_sha256([encoders.model_fingerprint(settings.encoder), _code_sha256(), versions])


def _plan(
    documents: Sequence[Document], vocabulary: Vocabulary, settings: Settings, tuned_on: Any, *, calibrated: bool
) -> _Plan:
    documents = sorted(documents, key=lambda document: document.id)
    ids = [document.id for document in documents]
    if not ids:
        raise BadCorpus(f"there is no document in {settings.corpus}: an index needs at least one")
    if len(set(ids)) != len(ids):
        raise BadCorpus(f"two documents have the id {next(name for name in ids if ids.count(name) > 1)}")
    lines = [document.model_dump_json().encode() for document in documents]
    hashes = [sha256(line).digest() for line in lines]
    concepts = vocabulary.model_dump_json().encode()
    shaping = {"passage_tokens", "exact_limit"}
    if calibrated:  # what steers answers steers what the abstention rule was fitted on
        shaping |= {"fusion", "dense_weight", "candidates", "start_document", "max_words"}
    chosen = settings.model_dump(mode="json", include=shaping)
    versions = {name: _version(name) for name in LIBRARIES}
    model, code = encoders.model_fingerprint(settings.encoder), _code_sha256(ROW_MODULES)
    encoder_code = _code_sha256(("encoders",))
    judged_by = _code_sha256() if calibrated else ""  # a calibration sees all of fmqa at work
    corpus = sha256(b"".join(hashes) + concepts).hexdigest()
    return _Plan(
        documents=documents,
        lines=lines,
        hashes=hashes,
        vocabulary=concepts,
        corpus=corpus,
        encoder=_json_sha256([model, encoder_code, versions]),
        rows=_json_sha256([code, settings.passage_tokens, model, versions, sha256(concepts).hexdigest()]),
        inputs=_json_sha256([corpus, model, code, chosen, versions, judged_by, tuned_on]),
        settings=chosen,
        versions=versions,
    )


def _up_to_date(folder: Path, inputs: str) -> tuple[str, generations.Manifest, bool] | None:
    """Put the generation that was made from these inputs in use, if it is kept and undamaged; whether that changed."""
    try:
        for position, digest in enumerate(generations.history(folder)):
            if generations.read_manifest(folder, digest).inputs == inputs:
                manifest = generations.verify(folder, digest)
                if position:
                    generations.use(folder, digest)
                return generations.name_of(digest), manifest, position > 0
    except IndexUnusable:  # damaged: built anew
        return None
    return None


def _previous(folder: Path) -> tuple[Path, generations.Manifest, Index] | None:
    """Open the newest undamaged generation, to keep vectors, passages and encoder from."""
    try:
        history = generations.history(folder)
    except IndexUnusable:
        return None
    for digest in history:
        try:
            index = _open(folder, digest, "full")
        except IndexUnusable:
            continue
        return folder / index.generation, generations.read_manifest(folder, digest), index
    return None


def _write(
    staging: Path,
    plan: _Plan,
    vocabulary: Vocabulary,
    settings: Settings,
    previous: tuple[Path, generations.Manifest, Index] | None,
    report: Progress,
    calibrate: Callable[[Index], dict[str, Any]] | None,
) -> tuple[generations.Manifest, int, encoders.ExportReport | None]:
    """Write all files of a generation and return its manifest, how many passages were encoded, and the export."""
    exported: encoders.ExportReport | None = None
    before = previous[2] if previous else None
    same_encoder = previous is not None and previous[1].encoder == plan.encoder
    same_rows = previous is not None and previous[1].rows == plan.rows
    if previous is not None and same_encoder:
        shutil.copytree(previous[0] / ENCODER, staging / ENCODER)
    else:
        report("export", 0, 1)
        exported = encoders.export(settings.encoder, staging / ENCODER)
        report("export", 1, 1)
    encoder = encoders.OnnxEncoder(staging / ENCODER, threads=os.cpu_count() or 1)

    rows = _rows(plan, before if same_rows else None, encoder.count_tokens, settings.passage_tokens, report)
    vectors, embedded = _vectors(rows, before, encoder, report, same_encoder=same_encoder)
    report("index", 0, 1)
    matcher = Matcher(vocabulary)
    tokens = [
        bm25.tokenize(rows.texts[row], matcher.expansions(rows.texts[row])) if row in rows.texts else None
        for row in range(len(vectors))
    ]
    bm25.build(tokens, staging / BM25, before.bm25 if before is not None and rows.kept is not None else None, rows.kept)
    published = {document.id: None for document in plan.documents if document.is_added}
    own = np.ones(len(vectors), dtype=np.bool_)
    for name, first, end in rows.spans:
        own[first:end] = name not in published
    if 0 < own.sum() < len(own):
        moved = np.where(own, np.cumsum(own) - 1, -1)
        bm25.build([None] * int(own.sum()), staging / BM25_OWN, bm25.load(staging / BM25), moved)
    if len(vectors) > settings.exact_limit and len(vectors) >= faiss.LEAST_VECTORS and not vectors.shape[1] % 4:
        faiss.build_scan(vectors, staging / SCAN)
    _write_lines(staging, DOCUMENTS, b"".join(line + b"\n" for line in plan.lines), _starts(map(len, plan.lines)))
    _write_lines(staging, PASSAGES, rows.lines, rows.starts)
    named = [document.id for document in plan.documents if _is_named(document)]
    listed = {"documents": rows.spans, "named": named, "added": list(published), "statements": rows.statements}
    (staging / ROWS).write_text(json.dumps(listed), encoding="utf-8")
    (staging / VOCABULARY).write_bytes(plan.vocabulary)
    np.save(staging / VECTORS, vectors, allow_pickle=False)
    np.save(staging / ROW_HASHES, rows.hashes, allow_pickle=False)
    np.save(staging / DOCUMENT_HASHES, _hash_rows(plan.hashes), allow_pickle=False)
    report("index", 1, 1)
    if calibrate is not None:
        tuned = calibrate(Index(staging, UNPUBLISHED))
        (staging / CALIBRATION).write_text(json.dumps(tuned, sort_keys=True, ensure_ascii=False), encoding="utf-8")
    files = generations.list_files(staging)
    manifest = generations.Manifest(
        inputs=plan.inputs,
        corpus=plan.corpus,
        encoder=plan.encoder,
        encoder_files=_json_sha256([(file.name, file.sha256) for file in files if file.name.startswith(f"{ENCODER}/")]),
        rows=plan.rows,
        passages=len(vectors),
        dimension=vectors.shape[1],
        documents=len(plan.documents),
        precision=encoder.info.precision,
        settings=plan.settings,
        versions=plan.versions,
        files=files,
    )
    return manifest, embedded, exported


def _is_named(document: Document) -> bool:
    """Return whether questions may name a document: it carries statements, has another name, or a body issued it.

    The others, running text by the thousand, are found by what they say; their metadata is read when it is cited. Of
    documents as published, those of an organisation are named, so that what it issued is known to be there.
    """
    metadata = document.metadata
    if document.is_added:
        return metadata.organisation is not None and metadata.kind is DocumentKind.GUIDELINE
    return bool(document.statements or metadata.aliases or metadata.organisation)


def _rows(
    plan: _Plan, previous: Index | None, count_tokens: Callable[[str], int], max_tokens: int, report: Progress
) -> _Rows:
    """Split the documents into passages; those that the previous generation holds unchanged are copied from it."""
    old_ids = previous.document_ids if previous else ()
    old_lines = {previous.document_hashes[i].tobytes(): i for i in range(len(old_ids))} if previous else {}
    old_statements: dict[str, list[tuple[str, int]]] = {}
    for (document_id, statement), row in (previous.statement_rows if previous else {}).items():
        old_statements.setdefault(document_id, []).append((statement, row))
    kept = np.full(len(previous), -1, dtype=np.int64) if previous else None
    parts: list[bytes] = []
    lengths: list[IntArray] = []
    hashes: list[bytes] = []
    spans: list[tuple[str, int, int]] = []
    statements: list[tuple[str, str, int]] = []
    texts: dict[int, str] = {}
    end = 0
    for number, (document, digest) in enumerate(zip(plan.documents, plan.hashes, strict=True)):
        first = end
        if previous is not None and kept is not None and digest in old_lines:
            old = previous.rows_of(old_ids[old_lines[digest]])
            end = first + len(old)
            kept[old.start : old.stop] = np.arange(first, end)
            copied, copied_lengths = previous.passage_lines(old)
            parts.append(copied)
            lengths.append(copied_lengths)
            hashes.append(previous.row_hashes[old.start : old.stop].tobytes())
            found = [(name, row - old.start + first) for name, row in old_statements.get(document.id, ())]
        else:
            passages = split(document, count_tokens, max_tokens)
            end = first + len(passages)
            lines = [passage.model_dump_json().encode() + b"\n" for passage in passages]
            parts.extend(lines)
            lengths.append(np.array([len(line) for line in lines], dtype=np.int64))
            names: dict[str, int] = {}
            for row, passage in enumerate(passages, start=first):
                texts[row] = search_text(passage, document)
                hashes.append(_row_hash(texts[row]))
                if passage.statement is not None:
                    names.setdefault(passage.statement, row)
            found = list(names.items())
        spans.append((document.id, first, end))
        statements += [(document.id, name, row) for name, row in found]
        report("split", number + 1, len(plan.documents))
    if not end:
        raise BadCorpus("the documents hold no text to index")
    return _Rows(
        lines=b"".join(parts),
        starts=np.concatenate([[0], np.cumsum(np.concatenate(lengths))]).astype(np.int64),
        spans=spans,
        statements=sorted(statements),
        hashes=_hash_rows([b"".join(hashes)]),
        texts=texts,
        kept=kept,
    )


def _vectors(
    rows: _Rows, previous: Index | None, encoder: encoders.OnnxEncoder, report: Progress, *, same_encoder: bool
) -> tuple[FloatArray, int]:
    """Return the vectors of all rows, and how many texts were encoded: each new one once.

    Rows are only ever kept from a generation of the same encoder: what shapes it is among what shapes rows.
    """
    vectors = np.empty((len(rows.hashes), encoder.dimension), dtype=np.float32)
    known: dict[bytes, int] = {}
    if previous is not None and same_encoder:
        if rows.kept is not None:
            old = np.flatnonzero(rows.kept >= 0)
            for part in np.array_split(old, 1 + len(old) // 8192):  # in steps, not to hold all vectors twice
                vectors[rows.kept[part]] = previous.vectors[part]
        if rows.texts:
            hashes = previous.row_hashes.tobytes()
            known = {hashes[32 * row : 32 * row + 32]: row for row in range(len(previous))}
    wanted: dict[bytes, list[int]] = {}
    for row in rows.texts:
        wanted.setdefault(rows.hashes[row].tobytes(), []).append(row)
    for digest, same in wanted.items():
        if previous is not None and digest in known:
            vectors[same] = previous.vectors[known[digest]]
    missing = [same for digest, same in wanted.items() if digest not in known]
    for start in range(0, len(missing), EMBEDDING_STEP):
        step = missing[start : start + EMBEDDING_STEP]
        for same, vector in zip(step, encoder.encode([rows.texts[same[0]] for same in step]), strict=True):
            vectors[same] = vector
        report("embed", start + len(step), len(missing))
    return vectors, len(missing)


def _write_lines(folder: Path, name: str, lines: bytes, starts: IntArray) -> None:
    (folder / f"{name}.jsonl").write_bytes(lines)
    np.save(folder / f"{name}.npy", starts, allow_pickle=False)


def _starts(lengths: Iterable[int]) -> IntArray:
    """Return the offsets of lines from their lengths without the line ends, and the end of the last."""
    return np.concatenate([[0], np.cumsum([length + 1 for length in lengths])]).astype(np.int64)


def _row_hash(text: str) -> bytes:
    return sha256(text.encode()).digest()


def _hash_rows(hashes: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, 32)


def _json_sha256(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"


def _code_sha256(modules: Iterable[str] = ()) -> str:
    """Return the SHA-256 of fmqa's own modules, or of all and the weights that they read.

    Another release may split or judge passages differently.
    """
    folder = Path(__file__).parent
    weights = (folder / "scoring.json", folder / "published.json")
    paths = [folder / f"{module}.py" for module in modules] or [*sorted(folder.rglob("*.py")), *weights]
    return _json_sha256([(path.relative_to(folder).as_posix(), generations.file_sha256(path)) for path in paths])
