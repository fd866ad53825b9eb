"""Measure fmqa beside plain sentence-transformers and a flat index; see bench/README.md.

python bench/measure.py                                  the corpus that comes with fmqa
python bench/measure.py --part large --passages 100000   a collection of that size, made from texts
python bench/measure.py --part loss --data DIR           what the fast encoder loses
"""

import argparse
import csv
import gzip
import http.client
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import faiss
import numpy as np

from fmqa import building
from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.corpus import loading
from fmqa.evidence import searching
from fmqa.index import bm25, encoders, reading, writing
from fmqa.settings import Settings
from fmqa.text.words import tokenize
from fmqa.types import Document, FloatArray, Metadata, Record, Reference, Section, text_sha256

ROOT = Path(__file__).parent.parent
TOPICS = ROOT / "eval" / "topics" / "dev"
COLD_RUNS = 5
CANDIDATES = 200
Qrels = dict[str, dict[str, int]]
REQUESTS = 240
SAMPLE = 512  # passages of the large collection that are really encoded
DOCUMENT_PASSAGES = 100
MARK_TOKENS = 16  # room for what tells a repeated text from the others
REFERENCE_QUERY = """
import os, sys, time
os.environ["HF_HUB_OFFLINE"] = "1"
import numpy as np, faiss
from fmqa.index.encoders import model_folder
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(str(model_folder("fmqa-encoder")), device="cpu")
vectors = np.load(sys.argv[1])
flat = faiss.IndexFlatIP(vectors.shape[1]); flat.add(vectors)
flat.search(model.encode([sys.argv[2]], normalize_embeddings=True), 10)
"""


WITHOUT_READER = """
import sys
import numpy as np
from fmqa.index import reader
class Nobody:
    def score(self, question, texts): return np.zeros(len(texts), np.float32)
    def score_pairs(self, pairs): return np.zeros(len(pairs), np.float32)
reader.shipped, reader.open_ahead = Nobody, lambda: None
from fmqa.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
"""The service with a reader that says nothing at once: what an answer takes besides. Not a setting, as the chance that
the sources answer rests on the reader."""


class Row(Record):
    """One line of the result: a figure of fmqa beside that of the reference."""

    name: str
    fmqa: str
    reference: str = "-"
    ratio: str = "-"
    aim: str = "-"
    met: str = "-"
    command: str = ""


class Aims(NamedTuple):
    """What the service is held to at a size; None: nothing."""

    p50_ms: float | None = None
    p99_ms: float | None = None
    answers_per_s: float | None = None  # with eight clients
    memory_mb: float | None = None
    changed_s: float | None = None  # of a build after one passage in a hundred was changed


AIMS = (
    (500_000, Aims(10, 20, None, 2500)),  # 1,000,000 passages
    (50_000, Aims(5, 10, 300, 500, 10)),  # 100,000
    (0, Aims(4, None, 300, None)),
)
"""By the least number of passages."""
READING_MS = 25
"""Aim of the median on the corpus that comes with fmqa, whose curated statements the reader model reads with every
question; the aims above are without it."""
START_S, UNCHANGED_S, ONE_DOCUMENT_S = 1, 1, 5
"""Aims at any size: from start to the first answer; a build with nothing changed; one after a document has come."""


def topic_questions(most: int = 240) -> list[str]:
    """Return development questions, each another, so that what is kept of the last ones answers none."""
    found = [
        json.loads(line)["question"]
        for name in ("answerable", "disagreement", "rewrites")
        for line in (TOPICS / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    return list(dict.fromkeys(found))[:most]


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the sorted values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def timed(call: Callable[[], object], runs: int) -> list[float]:
    """Return the seconds of each run."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return seconds


