"""What an encoder or a reader is worth: the same questions for all of them, with intervals.

Everything here is held out of training by ``sources`` or is no source at all (``everyday_dev``, NFCorpus).
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import ir_measures
import numpy as np

from fmqa.text.sentences import sentences
from fmqa.tuning.pack import PackStatement
from fmqa.types import FloatArray
from training import sources
from training.records import packed_rows

Encode = Callable[[Sequence[str]], FloatArray]
Score = Callable[[str, Sequence[str]], FloatArray]
"""How well each text answers a question, larger is better."""


class Scores(NamedTuple):
    """One value an item, and what each item is of: items of one conversation or article are not independent."""

    values: list[float]
    clusters: list[str]


DEPTH: Final = 10
NEAREST: Final = 40  # sentences of an article that are ranked
LEAD, AT_3, AT_7 = "lead", "@3", "@7"


# --- everyday questions on the pack ---------------------------------------------------------------------------------


class EverydayTurn(NamedTuple):
    """A labelled first turn with the statements that carry each of its facts."""

    conversation: str
    question: str
    facts: tuple[frozenset[str], ...]


def everyday(path: Path, known: frozenset[str]) -> list[EverydayTurn]:
    """Return the first turns of a labelled file that statements of the corpus carry a fact of."""
    turns = []
    for row in packed_rows(path):
        facts = tuple(frozenset(ids) & known for ids in row.get("must_ids", ()))
        facts = tuple(fact for fact in facts if fact)
        if row["turn"] == 1 and facts:
            turns.append(EverydayTurn(row["conversation_id"], row["question"], facts))
    return turns


def everyday_scores(
    turns: Sequence[EverydayTurn], statements: Sequence[PackStatement], encode: Encode
) -> dict[str, FloatArray]:
    """Return, by way of ranking, the score of every statement for every turn, (turns, statements)."""
    asked = encode([turn.question for turn in turns])
    texts = encode([statement.searched for statement in statements])
    questions = [question for statement in statements for question in statement.questions]
    owner = np.repeat(np.arange(len(statements)), [len(statement.questions) for statement in statements])
    near = asked @ encode(questions).T
    nearest = np.full((len(turns), len(statements)), -1.0, dtype=np.float32)
    for row in range(len(turns)):
        np.maximum.at(nearest[row], owner, near[row])
    text = asked @ texts.T
    return {"statement text": text, "nearest question": nearest, "4 × question + 4 × statement": 4 * nearest + 4 * text}


def everyday_measures(
    turns: Sequence[EverydayTurn], statements: Sequence[PackStatement], scores: FloatArray
) -> dict[str, Scores]:
    """Return how often the first statement bears a fact, and the share of facts among the first three and seven."""
    ids = [statement.id for statement in statements]
    values: dict[str, list[float]] = {LEAD: [], AT_3: [], AT_7: []}
    for turn, row in zip(turns, scores, strict=True):
        order = [ids[at] for at in np.argsort(-row, kind="stable")[:7]]
        values[LEAD].append(float(any(order[0] in fact for fact in turn.facts)))
        for name, depth in ((AT_3, 3), (AT_7, 7)):
            values[name].append(float(np.mean([bool(fact & set(order[:depth])) for fact in turn.facts])))
    clusters = [turn.conversation for turn in turns]
    return {name: Scores(found, clusters) for name, found in values.items()}


# --- collections of abstracts and passages --------------------------------------------------------------------------


class Collection(NamedTuple):
    """Texts, queries and what answers them."""

    ids: list[str]
    texts: list[str]
    queries: dict[str, str]
    relevant: dict[str, dict[str, int]]


def collection(
    folder: Path, split: str, keep: Callable[[str], bool] | None = None, most: tuple[int, int] | None = None
) -> Collection:
    """Return a set in BEIR form with those queries of a split that are kept.

    Args:
        folder: The set.
        split: Name of the judgements.
        keep: Which queries are kept; None: all.
        most: So many queries and documents at most, the same ones each time, and every relevant document; None: all.
    """
    relevant: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels" / f"{split}.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        if int(grade) > 0 and (keep is None or keep(query)):
            relevant.setdefault(query, {})[document] = int(grade)
    documents = list(packed_rows(folder / "corpus.jsonl.gz"))
    if most is not None:
        relevant = {query: relevant[query] for query in sorted(relevant, key=_drawn)[: most[0]]}
        needed = {document for found in relevant.values() for document in found}
        documents.sort(key=lambda row: (row["_id"] not in needed, _drawn(row["_id"])))
        documents = documents[: max(most[1], len(needed))]
    queries = {row["_id"]: row["text"] for row in packed_rows(folder / "queries.jsonl.gz") if row["_id"] in relevant}
    texts = [f"{row['title']}\n{row['text']}".strip() for row in documents]
    return Collection([row["_id"] for row in documents], texts, queries, relevant)


def _drawn(name: str) -> int:
    return zlib.crc32(f"drawn {name}".encode())


def collections(data: Path, *, whole: bool) -> dict[str, Collection]:
    """Return the collections that measure retrieval by name, whole or, but for NFCorpus, a quick part of each.

    SciFact claims and BioASQ questions are those that ``sources`` keeps out of training; NFCorpus trains nothing here.
    """
    folder, part = data / "retrieval", "" if whole else " (part)"
    return {
        f"SciFact dev{part}": collection(
            folder / "scifact",
            "train",
            lambda query: sources.fold_of(f"scifact:{query}", share=2) == "dev",
            None if whole else (330, 700),
        ),
        "NFCorpus dev": collection(folder / "nfcorpus", "dev"),
        f"BioASQ snippets, held out{part}": collection(
            folder / "bioasq_snippets",
            "train",
            lambda query: sources.fold_of(query, share=5) == "dev",
            None if whole else (100, 1500),
        ),
    }


def ndcg(found: Collection, encode: Encode) -> Scores:
    """Return nDCG@10 of dense retrieval alone, of each query."""
    names = list(found.queries)
    scores = encode([found.queries[name] for name in names]) @ encode(found.texts).T
    run = {}
    for name, row in zip(names, scores, strict=True):
        best = np.argpartition(-row, DEPTH)[: DEPTH * 2]
        run[name] = {found.ids[at]: float(row[at]) for at in best}
    measure = ir_measures.nDCG @ DEPTH
    values = {one.query_id: one.value for one in measure.iter_calc(found.relevant, run)}
    return Scores([values.get(name, 0.0) for name in names], names)


# --- sentences of unseen articles -----------------------------------------------------------------------------------


class ArticleQuestion(NamedTuple):
    """A question to one article, with which of its sentences answer it."""

    article: str
    question: str
    texts: tuple[str, ...]
    right: frozenset[int]


def article_questions(data: Path) -> list[ArticleQuestion]:
    """Return the questions of COVID-QA to the articles that are held out for choosing between weights."""
    texts = {row["_id"]: str(row["text"]) for row in packed_rows(data / "qa/covidqa_docs.jsonl.gz")}
    found = []
    for row in packed_rows(data / "qa/covidqa_questions.jsonl.gz"):
        article = row["doc_id"]
        if sources.is_published_test(article.replace(":", "-")) or sources.fold_of(article, share=3) != "dev":
            continue
        text = texts[article]
        spans = [span for block in _blocks(text) for span in sentences(text, block) if span[1] - span[0] > 20]
        right = {
            at
            for at, (start, end) in enumerate(spans)
            for answer in row["answers"]
            if start < answer["start"] + len(answer["text"].strip()) and answer["start"] < end
        }
        if right:
            parts = tuple(sources.clean(text[start:end]) for start, end in spans)
            found.append(ArticleQuestion(article, row["question"], parts, frozenset(right)))
    return found


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def right_first(
    questions: Sequence[ArticleQuestion], encode: Encode, score: Score | None = None
) -> tuple[Scores, Scores]:
    """Return whether the right sentence is first, and its reciprocal rank, among the nearest of the article.

    Args:
        questions: What is asked.
        encode: Finds the nearest sentences, and ranks them if there is no score.
        score: Ranks the nearest sentences.
    """
    vectors: dict[tuple[str, ...], FloatArray] = {}
    first, reciprocal = [], []
    for asked in questions:
        if asked.texts not in vectors:
            vectors[asked.texts] = encode(asked.texts)
        near = vectors[asked.texts] @ encode([asked.question])[0]
        order = np.argsort(-near, kind="stable")[:NEAREST]
        if score is not None:
            order = order[np.argsort(-score(asked.question, [asked.texts[at] for at in order]), kind="stable")]
        rank = next((rank for rank, at in enumerate(order.tolist(), 1) if at in asked.right), None)
        first.append(float(rank == 1))
        reciprocal.append(1 / rank if rank else 0.0)
    clusters = [asked.article for asked in questions]
    return Scores(first, clusters), Scores(reciprocal, clusters)
