"""Measures the retriever and the judge on public sets on disk, in BEIR layout or as claims with evidence.

No part of these sets belongs to fmqa, and nothing is tuned on what a set calls its test part. Published figures are
shown beside ours, with their source. They were measured on test parts, so they give an order of magnitude and no
ranking.
"""

import csv
import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import ir_measures
import numpy as np
from sklearn.metrics import f1_score, recall_score

from fmqa.errors import BadTopics
from fmqa.evaluation import statistics
from fmqa.evaluation.judging import Judge
from fmqa.evaluation.statistics import Measure
from fmqa.evidence import searching
from fmqa.index import bm25
from fmqa.index.stores.faiss import FlatStore
from fmqa.text.words import tokenize
from fmqa.types import Encoder, Record

DEPTH: Final = 10
CANDIDATES: Final = 200
MOST_CLAIMS: Final = 2000
"""Claims taken of each set, evenly over the file."""
PUBLISHED: Final[Mapping[str, str]] = {
    "scifact": "test part: BM25 0.665 (Thakur et al. 2021, arXiv:2104.08663, table 2)",
    "nfcorpus": "test part: BM25 0.325 (Thakur et al. 2021, arXiv:2104.08663, table 2)",
    "attributionbench_dev": "a fine-tuned GPT-3.5 reaches about 0.80 macro-F1 (Li et al. 2024, arXiv:2402.15089)",
}
_NDCG: Final = ir_measures.nDCG @ DEPTH


class PublicRetrieval(Record):
    """nDCG@10 of one set: ours beside each half of it."""

    name: str
    documents: int
    hybrid: Measure
    dense: Measure
    bm25: Measure
    published: str


class PublicClaims(Record):
    """How a judge tells supported claims of one set from the others."""

    name: str
    supported: int
    balanced_accuracy: Measure
    f1: Measure
    published: str


def retrieval_sets(
    folder: Path, encoder: Encoder, dense_weight: float, progress: Callable[[str, int, int], None]
) -> tuple[PublicRetrieval, ...]:
    """Return the figures of every set in BEIR layout below a folder.

    A set is a folder with ``corpus.jsonl(.gz)``, ``queries.jsonl(.gz)`` and ``qrels/*.tsv``; of several qrels the one
    named dev is taken, else train.

    Raises: BadTopics if a set has none of the qrels files, or a line cannot be read.
    """
    found = []
    for place in sorted(path.parent for path in folder.rglob("qrels") if path.is_dir()):
        qrels = _qrels(place / "qrels")
        texts = {str(row["_id"]): f"{row.get('title', '')} {row['text']}".strip() for row in _lines(place / "corpus")}
        queries = {str(row["_id"]): str(row["text"]) for row in _lines(place / "queries")}
        judged = [name for name in qrels if name in queries]
        rankings = _rankings(
            list(texts), list(texts.values()), [queries[n] for n in judged], encoder, dense_weight, progress
        )
        values = {way: _ndcg(judged, found_by, qrels) for way, found_by in rankings.items()}
        found.append(
            PublicRetrieval(
                name=place.name,
                documents=len(texts),
                hybrid=statistics.mean(values["hybrid"]),
                dense=statistics.mean(values["dense"]),
                bm25=statistics.mean(values["bm25"]),
                published=PUBLISHED.get(place.name, ""),
            )
        )
    return tuple(found)


def _rankings(
    ids: Sequence[str],
    texts: Sequence[str],
    questions: Sequence[str],
    encoder: Encoder,
    dense_weight: float,
    progress: Callable[[str, int, int], None],
) -> dict[str, list[list[str]]]:
    """Return the ten best documents of each question, by each way of searching."""
    vectors = []
    for start in range(0, len(texts), 512):
        vectors.append(encoder.encode(texts[start : start + 512]))
        progress("encode public sets", min(start + 512, len(texts)), len(texts))
    store = FlatStore(np.concatenate(vectors))
    with TemporaryDirectory() as scratch:
        bm25.build([tokenize(text) for text in texts], Path(scratch) / "bm25")
        lexical = bm25.load(Path(scratch) / "bm25")
        found: dict[str, list[list[str]]] = {"hybrid": [], "dense": [], "bm25": []}
        for question in questions:
            rows, scores = store.search(encoder.encode([question]), CANDIDATES)
            dense = rows[0], scores[0]
            words = lexical.search(tokenize(question), CANDIDATES)
            fused = searching.convex_fusion(dense, words, dense_weight)
            best = sorted(fused, key=lambda row: (-fused[row], row))[:DEPTH]
            found["hybrid"].append([ids[row] for row in best])
            found["dense"].append([ids[row] for row in dense[0][:DEPTH].tolist()])
            found["bm25"].append([ids[row] for row in words[0][:DEPTH].tolist()])
    return found