@contextmanager
def service(
    settings: Settings, question: str, workers: int = 1, *, reads: bool = True
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run the service in processes of its own; yield it and the seconds until its first answer; stop it.

    Without ``reads``, which several workers cannot do, the reader model is left out.
    """
    environment = os.environ | {
        "FMQA_INDEX": str(settings.index),
        "FMQA_CORPUS": str(settings.corpus),
        "FMQA_DATABASE": settings.database,
        "FMQA_PORT": str(settings.port),
    }
    if settings.start_document:
        environment["FMQA_START_DOCUMENT"] = settings.start_document
    started = time.perf_counter()
    program = ["-m", "fmqa"] if reads else ["-c", WITHOUT_READER]
    command = [sys.executable, *program, "serve", "--workers", str(workers)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                ask(http.client.HTTPConnection("127.0.0.1", settings.port, timeout=30), question)
                break
            except OSError:
                if process.poll() is not None or time.perf_counter() - started > 120:
                    raise RuntimeError("the service does not start: " + " ".join(command[:3])) from None
                time.sleep(0.02)
        yield process, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(timeout=20)


def ask(connection: http.client.HTTPConnection, question: str) -> None:
    """Ask one question over a kept connection."""
    connection.request("POST", "/v1/ask", json.dumps({"question": question}), {"Content-Type": "application/json"})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise RuntimeError(f"status {response.status}: {body[:200]!r}")


def load(port: int, clients: int, questions: Sequence[str]) -> tuple[list[float], float]:
    """Return the seconds of each request and the answers per second, with so many clients at once."""

    def client(number: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        seconds = []
        for turn in range(REQUESTS // clients):
            question = questions[(turn * clients + number) % len(questions)]
            seconds += timed(partial(ask, connection, question), 1)
        connection.close()
        return seconds

    client(0)  # warm
    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        seconds = [s for found in pool.map(client, range(clients)) for s in found]
    return seconds, len(seconds) / (time.perf_counter() - started)


def resident_mb(pid: int) -> float:
    """Return the memory that a process and its children hold, in MiB; what they share counts once (Linux)."""
    total = 0
    for each in (pid, *children(pid)):
        for line in Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:" if each != pid or children(pid) else "Rss:"):
                total += int(line.split()[1])
    return total / 1024


def children(pid: int) -> list[int]:
    """Return the children of a process (Linux)."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def row(
    name: str, value: float, unit: str, reference: float | None = None, aim: float | None = None, *, most: bool = True
) -> Row:
    """Return a line; ``most`` says whether the aim is an upper bound (and a smaller figure better)."""
    ratio = "-" if reference is None else f"{(reference / value if most else value / reference):.1f} x"
    met = "-" if aim is None else ("yes" if (value <= aim if most else value >= aim) else "no")
    return Row(
        name=name,
        fmqa=f"{value:.3g} {unit}",
        reference="-" if reference is None else f"{reference:.3g} {unit}",
        ratio=ratio,
        aim="-" if aim is None else f"{'<=' if most else '>='} {aim:g} {unit}",
        met=met,
    )


def plain_search(model: encoders.ReferenceEncoder, flat: faiss.IndexFlatIP, question: str) -> None:
    """Search as a plain program does: encode the question, scan every vector."""
    flat.search(model.encode([question]), 10)


