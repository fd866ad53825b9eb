"""What fmqa does beyond one machine, measured here, and the plan that follows: docs/scale.md.

    python bench/scale.py rates --data DIR     abstracts of DIR through the whole way: bytes and seconds of CPU each
    python bench/scale.py shard                one shard of a million passages: the time of each question on one core
    python bench/scale.py milvus               Milvus Lite on 100,000 passages beside exact search, by value
    python bench/scale.py page                 the plan and the fan-out from what was measured, into docs/scale.md

``DIR`` holds sets in the BEIR layout, as in bench/README.md. Each part writes what it found to bench/results/. Times of
rates and of a shard are of the processor, not of the clock, so that what else the machine does counts little.
"""

import argparse
import gzip
import json
import math
import os
import platform
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np

from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.adding.inside import Limits
from fmqa.corpus import loading, making
from fmqa.index import bm25, encoders, reading, writing
from fmqa.index.stores import faiss, remote
from fmqa.index.stores.filters import Facts, Filter
from fmqa.settings import Settings
from fmqa.text.words import tokenize
from fmqa.types import DocumentKind, FloatArray, Trust

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "scale.md"
RESULTS: Final = ROOT / "bench" / "results"
DIMENSION: Final = 384
K: Final = 200  # candidates of each search: FMQA_CANDIDATES
ABSTRACTS: Final = 36_000_000
SHARD: Final = 1_000_000  # passages
HNSW_LINKS: Final = 2 * 32 * 4  # bytes a vector: 2 M links of 4 bytes on the lowest level, M = 32
NEAR_ENOUGH: Final = 0.05
"""Relative difference of a BM25 score: Milvus keeps counts of words by segment, so that scores follow the segments."""
SIMULATED: Final = 3_000  # questions


def cpu_seconds() -> float:
    """Return the processor's seconds of this process and of those that it has waited for."""
    found = os.times()
    return found.user + found.system + found.children_user + found.children_system


def resident_bytes() -> int:
    """Return the memory that this process holds (Linux)."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def quantiles(seconds: Sequence[float] | FloatArray) -> dict[str, float]:
    """Return median and 99th percentile in milliseconds."""
    return {f"p{share}_ms": float(np.percentile(seconds, share)) * 1e3 for share in (50, 99)}


# --- rates: abstracts through the whole way ---------------------------------------------------------------------------


def medline(data: Path, most: int) -> tuple[str, int]:
    """Return abstracts as a MEDLINE file, and how many they are."""
    citations: list[str] = []
    for path in sorted(data.rglob("corpus.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if len(record["text"]) > 400 and record.get("title") and len(citations) < most:
                    number = 90_000_000 + len(citations)
                    citations.append(
                        f"<PubmedArticle><MedlineCitation><PMID>{number}</PMID><Article><Journal><Title>Measured</Title>"
                        f"<JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue></Journal><ArticleTitle>"
                        f"{escape(record['title'])}</ArticleTitle><Abstract><AbstractText>{escape(record['text'])}"
                        "</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"
                    )
    return f'<?xml version="1.0"?><PubmedArticleSet>{"".join(citations)}</PubmedArticleSet>', len(citations)


def rates(data: Path, most: int) -> dict[str, Any]:
    """Add, load and build abstracts; return bytes and seconds of CPU of each step."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        content, given = medline(data, most)
        (folder / "abstracts.xml").write_text(content, encoding="utf-8")
        settings = Settings(corpus=folder / "corpus", index=folder / "index")
        making.make(settings.corpus)
        start = cpu_seconds()
        limits = Limits(seconds=3600, megabytes=8192)
        added = ingestion.add(settings.corpus, [folder / "abstracts.xml"], Given(), limits=limits)
        adding = cpu_seconds() - start
        before = resident_bytes()
        start = cpu_seconds()
        loaded = loading.load(settings.corpus)
        opening = cpu_seconds() - start
        held = resident_bytes() - before
        encoding = 0.0
        words = 0

        def encode(encoder: Path, texts: Sequence[str]) -> Iterator[FloatArray]:
            nonlocal encoding, words
            one = encoders.OnnxEncoder(encoder)
            words = sum(len(text.split()) for text in texts)
            for begin in range(0, len(texts), 256):
                at = cpu_seconds()
                vectors = one.encode(texts[begin : begin + 256])
                encoding += cpu_seconds() - at
                yield vectors

        start = cpu_seconds()
        report = writing.build(loaded.documents, loaded.vocabulary, settings, embed=encode)
        building = cpu_seconds() - start - encoding
        generation = settings.index / report.generation
        sizes: dict[str, int] = {}
        for path in generation.rglob("*"):
            if path.is_file():
                part = path.relative_to(generation).parts[0]
                sizes[part] = sizes.get(part, 0) + path.stat().st_size
        opened = reading.open_index(settings.index)
        return {
            "abstracts": len(added.added),
            "of": given,
            "passages": report.passages,
            "words_per_passage": words / report.passages,
            "corpus_bytes": sum(path.stat().st_size for path in settings.corpus.rglob("*") if path.is_file()),
            "generation_bytes": sizes,
            "adding_cpu_s": adding,
            "loading_cpu_s": opening,
            "loading_bytes": held,
            "encoding_cpu_s": encoding,
            "building_cpu_s": building,
            "precision": opened.encoder.info.precision,
            "question_shares": list(shares_of(data, opened.bm25)),
        }


