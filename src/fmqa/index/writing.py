"""Build a generation of the index: what changed is split and embedded anew, and readers see all of it or none."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from fmqa.corpus.questions import Asked
from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import BadCorpus, IndexUnusable, Unavailable
from fmqa.index import bm25, changes, checkpoint, encoders, generations
from fmqa.index.changes import Changes
from fmqa.index.code_key import code_sha256
from fmqa.index.passages import other_forms, search_text, split
from fmqa.index.reading import (
    BM25,
    BM25_OWN,
    CALIBRATION,
    DOCUMENT_HASHES,
    DOCUMENTS,
    ENCODER,
    NOTHING,
    PASSAGES,
    ROW_HASHES,
    ROWS,
    SCAN,
    VECTORS,
    VOCABULARY,
    WORDING_HASHES,
    WORDING_OF,
    WORDINGS,
    Index,
    open_generation,
    row_hash,
)
from fmqa.index.stores import faiss
from fmqa.index.stores.filters import facts_of
from fmqa.settings import Settings
from fmqa.text.words import tokenize
from fmqa.types import Document, FloatArray, IntArray, Record, Vocabulary

UNPUBLISHED = "unpublished"
"""Name of the generation that is being built, while it is calibrated."""

LIBRARIES = ("bm25s", "faiss-cpu", "numpy", "onnxruntime", "pydantic", "PyStemmer", "tokenizers")
EXPORTING = ("onnx", "sentence-transformers", "torch", "transformers")
"""What shapes an encoder that is exported here; our own comes exported."""

Progress = Callable[[str, int, int], None]
Embed = Callable[[Path, Sequence[str]], Iterable[FloatArray]]
"""Folder of an encoder and texts -> their vectors in order, some at a time: who else than this machine encodes."""


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


class _Plan(NamedTuple):
    """What a build is made from, as hashes; equal hashes mean equal results."""

    documents: Sequence[Document]
    questions: Sequence[Asked]
    lines: Sequence[bytes]  # documents as JSON
    hashes: Sequence[bytes]  # SHA-256 of each line
    vocabulary: bytes
    corpus: str
    encoder: str
    rows: str
    inputs: str
    tuned: str  # "" where nothing is calibrated
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
    forms: dict[int, str]  # other forms of what they abbreviate
    kept: IntArray | None


def build(
    documents: Sequence[Document],
    vocabulary: Vocabulary,
    settings: Settings,
    progress: Progress | None = None,
    calibrate: Callable[[Index], dict[str, Any]] | None = None,
    tuned_on: Any = None,
    embed: Embed | None = None,
    questions: Sequence[Asked] = (),
) -> BuildReport:
    """Bring the index in ``settings.index`` up to date with a corpus; nothing is done if nothing changed.

    A new generation computes vectors for changed passages only, and is the same, file by file, as one built from
    scratch. Until the last moment readers see the previous one.

    Args:
        documents: The corpus, in any order; ids are unique.
        vocabulary: Its concepts.
        settings: Where the index is, and what shapes it.
        progress: Called with the step, how many of it are done, and how many there are.
        calibrate: Given the new index before it is published, returns what is stored with it as JSON. It may depend on
            documents of our own alone, and is not called where these and all else that it rests on are as before.
        tuned_on: What ``calibrate`` depends on besides index, settings and code, as JSON; a change means a new build.
        embed: Encodes the passages; None: this machine.
        questions: What people ask, beside the questions that statements themselves list.

    Raises:
        BadCorpus: If there is no document, two have the same id, or there is no text to index.
        IndexBusy: If another build does not finish within ``settings.lock_seconds``.
        Unavailable: If the model cannot be loaded or the folder cannot be written.
    """
    started = time.monotonic()
    report = progress or (lambda _step, _done, _total: None)
    told: Changes | None = None
    plan = _plan(documents, vocabulary, questions, settings, tuned_on, calibrated=calibrate is not None)
    try:
        with generations.building(settings.index, settings.lock_seconds) as staging:
            usable = _up_to_date(settings.index, plan.inputs)
            if usable is not None:
                generation, manifest, changed, embedded, exported = *usable, 0, None
            else:
                previous = _previous(settings.index)
                told = _changes(plan, previous[2]) if previous else None
                manifest, embedded, exported = _write(
                    staging, plan, vocabulary, settings, previous, report, calibrate, embed
                )
                generation, changed = generations.publish(settings.index, staging, manifest), True
                checkpoint.clear(settings.index)
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


def _plan(
    documents: Sequence[Document],
    vocabulary: Vocabulary,
    questions: Sequence[Asked],
    settings: Settings,
    tuned_on: Any,
    *,
    calibrated: bool,
) -> _Plan:
    documents = sorted(documents, key=lambda document: document.id)
    ids = [document.id for document in documents]
    if not ids:
        raise BadCorpus(f"there is no document in {settings.corpus} yet: add one with 'fmqa corpus add'")
    if len(set(ids)) != len(ids):
        raise BadCorpus(f"two documents have the id {next(name for name in ids if ids.count(name) > 1)}")
    lines = [document.model_dump_json().encode() for document in documents]
    hashes = [sha256(line).digest() for line in lines]
    concepts = vocabulary.model_dump_json().encode()
    shaping = {"passage_tokens", "exact_limit"}
    if calibrated:  # what steers answers steers what the abstention rule was fitted on
        shaping |= {"fusion", "dense_weight", "candidates", "start_document", "max_words"}
    chosen = settings.model_dump(mode="json", include=shaping)
    versions = _versions(settings)
    model, code = encoders.model_fingerprint(settings.encoder), code_sha256("fmqa.index.writing")
    encoder_code = code_sha256("fmqa.index.encoders")
    judged_by = code_sha256("fmqa.assistant") if calibrated else ""  # a calibration sees all that answers
    people_ask = _json_sha256([asked.model_dump(mode="json") for asked in questions])
    corpus = sha256(b"".join(hashes) + concepts + people_ask.encode()).hexdigest()
    starts = {settings.start_document, vocabulary.pack.start}  # a conversation may start from an added one
    own = [
        digest.hex()
        for document, digest in zip(documents, hashes, strict=True)
        if not document.is_added or document.id in starts
    ]
    named = vocabulary.model_dump_json(exclude={"pack", "grading"}).encode()  # neither is in a passage
    rows = _json_sha256([code, settings.passage_tokens, model, versions, sha256(named).hexdigest()])
    concerns = [own, sha256(concepts).hexdigest(), people_ask, rows, encoder_code, chosen, judged_by, tuned_on]
    return _Plan(
        documents=documents,
        questions=questions,
        lines=lines,
        hashes=hashes,
        vocabulary=concepts,
        corpus=corpus,
        encoder=_json_sha256([model, encoder_code, versions]),
        rows=rows,
        inputs=_json_sha256([corpus, model, code, chosen, versions, judged_by, tuned_on]),
        tuned=_json_sha256(concerns) if calibrated else "",
        settings=chosen,
        versions=versions,
    )


def _up_to_date(folder: Path, inputs: str) -> tuple[str, generations.Manifest, bool] | None:
    """Put the generation that was made from these inputs in use, if it is kept and undamaged; whether that changed."""
    try:
        for position, digest in enumerate(generations.history(folder)):
            if generations.read_manifest(folder, digest).inputs == inputs:
                manifest = generations.verify(folder, digest, "changed")
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
            index = open_generation(folder, digest, "changed")
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
    embed: Embed | None,
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
    computed = checkpoint.Checkpoint(settings.index, plan.encoder, encoder.dimension)
    of_same_encoder = before if same_encoder else None
    encode = partial(_gathered, embed, staging / ENCODER) if embed else partial(computed.encode, encoder.encode)
    vectors, embedded = _vectors(rows, of_same_encoder, encoder.dimension, encode, report)
    wordings = _wordings(plan, rows.statements, encoder, computed, of_same_encoder, report)
    report("index", 0, 1)
    matcher = Matcher(vocabulary)
    tokens = [
        tokenize(f"{rows.texts[row]} {rows.forms[row]}", matcher.expansions(rows.texts[row]))
        if row in rows.texts
        else None
        for row in range(len(vectors))
    ]
    bm25.build(tokens, staging / BM25, before.bm25 if before is not None and rows.kept is not None else None, rows.kept)
    published = {document.id for document in plan.documents if document.is_added}
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
    listed = {
        "documents": rows.spans,
        "named": named,
        "facts": [(document.id, *facts_of(document)) for document in plan.documents],
        "statements": rows.statements,
    }
    (staging / ROWS).write_text(json.dumps(listed), encoding="utf-8")
    (staging / VOCABULARY).write_bytes(plan.vocabulary)
    np.save(staging / VECTORS, vectors, allow_pickle=False)
    np.save(staging / ROW_HASHES, rows.hashes, allow_pickle=False)
    np.save(staging / DOCUMENT_HASHES, _hash_rows(plan.hashes), allow_pickle=False)
    np.save(staging / WORDINGS, wordings[0].astype(np.float16), allow_pickle=False)  # half the size, cosines to 1e-4
    np.save(staging / WORDING_OF, wordings[1], allow_pickle=False)
    np.save(staging / WORDING_HASHES, wordings[2], allow_pickle=False)
    report("index", 1, 1)
    if calibrate is not None:
        kept = before.calibration if previous is not None and before and previous[1].tuned == plan.tuned else None
        tuned = calibrate(Index(staging, UNPUBLISHED)) if kept is None else kept
        (staging / CALIBRATION).write_text(json.dumps(tuned, sort_keys=True, ensure_ascii=False), encoding="utf-8")
    files = generations.list_files(staging)
    manifest = generations.Manifest(
        inputs=plan.inputs,
        corpus=plan.corpus,
        encoder=plan.encoder,
        encoder_files=_json_sha256([(file.name, file.sha256) for file in files if file.name.startswith(f"{ENCODER}/")]),
        rows=plan.rows,
        tuned=plan.tuned,
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
        return metadata.organisation is not None
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
    forms: dict[int, str] = {}
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
                texts[row], forms[row] = search_text(passage, document), other_forms(passage, document)
                hashes.append(row_hash(texts[row]))
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
        forms=forms,
        kept=kept,
    )


def _vectors(
    rows: _Rows,
    previous: Index | None,
    dimension: int,
    encode: Callable[[Sequence[str], Sequence[bytes], Callable[[int], None]], FloatArray],
    report: Progress,
) -> tuple[FloatArray, int]:
    """Return the vectors of all rows, and how many texts were encoded: each new one once.

    Rows are only ever kept from a generation of the same encoder: what shapes it is among what shapes rows.
    """
    vectors = np.empty((len(rows.hashes), dimension), dtype=np.float32)
    known: dict[bytes, int] = {}
    if previous is not None:
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
    missing = {digest: rows.texts[same[0]] for digest, same in wanted.items() if digest not in known}
    found = encode(list(missing.values()), list(missing), lambda done: report("embed", done, len(missing)))
    for digest, vector in zip(missing, found, strict=True):
        vectors[wanted[digest]] = vector
    return vectors, len(missing)


def _gathered(
    embed: Embed, encoder: Path, texts: Sequence[str], _hashes: Sequence[bytes], report: Callable[[int], None]
) -> FloatArray:
    """Return the vectors of texts that others encode, who keep what is done themselves."""
    parts: list[FloatArray] = []
    for part in embed(encoder, texts):
        parts.append(part)
        report(sum(map(len, parts)))
    return np.concatenate(parts) if parts else np.empty((0, 0), dtype=np.float32)


def _wordings(
    plan: _Plan,
    statements: Sequence[tuple[str, str, int]],
    encoder: encoders.OnnxEncoder,
    computed: checkpoint.Checkpoint,
    previous: Index | None,
    report: Progress,
) -> tuple[FloatArray, IntArray, NDArray[np.uint8]]:
    """Return the vectors of every curated statement's own words and of the questions that it answers.

    Args:
        plan: The corpus.
        statements: Document, id and row of every statement, in the order in which they are numbered.
        encoder: Makes the vectors.
        computed: Keeps them.
        previous: A generation of the same encoder, to keep vectors from; None: there is none.
        report: Told how many are done.

    Returns: A vector for each text; of each way to meet a statement the vector, the statement's number (``NOTHING``
        for a question that none answers), and 1 for a question; the hash of each text.
    """
    number = {(document, statement): n for n, (document, statement, _) in enumerate(statements)}
    ways: list[tuple[str, int, int]] = []
    for document in plan.documents:
        for span in () if document.is_added else document.statements:
            stem = f"{document.text[slice(*span.stem)]} " if span.stem else ""
            at = number[document.id, span.statement.id]
            ways.append((stem + document.text[span.start : span.end], at, 0))
            ways += [(question, at, 1) for question in span.statement.answers]
    for asked in plan.questions:
        ways += [(asked.question, number[name], 1) for name in map(_parts, asked.statements) if name in number]
        if not asked.statements:
            ways.append((asked.question, NOTHING, 1))
    hash_of = {text: row_hash(text) for text, _, _ in ways}
    row_of = {text: row for row, text in enumerate(hash_of)}
    known: dict[bytes, FloatArray] = {}
    if previous is not None:
        known = {digest.tobytes(): previous.wordings[n] for n, digest in enumerate(previous.wording_hashes)}
    missing = {digest: text for text, digest in hash_of.items() if digest not in known}
    found = computed.encode(
        encoder.encode, list(missing.values()), list(missing), lambda done: report("wordings", done, len(missing))
    )
    known |= zip(missing, found, strict=True)
    hashes = list(hash_of.values())
    vectors = np.array([known[digest] for digest in hashes], dtype=np.float32).reshape(len(hashes), encoder.dimension)
    met = np.array([(row_of[text], at, kind) for text, at, kind in ways], dtype=np.int64).reshape(-1, 3)
    return vectors, met, _hash_rows([b"".join(hashes)])


def _parts(name: str) -> tuple[str, str]:
    """Return document and id of a statement."""
    document, _, statement = name.partition("#")
    return document, statement


def _write_lines(folder: Path, name: str, lines: bytes, starts: IntArray) -> None:
    (folder / f"{name}.jsonl").write_bytes(lines)
    np.save(folder / f"{name}.npy", starts, allow_pickle=False)


def _starts(lengths: Iterable[int]) -> IntArray:
    """Return the offsets of lines from their lengths without the line ends, and the end of the last."""
    return np.concatenate([[0], np.cumsum([length + 1 for length in lengths])]).astype(np.int64)


def _hash_rows(hashes: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, 32)


def _json_sha256(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _versions(settings: Settings) -> dict[str, str]:
    """Return the versions of the libraries that shape a generation."""
    exporting = () if settings.encoder == encoders.SHIPPED_MODEL else EXPORTING
    return {name: _version(name) for name in (*LIBRARIES, *exporting)}


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"