def serving_rows(
    label: str, settings: Settings, vectors: FloatArray, questions: Sequence[str], folder: Path, *, reads: bool
) -> list[Row]:
    """Return cold start, latency, throughput and memory of the service beside the reference.

    Where the reader model ``reads`` with every answer, the figures stand with and without it.
    """
    np.save(folder / "reference.npy", vectors)
    cold = []
    for _ in range(COLD_RUNS):
        with service(settings, questions[0]) as (_, seconds):
            cold.append(seconds)
    command = [sys.executable, "-c", REFERENCE_QUERY, str(folder / "reference.npy"), questions[0]]
    cold_reference = timed(lambda: subprocess.run(command, check=True, capture_output=True), 3)
    model = encoders.ReferenceEncoder(settings.encoder)
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(np.ascontiguousarray(vectors))
    plain = [timed(partial(plain_search, model, flat, q), 1)[0] for q in questions]
    aims = next(aims for least, aims in AIMS if len(vectors) >= least)
    rows = [
        row(
            f"{label}: start to first answer, median",
            statistics.median(cold),
            "s",
            statistics.median(cold_reference),
            START_S,
        )
    ]
    if reads:
        with service(settings, questions[0], reads=False) as (process, _):
            rows += asking_rows(f"{label}, without the reader model", settings.port, questions, plain, aims)
        label, aims = f"{label}, with the reader model", Aims(p50_ms=READING_MS)
    with service(settings, questions[0]) as (process, _):
        rows += asking_rows(label, settings.port, questions, plain, aims)
        memory = resident_mb(process.pid)
    with service(settings, questions[0], workers=2) as (process, _):
        _, rate_two = load(settings.port, 8, questions)
        memory_two = resident_mb(process.pid)
    return [
        *rows,
        row(f"{label}: answers/s, 8 clients, --workers 2", rate_two, "/s", None, aims.answers_per_s, most=False),
        row(f"{label}: memory of the service", memory, "MiB", None, aims.memory_mb),
        row(f"{label}: memory of two workers, what they share counted once", memory_two, "MiB"),
    ]


def asking_rows(label: str, port: int, questions: Sequence[str], plain: Sequence[float], aims: Aims) -> list[Row]:
    """Return latency and throughput of a running service beside the seconds that plain searches took."""
    one, rate_one = load(port, 1, questions)
    eight, rate_eight = load(port, 8, questions)
    return [
        row(
            f"{label}: /v1/ask p50, 1 client",
            quantile(one, 0.5) * 1e3,
            "ms",
            quantile(plain, 0.5) * 1e3,
            aims.p50_ms,
        ),
        row(
            f"{label}: /v1/ask p99, 1 client",
            quantile(one, 0.99) * 1e3,
            "ms",
            quantile(plain, 0.99) * 1e3,
            aims.p99_ms,
        ),
        row(f"{label}: answers/s, 1 client", rate_one, "/s", 1 / statistics.mean(plain), most=False),
        row(f"{label}: /v1/ask p50, 8 clients", quantile(eight, 0.5) * 1e3, "ms"),
        row(f"{label}: answers/s, 8 clients", rate_eight, "/s", None, aims.answers_per_s, most=False),
    ]


def shipped(folder: Path) -> list[Row]:
    """Return the figures of the corpus that comes with the project."""
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    settings = Settings(
        corpus=folder / "corpus", index=folder / "index", database=f"sqlite:///{folder}/fmqa.db", port=8765
    )
    first = timed(lambda: building.build_index(settings), 1)[0]
    unchanged = statistics.median(timed(lambda: building.build_index(settings), 3))
    document = folder / "corpus" / "labels" / "tonmya-label.md"
    document.write_text(
        document.read_text(encoding="utf-8") + "\nOne more paragraph of running text.\n", encoding="utf-8"
    )
    edited = timed(lambda: building.build_index(settings), 1)[0]
    file = folder / "note.txt"
    file.write_text("A note on sleep\n\nPeople who slept longer had less pain in a survey of 120 adults.\n", "utf-8")
    ingestion.add(settings.corpus, [file], Given(), today=date(2026, 1, 1))
    added = timed(lambda: building.build_index(settings), 1)[0]
    opened = reading.open_index(settings.index)
    texts = [opened.passage(number).text for number in range(len(opened))]
    rows = [
        row("shipped corpus: first build, with export of the encoder", first, "s"),
        row("shipped corpus: build with nothing changed", unchanged, "s", None, UNCHANGED_S),
        row("shipped corpus: build after one edited document of our own", edited, "s"),
        row("shipped corpus: build after one document was added", added, "s", None, ONE_DOCUMENT_S),
        *encoding_rows(opened, settings, texts[:SAMPLE]),
    ]
    vectors = np.asarray(opened.vectors)
    return rows + serving_rows("shipped corpus", settings, vectors, topic_questions(), folder, reads=True)