def shares_of(data: Path, words: bm25.Bm25) -> Iterator[list[float]]:
    """Yield, for each question of the sets, the share of passages that each of its words is in."""
    for path in sorted(data.rglob("queries.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                tokens = tokenize(json.loads(line)["text"])
                yield [words.frequency(token) / words.size for token in tokens if words.frequency(token)]


# --- one shard --------------------------------------------------------------------------------------------------------


def made_vectors(size: int, seed: int = 0) -> FloatArray:
    """Return unit vectors that lie in clusters, as those of texts do."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(2_000, DIMENSION)).astype(np.float32)
    vectors = np.empty((size, DIMENSION), dtype=np.float32)
    for start in range(0, size, 50_000):
        part = vectors[start : start + 50_000]
        part[:] = centres[random.integers(len(centres), size=len(part))]
        part += 0.7 * random.standard_normal(part.shape, dtype=np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return vectors


def made_words(size: int, questions: Sequence[Sequence[float]]) -> tuple[bm25.Bm25, list[list[str]]]:
    """Return a lexical index of a size in which the words of questions are as frequent as they were measured."""
    random = np.random.default_rng(1)
    shares = sorted({round(share, 4) for question in questions for share in question if share >= 0.0001})
    columns = [np.flatnonzero(random.random(size, dtype=np.float32) < share).astype(np.int32) for share in shares]
    starts = np.concatenate([[0], np.cumsum([len(column) for column in columns])]).astype(np.int64)
    rows = np.concatenate(columns)
    data = random.random(len(rows), dtype=np.float32)
    vocabulary = {f"{share:.4f}": place for place, share in enumerate(shares)}
    index = bm25.Bm25(vocabulary, starts, rows, data, np.ones(len(rows), dtype=np.uint16), size)
    return index, [[f"{share:.4f}" for share in question] for question in questions]


def of_thread(call: Callable[[], object]) -> float:
    """Return the processor's seconds that a call takes in this thread."""
    start = time.thread_time()
    call()
    return time.thread_time() - start


def shard(size: int, questions: int) -> dict[str, Any]:
    """Return what each question costs on one shard, on one core: nearest vectors, words, and both."""
    asked = [each for each in json.loads((RESULTS / "scale-rates.json").read_bytes())["question_shares"] if each]
    asked = [asked[n % len(asked)] for n in range(questions)]
    vectors = made_vectors(size)
    with TemporaryDirectory() as folder:
        built = cpu_seconds()
        faiss.build_scan(vectors, Path(folder) / "scan")
        built = cpu_seconds() - built
        store = faiss.open_scan(vectors, Path(folder) / "scan")
        random = np.random.default_rng(2)
        near = vectors[random.integers(size, size=questions)] + 0.03 * random.normal(size=(questions, DIMENSION))
        near = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
        store.search(near[:8], K)
        dense = [of_thread(partial(store.search, near[at : at + 1], K)) for at in range(questions)]
    words, tokens = made_words(size, asked)
    lexical = [of_thread(partial(words.search, each, K)) for each in tokens]
    both = np.array(dense) + np.array(lexical)
    return {
        "passages": size,
        "questions": questions,
        "scan_build_cpu_s": built,
        "dense": quantiles(dense),
        "lexical": quantiles(lexical),
        "both": quantiles(both),
        "seconds": both.tolist(),
    }


# --- the fan-out ------------------------------------------------------------------------------------------------------


def fanned_out(
    seconds: FloatArray, shards: int, replicas: int, busy: float, count: int = SIMULATED
) -> dict[str, float]:
    """Simulate questions that each ask every shard, and are answered when the slowest has; return p50 and p99.

    Questions come at random (a Poisson stream). Of a shard's replicas, each one core with a line before it, the one
    that is free first takes the question.

    Args:
        seconds: Measured times of questions on one shard, drawn from with replacement.
        shards: How many are asked.
        replicas: Cores that hold each shard.
        busy: Share of time that a core is at work, below 1; 0: each question finds all idle.
        count: How many questions come.
    """
    random = np.random.default_rng(shards * 1_000 + replicas)
    gap = float(seconds.mean()) / (replicas * busy) if busy else math.inf
    gaps = random.exponential(gap, size=count) if busy else np.full(count, 1e6)
    arrivals = np.cumsum(gaps).tolist()
    slowest: FloatArray = np.zeros(count, dtype=np.float32)
    for _ in range(shards):
        slowest = np.maximum(slowest, one_shard(arrivals, random.choice(seconds, size=count), replicas))
    return quantiles(slowest[count // 10 :])  # without the start, when all is idle


def one_shard(arrivals: Sequence[float], work: FloatArray, replicas: int) -> FloatArray:
    """Return how long each question takes on one shard, with its time in line."""
    free = [0.0] * replicas
    taken = np.empty(len(arrivals), dtype=np.float32)
    for at, (arrival, seconds) in enumerate(zip(arrivals, work.tolist(), strict=True)):
        first = min(range(replicas), key=free.__getitem__)
        free[first] = max(arrival, free[first]) + seconds
        taken[at] = free[first] - arrival
    return taken


def fan_out_table(found: dict[str, Any], shards: int) -> list[tuple[str, ...]]:
    """Return the table of the simulation for growing numbers of shards, the last being the plan's."""
    seconds = np.array(found["seconds"])
    rows: list[tuple[str, ...]] = [("shards", "idle", "1 core each, 50 % busy", "2, 50 %", "2, 70 %")]
    for number in (1, 4, 16, shards):
        cells = (
            fanned_out(seconds, number, 1, 0),
            fanned_out(seconds, number, 1, 0.5),
            fanned_out(seconds, number, 2, 0.5),
            fanned_out(seconds, number, 2, 0.7),
        )
        rows.append((str(number), *(f"{cell['p50_ms']:.1f} / {cell['p99_ms']:.1f}" for cell in cells)))
    return rows


# --- Milvus -----------------------------------------------------------------------------------------------------------


def milvus(size: int, questions: int, url: str | None) -> dict[str, Any]:
    """Load made passages into Milvus and compare what it finds with exact search and our BM25, by value.

    Raises: SystemExit if a cosine differs, or scores of words differ for half of the questions.
    """
    vectors = made_vectors(size)
    random = np.random.default_rng(3)
    names = [f"w{n}" for n in range(20_000)]
    drawn = np.minimum(random.zipf(1.25, size=(size, 40)) - 1, len(names) - 1)
    kinds, trusts = list(DocumentKind), list(Trust)
    facts = [
        Facts(
            trust=trusts[n % 3],
            added=n % 2 == 0,
            kind=kinds[n % len(kinds)],
            year=1980 + n % 45,
            organisation=f"Body {n % 9}",
        )
        for n in range(45 * 3 * 7)
    ]

    def rows(wanted: range) -> Iterator[remote.Row]:
        for n in wanted:
            yield remote.Row(vectors[n], [names[w] for w in drawn[n]], facts[n % len(facts)])

    filters = [
        Filter(),
        Filter(trust=(Trust.OWN, Trust.FOREIGN), first_year=2010),
        Filter(kinds=(DocumentKind.GUIDELINE,), organisations=("Body 3", "Body 4")),
    ]
    with TemporaryDirectory() as folder:
        place = url or f"milvus:///{folder}/vectors.db"
        bm25.build([[names[w] for w in row] for row in drawn], Path(folder) / "bm25")
        words = bm25.load(Path(folder) / "bm25")
        started = time.perf_counter()
        remote.load(place, remote.Source("0" * 16, size, DIMENSION, rows, ()))
        loading_s = time.perf_counter() - started
        store = remote.open_store(place, "0" * 16, size)
        try:
            times: dict[str, list[float]] = {"dense": [], "lexical": []}
            worst: dict[str, list[float]] = {"dense": [], "lexical": []}  # of each question
            for n in range(questions):
                wanted = filters[n % len(filters)]
                allowed = np.array([wanted.allows(each) for each in facts])[np.arange(size) % len(facts)]
                query = vectors[random.integers(size)] + 0.03 * random.normal(size=DIMENSION)
                query = (query / np.linalg.norm(query)).astype(np.float32)
                cosines = np.einsum("nd,d->n", vectors[allowed], query)
                asked = [names[w] for w in drawn[random.integers(size), :6]]
                for kind, call, exact in (
                    ("dense", partial(store.dense, query, K, wanted), -np.sort(-cosines)[:K]),
                    ("lexical", partial(store.lexical, asked, K, wanted), words.search(asked, K, allowed)[1]),
                ):
                    start = time.perf_counter()
                    _, scores = call()
                    times[kind].append(time.perf_counter() - start)
                    if len(scores) != len(exact):
                        sys.exit(f"{kind} search found {len(scores)} passages instead of {len(exact)}")
                    worst[kind].append(float(np.max(np.abs(scores - exact) / np.abs(exact), initial=0)))
        finally:
            store.close()
    greatest = {kind: max(found) for kind, found in worst.items()}
    usual = statistics.median(worst["lexical"])
    if greatest["dense"] > 1e-4 or usual > NEAR_ENOUGH:
        sys.exit(f"scores differ from exact search: at most {greatest}, of words usually {usual}")
    return {
        "passages": size,
        "questions": questions,
        "where": "Milvus Lite" if url is None else "a server",
        "load_s": loading_s,
        "memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "worst_relative_difference": greatest,
        "usual_lexical_difference": usual,
        **{kind: quantiles(seconds) for kind, seconds in times.items()},
    }


# --- the plan ---------------------------------------------------------------------------------------------------------


def plan_tables(found: dict[str, Any], prices: tuple[float, float]) -> dict[str, list[tuple[str, ...]]]:
    """Return what was measured for an abstract, and what follows for all of them."""
    number, passages = found["abstracts"], found["passages"]
    ratio = passages / number
    total = ABSTRACTS * ratio
    sizes = found["generation_bytes"]
    per_passage = {
        "vectors, float32": sizes["vectors.npy"] / passages,
        "passages with their anchors": (sizes["passages.jsonl"] + sizes["passages.npy"]) / passages,
        "postings and counts": sizes["bm25"] / passages,
        "documents": (sizes["documents.jsonl"] + sizes["documents.npy"]) / passages,
        "all files of the generation": sum(sizes[part] for part in sizes if part != "encoder") / passages,
        "corpus folder": found["corpus_bytes"] / passages,
    }
    hours = {
        "add: read twice and compared": found["adding_cpu_s"] / passages,
        "load": found["loading_cpu_s"] / passages,
        f"encode ({found['precision']}, one thread)": found["encoding_cpu_s"] / passages,
        "build: split, count, write": found["building_cpu_s"] / passages,
    }
    in_memory = DIMENSION * 4 + HNSW_LINKS
    core_hour, gigabyte_month = prices
    all_hours = sum(hours.values()) * total / 3600
    disk = per_passage["all files of the generation"] * total / 1e9
    nodes = in_memory * total / 1e9
    return {
        "bytes": [
            ("part", "bytes a passage", f"GB for {ABSTRACTS:,} abstracts"),
            *((name, f"{size:,.0f}", f"{size * total / 1e9:,.0f}") for name, size in per_passage.items()),
            ("vectors and links of HNSW, in memory of a cluster", f"{in_memory:,}", f"{nodes:,.0f}"),
        ],
        "hours": [
            ("step", "ms of a core a passage", f"core-hours for {ABSTRACTS:,} abstracts"),
            *((name, f"{s * 1e3:.2f}", f"{s * total / 3600:,.0f}") for name, s in hours.items()),
            ("all", f"{sum(hours.values()) * 1e3:.2f}", f"{all_hours:,.0f}"),
        ],
        "cost": [
            ("what", "how much", f"at {core_hour} a core-hour, {gigabyte_month} a GB of disk and month"),
            ("abstracts measured", f"{number:,} of {found['of']:,}, {ratio:.2f} passages each", ""),
            ("passages", f"{total / 1e6:,.1f} million of {found['words_per_passage']:.0f} words", ""),
            ("first build", f"{all_hours:,.0f} core-hours", f"{all_hours * core_hour:,.0f}"),
            ("the same on 8 machines of 16 cores", f"{all_hours / 128:,.1f} hours", ""),
            ("one generation on disk", f"{disk:,.0f} GB", f"{disk * gigabyte_month:,.0f} a month"),
            ("shards of a million passages", f"{math.ceil(total / SHARD)}", ""),
            (
                "machines of 64 GB for two replicas of the vectors in memory",
                f"{2 * math.ceil(nodes / 48)}",  # a quarter of the memory is left to the system and to growth
                f"{2 * math.ceil(nodes / 48) * 16 * 730 * core_hour:,.0f} a month, of 16 cores each",
            ),
            (
                "memory of a build in one process",
                f"{found['loading_bytes'] / number * ABSTRACTS / 1e9:,.0f} GB",
                "",
            ),
        ],
    }


def markdown(rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table."""
    head, *body = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, "|---" * len(rows[0]) + "|", *body])


def write_page(prices: tuple[float, float]) -> None:
    """Put the tables that follow from what was measured here into the page, between their marks; others stay."""
    found = {
        name: json.loads((RESULTS / f"scale-{name}.json").read_bytes())
        for name in ("rates", "shard", "milvus")
        if (RESULTS / f"scale-{name}.json").exists()
    }
    tables: dict[str, list[tuple[str, ...]]] = {}
    if rates_found := found.get("rates"):
        tables |= plan_tables(rates_found, prices)
    if one := found.get("shard"):
        if rates_found:
            passages = ABSTRACTS * rates_found["passages"] / rates_found["abstracts"]
            tables["fan-out"] = fan_out_table(one, math.ceil(passages / SHARD))
        tables["shard"] = [
            ("search, on a shard's own files", "passages", "p50 ms", "p99 ms"),
            *(
                (name, f"{one['passages']:,}", f"{one[kind]['p50_ms']:.2f}", f"{one[kind]['p99_ms']:.2f}")
                for name, kind in (("dense", "dense"), ("BM25", "lexical"), ("both", "both"))
            ),
        ]
    if there := found.get("milvus"):
        tables["milvus"] = [
            ("what", "found"),
            ("passages loaded", f"{there['passages']:,} in {there['load_s']:.0f} s"),
            ("questions, with three filters", f"{there['questions']}"),
            ("greatest relative difference of a cosine", f"{there['worst_relative_difference']['dense']:.1e}"),
            (
                "greatest relative difference of a BM25 score, of the median question; of all questions",
                f"{there['usual_lexical_difference']:.1e}; {there['worst_relative_difference']['lexical']:.1e}",
            ),
            *(
                (f"{kind} search, p50 and p99", " / ".join(f"{ms:.0f} ms" for ms in there[kind].values()))
                for kind in ("dense", "lexical")
            ),
            ("memory of the process, Milvus in it", f"{there['memory_bytes'] / 1e9:.1f} GB"),
        ]
    text = PAGE.read_text(encoding="utf-8")
    for name, rows in tables.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not mark.search(text):
            sys.exit(f"{PAGE} has no place for the table {name}")
        text = mark.sub(lambda m, rows=rows: f"{m[1]}{markdown(rows)}\n{m[2]}", text)  # type: ignore[misc]
    PAGE.write_text(text, encoding="utf-8")


def main() -> int:
    """Run one part."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("part", choices=["rates", "shard", "milvus", "page"])
    parser.add_argument("--data", type=Path, help="Sets in the BEIR layout, for rates.")
    parser.add_argument("--abstracts", type=int, default=2_000, help="Abstracts that rates takes.")
    parser.add_argument("--passages", type=int, help="Size of the shard, or of what Milvus holds.")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--store", help="A running Milvus, milvus://…; else Milvus Lite.")
    parser.add_argument("--prices", type=float, nargs=2, default=(0.05, 0.1), help="Of a core-hour; of a GB-month.")
    given = parser.parse_args()
    if given.part == "page":
        write_page(tuple(given.prices))
        return 0
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "rates": lambda: rates(given.data, given.abstracts),
        "shard": lambda: shard(given.passages or SHARD, given.questions),
        "milvus": lambda: milvus(given.passages or 100_000, given.questions, given.store),
    }
    if given.part == "rates" and given.data is None:
        parser.error("rates needs --data")
    found = parts[given.part]()
    found["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"scale-{given.part}.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    shown = {name: value for name, value in found.items() if name not in ("seconds", "question_shares")}
    sys.stdout.write(json.dumps(shown, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