def _ndcg(
    judged: Sequence[str], rankings: Sequence[Sequence[str]], qrels: Mapping[str, Mapping[str, int]]
) -> list[float]:
    run = [
        ir_measures.ScoredDoc(query, document, -float(rank))
        for query, ranking in zip(judged, rankings, strict=True)
        for rank, document in enumerate(ranking)
    ]
    truth = [ir_measures.Qrel(q, d, grade) for q in judged for d, grade in qrels[q].items()]
    values = {metric.query_id: float(metric.value) for metric in ir_measures.iter_calc([_NDCG], truth, run)}
    return [values.get(query, 0.0) for query in judged]


def claim_sets(folder: Path, judge: Judge, progress: Callable[[str, int, int], None]) -> tuple[PublicClaims, ...]:
    """Return the figures of a judge on every file of claims (``evidence``, ``claim``, ``label``) below a folder.

    A claim counts as supported only by the label ``supported``; refuted, partly supported and unknown are not.
    """
    found = []
    for path in sorted((*folder.rglob("*.jsonl"), *folder.rglob("*.jsonl.gz"))):
        rows = [row for row in _lines(path) if {"evidence", "claim", "label"} <= row.keys()]
        labels = {row["label"] == "supported" for row in rows}
        if len(labels) < 2:
            continue
        step = max(1, -(-len(rows) // MOST_CLAIMS))
        rows = rows[::step]
        truth = [int(row["label"] == "supported") for row in rows]
        said = []
        for done, row in enumerate(rows, start=1):
            said.append(int(judge(str(row["evidence"]), str(row["claim"]))[0]))
            progress(f"claims: {path.name.split('.')[0]}", done, len(rows))
        name = path.name.split(".")[0]
        found.append(
            PublicClaims(
                name=name,
                supported=sum(truth),
                balanced_accuracy=_measured(truth, said, _balanced_accuracy),
                f1=_measured(truth, said, lambda t, s: f1_score(t, s, zero_division=0.0)),
                published=PUBLISHED.get(name, ""),
            )
        )
    return tuple(found)


def _measured(
    truth: Sequence[int], said: Sequence[int], of: Callable[[Sequence[int], Sequence[int]], float]
) -> Measure:
    pairs = [2 * t + s for t, s in zip(truth, said, strict=True)]

    def value(cells: Sequence[int]) -> float:
        return float(of([cell // 2 for cell in cells], [cell % 2 for cell in cells]))

    low, high = statistics.resampled(pairs, value)
    return Measure(value=round(value(pairs), 6), low=low, high=high, n=len(pairs), interval="bootstrap")


def _balanced_accuracy(truth: Sequence[int], said: Sequence[int]) -> float:
    """Return the mean of the recalls of both classes, also where a resample lacks one."""
    return float(recall_score(truth, said, labels=[0, 1], average="macro", zero_division=0.0))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON Lines file, packed or not; its ending may be left out."""
    places = (path, path.with_name(path.name + ".jsonl"), path.with_name(path.name + ".jsonl.gz"))
    place = next((place for place in places if place.is_file()), None)
    if place is None:
        raise BadTopics(f"{path}.jsonl: there is no such file, packed or not")
    opener: Callable[..., Any] = gzip.open if place.suffix == ".gz" else open
    with opener(place, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield json.loads(line)
            except json.JSONDecodeError as error:
                raise BadTopics(f"{place}:{number}: no JSON ({error.msg})") from error


def _qrels(folder: Path) -> dict[str, dict[str, int]]:
    for name in ("dev", "train"):
        path = folder / f"{name}.tsv"
        if path.is_file():
            found: dict[str, dict[str, int]] = {}
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file, delimiter="\t"):
                    found.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
            return found
    raise BadTopics(f"{folder}: neither dev.tsv nor train.tsv; test qrels are not read")