def encoding_rows(opened: reading.Index, settings: Settings, texts: Sequence[str]) -> list[Row]:
    """Return the passages encoded a second by the fast path of a build and by the reference."""
    generation = settings.index / opened.generation
    fast = encoders.OnnxEncoder(generation / reading.ENCODER, threads=os.cpu_count() or 1)
    reference = encoders.ReferenceEncoder(settings.encoder)
    fast.encode(texts[:16])
    reference.encode(texts[:16])
    rounds = [(timed(lambda: fast.encode(texts), 1)[0], timed(lambda: reference.encode(texts), 1)[0]) for _ in range(3)]
    mine, theirs = (len(texts) / statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    line = row(f"build: passages encoded ({fast.info.precision})", mine, "/s", theirs, most=False)
    return [line.model_copy(update={"aim": ">= 4 x", "met": "yes" if mine >= 4 * theirs else "no"})]


def texts_of(data: Path) -> Iterator[tuple[str, str]]:
    """Yield id and text of every document of every set below a folder."""
    for path in sorted(data.rglob("corpus.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                document = json.loads(line)
                text = " ".join(f"{document.get('title', '')} {document['text']}".split())
                if text:
                    yield document["_id"], text


def own_texts() -> list[str]:
    """Return paragraphs of the corpus that comes with fmqa."""
    files = sorted((ROOT / "corpus").rglob("*.md"))
    paragraphs = (part for file in files for part in file.read_text("utf-8").split("\n\n"))
    return [" ".join(part.split()) for part in paragraphs if len(part.split()) > 20]


def of_one_passage(text: str, count_tokens: Callable[[str], int], most: int) -> str:
    """Return the first words of a text that have at most so many tokens, so that a block of them is one passage."""
    words, total = [], 0
    for word in text.split():
        total += count_tokens(word)
        if total > most:
            break
        words.append(word)
    return " ".join(words)


def large_documents(texts: Sequence[str], passages: int) -> list[Document]:
    """Return documents of running text, a hundred passages each, made from texts that are repeated where they end.

    Args:
        texts: Each short enough to be one passage, with a mark of ``MARK_TOKENS`` behind it.
        passages: How many passages all of them have together.
    """
    documents = []
    for number in range(math.ceil(passages / DOCUMENT_PASSAGES)):
        first = number * DOCUMENT_PASSAGES
        size = min(DOCUMENT_PASSAGES, passages - first)
        blocks = [f"{texts[(first + i) % len(texts)]} [{number}.{i}]" for i in range(size)]
        text = "\n\n".join(blocks)
        sections, start = [], 0
        for i, block in enumerate(blocks):
            sections.append(Section(start=start, end=start + len(block), headings=(f"Part {i}",)))
            start += len(block) + 2
        metadata = Metadata(
            id=f"large-{number:05d}",
            title=f"Large collection, part {number}",
            short_title=f"Part {number}",
            kind="background",
            licence="as the source",
            evidence_checked=date(2026, 1, 1),
            last_updated=date(2026, 1, 1),
            references=(Reference(id="DATA", citation="A public collection, for measuring"),),
        )
        documents.append(
            Document(
                metadata=metadata,
                path=f"{metadata.id}.md",
                text=text,
                sha256=text_sha256(text),
                sections=tuple(sections),
            )
        )
    return documents


def edited_copy(document: Document) -> Document:
    """Return a document with every passage changed in one letter."""
    text = document.text.replace("[", "<")
    return document.model_copy(update={"text": text, "sha256": text_sha256(text)})


class SampledEncoder(encoders.OnnxEncoder):
    """Encodes questions; of many texts at once it encodes a sample, and mixes its vectors for the rest."""

    sample: FloatArray | None = None

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors; beyond a handful they are mixtures of the vectors of the first texts ever given."""
        if len(texts) < 8:
            return super().encode(texts)
        if SampledEncoder.sample is None:
            SampledEncoder.sample = super().encode(texts[:SAMPLE])
        generator = np.random.default_rng(len(texts))
        sample = SampledEncoder.sample
        first, second = generator.integers(len(sample), size=(2, len(texts)))
        noise = generator.normal(scale=0.02, size=(len(texts), sample.shape[1]))
        mixed = 0.75 * sample[first] + 0.25 * sample[second] + noise
        return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


def large(data: Path | None, passages: int, folder: Path) -> list[Row]:
    """Return the figures of a large collection, made from texts of other sets or from those of fmqa's own corpus."""
    settings = Settings(
        corpus=ROOT / "corpus",
        index=folder / "large",
        database=f"sqlite:///{folder}/large.db",
        port=8766,
        start_document="large-00000",  # the pack's own is not among them
    )
    texts = [text for _, text in texts_of(data)] if data else own_texts()
    count_tokens = encoders.OnnxEncoder(encoders.SHIPPED_FOLDER).count_tokens
    texts = [of_one_passage(text, count_tokens, settings.passage_tokens - MARK_TOKENS) for text in texts]
    documents = large_documents(texts, passages)
    vocabulary = loading.vocabulary(ROOT / "corpus")
    honest, encoders.OnnxEncoder = encoders.OnnxEncoder, SampledEncoder  # type: ignore[misc]
    try:
        seconds = timed(lambda: writing.build(documents, vocabulary, settings), 1)[0]
        unchanged = timed(lambda: writing.build(documents, vocabulary, settings), 1)[0]
        count = max(1, passages // 100 // DOCUMENT_PASSAGES)  # one passage in a hundred
        documents[:count] = map(edited_copy, documents[:count])
        changed = timed(lambda: writing.build(documents, vocabulary, settings), 1)[0]
        documents[-1] = edited_copy(documents[-1])
        one = timed(lambda: writing.build(documents, vocabulary, settings), 1)[0]
    finally:
        encoders.OnnxEncoder = honest  # type: ignore[misc]
    opened = reading.open_index(settings.index)
    if len(opened) != passages:
        raise RuntimeError(f"{len(opened)} passages were made instead of {passages}")
    fast = encoders.OnnxEncoder(settings.index / opened.generation / reading.ENCODER, threads=os.cpu_count() or 1)
    sample = [opened.passage(number).text for number in range(SAMPLE)]
    of_one_s = timed(lambda: fast.encode(sample), 1)[0] / SAMPLE
    questions = topic_questions()
    if data:
        with gzip.open(next(data.rglob("queries.jsonl.gz")), "rt", encoding="utf-8") as lines:
            questions = [json.loads(line)["text"] for line in islice(lines, len(questions))]
    aims = next(aims for least, aims in AIMS if passages >= least)
    label = f"{len(opened):,} passages"
    many = count * DOCUMENT_PASSAGES
    rows = [
        row(f"{label}: first build without encoding", seconds, "s"),
        row(f"{label}: build with nothing changed", unchanged, "s", None, UNCHANGED_S),
        row(
            f"{label}: build with {many:,} changed, encoding them at the rate measured here",
            changed + many * of_one_s,
            "s",
            None,
            aims.changed_s,
        ),
        row(
            f"{label}: build with one document of {DOCUMENT_PASSAGES} passages changed, likewise",
            one + DOCUMENT_PASSAGES * of_one_s,
            "s",
            None,
            ONE_DOCUMENT_S,
        ),
        found_row(label, opened, [fast.encode([question])[0] for question in questions[:60]]),
    ]
    return rows + serving_rows(label, settings, np.asarray(opened.vectors), questions, folder, reads=False)


def found_row(label: str, opened: reading.Index, vectors: Sequence[FloatArray]) -> Row:
    """Return how many of the ten nearest the index finds, and how fast, beside a scan of all vectors."""
    shares, mine, theirs = [], [], []
    for vector in vectors:
        mine += timed(lambda vector=vector: opened.dense(vector, CANDIDATES), 1)  # type: ignore[misc]
        theirs += timed(lambda vector=vector: np.vecdot(opened.vectors, vector), 1)  # type: ignore[misc]
        least = np.sort(np.vecdot(opened.vectors, vector))[-10] - 1e-6
        shares.append(float(np.mean(opened.dense(vector, CANDIDATES)[1][:10] >= least)))
    found = row(
        f"{label}: nearest {CANDIDATES} vectors, p50", quantile(mine, 0.5) * 1e3, "ms", quantile(theirs, 0.5) * 1e3
    )
    return found.model_copy(update={"fmqa": f"{found.fmqa}, recall@10 {statistics.fmean(shares):.3f}"})


def ndcg(ranking: Sequence[str], grades: dict[str, int], k: int = 10) -> float:
    """Return nDCG at k with linear gain (Järvelin and Kekäläinen 2002)."""
    gained = sum(grades.get(name, 0) / math.log2(i + 2) for i, name in enumerate(ranking[:k]))
    ideal = sum(g / math.log2(i + 2) for i, g in enumerate(sorted(grades.values(), reverse=True)[:k]))
    return gained / ideal


def judged_set(folder: Path, most_documents: int, most_queries: int) -> tuple[dict[str, str], dict[str, str], Qrels]:
    """Return texts, questions and judgements of a set, cut to a size that takes minutes; judged texts are kept."""
    with gzip.open(folder / "queries.jsonl.gz", "rt", encoding="utf-8") as lines:
        queries = {q["_id"]: q["text"] for q in map(json.loads, lines)}
    qrels: Qrels = {}
    judged = next(p for p in (folder / "qrels" / "dev.tsv", folder / "qrels" / "train.tsv") if p.exists())
    with judged.open(encoding="utf-8") as lines:
        for query, document, grade in islice(csv.reader(lines, delimiter="\t"), 1, None):
            if int(grade) > 0 and query in queries:
                qrels.setdefault(query, {})[document] = int(grade)
    qrels = dict(islice(qrels.items(), most_queries))
    wanted = {document for grades in qrels.values() for document in grades}
    texts = dict(texts_of(folder))
    ids = sorted(wanted & set(texts)) + sorted(set(texts) - wanted)
    kept = ids[: max(most_documents, len(wanted))]
    return {i: texts[i] for i in kept}, {q: queries[q] for q in qrels}, qrels


def mean_ndcg(rankings: Sequence[Sequence[int]], ids: Sequence[str], qrels: Qrels) -> float:
    """Return the mean nDCG@10 over all judged questions."""
    pairs = zip(rankings, qrels.values(), strict=True)
    return statistics.fmean(ndcg([ids[i] for i in ranking], grades) for ranking, grades in pairs)


def quality_rows(data: Path, folder: Path) -> list[Row]:
    """Return nDCG@10 of the fast path beside the reference, and of each way to join dense search with BM25."""
    rows = []
    encoders.export(Settings().encoder, folder / "encoder")
    fast = encoders.OnnxEncoder(folder / "encoder", threads=os.cpu_count() or 1)
    reference = encoders.ReferenceEncoder(Settings().encoder)
    for name in ("scifact", "nfcorpus"):
        if not (data / name).exists():
            continue
        texts, queries, qrels = judged_set(data / name, most_documents=1500, most_queries=150)
        ids = list(texts)
        scores = {}
        for label, encoder in (("reference", reference), ("fast", fast)):
            cosines = encoder.encode(list(queries.values())) @ encoder.encode(list(texts.values())).T
            scores[label] = mean_ndcg(np.argsort(-cosines, axis=1, kind="stable")[:, :10].tolist(), ids, qrels)
        loss = scores["reference"] - scores["fast"]
        rows.append(
            Row(
                name=f"{name}: nDCG@10, dense ({len(qrels)} questions, {len(ids)} documents)",
                fmqa=f"{scores['fast']:.4f}",
                reference=f"{scores['reference']:.4f}",
                ratio=f"loss {loss:+.4f}",
                aim="loss <= 0.003",
                met="yes" if loss <= 0.003 else "no",
            )
        )
        bm25.build([tokenize(text) for text in texts.values()], folder / f"bm25-{name}")
        lexical = bm25.load(folder / f"bm25-{name}")
        found = [lexical.search(tokenize(q), CANDIDATES) for q in queries.values()]
        ranked = [(np.argsort(-c, kind="stable")[:CANDIDATES], -np.sort(-c)[:CANDIDATES]) for c in cosines]
        ways: dict[str, list[dict[int, float]]] = {
            "BM25": [dict(zip(r.tolist(), s.tolist(), strict=True)) for r, s in found],
            "RRF": [searching.reciprocal_rank_fusion([d[0], b[0]]) for d, b in zip(ranked, found, strict=True)],
        }
        for weight in (0.3, 0.4, 0.5, 0.6):
            ways[f"convex, dense weight {weight}"] = [
                searching.convex_fusion(d, b, weight) for d, b in zip(ranked, found, strict=True)
            ]
        for way, fused in ways.items():
            best = [[row for row, _ in sorted(f.items(), key=lambda item: (-item[1], item[0]))[:10]] for f in fused]
            rows.append(Row(name=f"{name}: nDCG@10, {way}", fmqa=f"{mean_ndcg(best, ids, qrels):.4f}"))
    return rows


def machine() -> dict[str, Any]:
    """Return what the figures were measured on and with."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    names = ("onnxruntime", "faiss-cpu", "sentence-transformers", "torch", "fastapi", "uvicorn", "numpy")
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "cpu": {flag: f" {flag}" in flags for flag in ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16")},
        "versions": {name: version(name) for name in names},
        "commit": commit.stdout.strip(),
        "settings": Settings().model_dump(mode="json", include={"encoder", "fusion", "dense_weight", "candidates"}),
        "rrf_k": searching.RRF_K,
    }


def main() -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("shipped", "large", "loss"), help="One part alone.")
    parser.add_argument("--data", type=Path, help="Folder with sets in the BEIR layout.")
    parser.add_argument("--passages", type=int, default=100_000, help="Size of the large collection.")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results", help="Folder for the JSON.")
    arguments = parser.parse_args()
    data = f" --data {arguments.data}" if arguments.data else ""
    parts: dict[str, tuple[str, Callable[[Path], list[Row]]]] = {
        "shipped": ("--part shipped", shipped),
        "large": (
            f"--part large --passages {arguments.passages}{data}",
            lambda folder: large(arguments.data, arguments.passages, folder),
        ),
        "loss": (f"--part loss{data}", lambda folder: quality_rows(arguments.data, folder)),
    }
    wanted = [arguments.part] if arguments.part else ["shipped", "large", *(["loss"] if arguments.data else [])]
    if "loss" in wanted and not arguments.data:
        parser.error("the loss needs --data")
    rows = []
    for name in wanted:
        command, measured = parts[name]
        with TemporaryDirectory() as folder:
            rows += [each.model_copy(update={"command": command}) for each in measured(Path(folder))]
    lines = [
        "| figure | fmqa | plain sentence-transformers + flat | better by | aim | met | python bench/measure.py |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [f"| {r.name} | {r.fmqa} | {r.reference} | {r.ratio} | {r.aim} | {r.met} | {r.command} |" for r in rows]
    sys.stdout.write("\n".join(lines) + "\n")
    arguments.out.mkdir(parents=True, exist_ok=True)
    result = {"machine": machine(), "rows": [r.model_dump() for r in rows]}
    path = arguments.out / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    path.write_text(json.dumps(result, indent=1), encoding="utf-8")
    sys.stdout.write(f"\n{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
