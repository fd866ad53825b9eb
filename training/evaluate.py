"""One table of everything: base, tuned and reader, on what none of them was trained on."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from sklearn.metrics import roc_auc_score

from fmqa.evaluation import statistics
from fmqa.evaluation.statistics import Measure
from fmqa.index.encoders import MODEL_FILE, OnnxEncoder
from fmqa.index.reader import OnnxReader
from fmqa.tuning.pack import PackStatement
from fmqa.types import FloatArray
from training import follow_ups, measures
from training.measures import Encode, Score, Scores
from training.records import Group, file_sha256, read_groups
from training.telling import say

SPEED_TEXT: Final = (
    "How long do symptoms have to last before a diagnosis? The criteria ask that pain and sleep problems or tiredness "
    "have lasted for three months or more."
)
THREADS: Final = 2
SPEED_QUESTION: Final = "how long do symptoms have to last"
NO_ANSWER_SETS: Final = ("squad_dev",)


def measured(scores: Mapping[str, Scores]) -> dict[str, Measure]:
    """Return the mean of each figure, with its interval."""
    return {name: statistics.mean(*found) for name, found in scores.items()}


def encoder_scores(
    encode: Encode, data: Path, statements: Sequence[PackStatement], everyday: Path | None, *, whole: bool
) -> dict[str, Scores]:
    """Return what an encoder is worth on every set; collections whole, or a quick part of each."""
    figures: dict[str, Scores] = {}
    if everyday is not None:
        turns = measures.everyday(everyday, frozenset(statement.id for statement in statements))
        for way, scores in measures.everyday_scores(turns, statements, encode).items():
            for name, found in measures.everyday_measures(turns, statements, scores).items():
                figures[f"everyday, {way}: {name}"] = found
    first, reciprocal = measures.right_first(measures.article_questions(data), encode)
    figures["COVID-QA, unseen articles: right sentence first"] = first
    figures["COVID-QA, unseen articles: MRR"] = reciprocal
    for name, collection in measures.collections(data, whole=whole).items():
        figures[f"{name}: nDCG@10"] = measures.ndcg(collection, encode)
    return figures


def reader_figures(
    encode: Encode,
    score: Score,
    data: Path,
    groups: Sequence[Group],
    statements: Sequence[PackStatement],
    everyday: Path | None,
    *,
    most: int = 300,
) -> dict[str, Measure]:
    """Return what a reader is worth over the nearest texts that an encoder finds."""
    figures: dict[str, Measure] = {}
    first, reciprocal = measures.right_first(measures.article_questions(data), encode, score)
    figures["COVID-QA, unseen articles: right sentence first"] = statistics.mean(*first)
    figures["COVID-QA, unseen articles: MRR"] = statistics.mean(*reciprocal)
    for source in sorted({group.source for group in groups}):
        lists = [g for g in groups if g.source == source and g.fold == "dev" and g.positives and g.negatives][:most]
        if lists:
            figures[f"{source}, dev: right text first"] = _chosen(lists, score)
    held = [g for g in groups if g.source in NO_ANSWER_SETS and g.fold == "dev" and g.negatives][: 2 * most]
    if held:
        figures["SQuAD 2.0, dev: AUROC of having an answer"] = no_answer(held, score)
    if everyday is not None:
        turns = measures.everyday(everyday, frozenset(statement.id for statement in statements))
        near = measures.everyday_scores(turns, statements, encode)["4 × question + 4 × statement"]
        read = np.full_like(near, -np.inf)
        for row, turn in enumerate(turns):
            order = np.argsort(-near[row], kind="stable")[:32]
            read[row, order] = score(turn.question, [statements[at].text for at in order])
        for name, found in measured(measures.everyday_measures(turns, statements, read)).items():
            figures[f"everyday, reader over the 32 nearest: {name}"] = found
        for weight in (0.1, 0.2, 0.4):
            blended = np.where(np.isfinite(read), near + weight * np.nan_to_num(read, neginf=0.0), -np.inf)
            for name, found in measured(measures.everyday_measures(turns, statements, blended)).items():
                figures[f"everyday, 4 + 4 + {weight} × reader: {name}"] = found
    return figures


def _chosen(lists: Sequence[Group], score: Score) -> Measure:
    values = []
    for group in lists:
        texts = [group.positives[0], *group.negatives]
        numbers = score(group.query, texts)
        values.append(float(int(np.argmax(numbers)) == 0))
    return statistics.mean(values, [group.scope for group in lists])


def no_answer(groups: Sequence[Group], score: Score) -> Measure:
    """Return how well the best number of a question tells those with an answer from those without (area under ROC)."""
    best = np.array([score(g.query, [*g.positives[:1], *g.negatives]).max() for g in groups])
    labels = np.array([bool(group.positives) for group in groups])
    low, high = statistics.resampled(
        list(range(len(groups))),
        lambda rows: (
            float(roc_auc_score(labels[list(rows)], best[list(rows)]))
            if 0 < labels[list(rows)].sum() < len(rows)
            else 0.5
        ),
    )
    return Measure(
        value=round(float(roc_auc_score(labels, best)), 6),
        low=low,
        high=high,
        n=len(groups),
        unit="area",
        interval="bootstrap",
    )


def costs(work_through: Callable[[Sequence[str]], FloatArray], model: Path) -> dict[str, Measure]:
    """Return the least time of ten in which 32 texts of a sentence and a half are worked through, and the size."""
    spent = []
    for _ in range(10):
        started = time.perf_counter()
        work_through([SPEED_TEXT] * 32)
        spent.append(1000 * (time.perf_counter() - started))
    size = model.stat().st_size / 1e6
    return {
        f"speed: ms for 32 texts, {THREADS} threads": Measure(
            value=min(spent), n=len(spent), unit="ms", why_none="the least"
        ),
        "size: MB": Measure(value=size, n=1, unit="MB", why_none="a size"),
    }


def encoder_column(
    folder: Path, data: Path, statements: Sequence[PackStatement], everyday: Path, *, whole: bool
) -> dict[str, Measure]:
    """Return every figure of an exported encoder; but for its speed, those kept of the same weights if there are."""
    encode = OnnxEncoder(folder, threads=THREADS).encode

    def measure() -> dict[str, Measure]:
        found = measured(encoder_scores(encode, data, statements, everyday, whole=whole))
        return found | follow_ups.figures(data, encode)

    return _kept(folder, "" if whole else ", part", measure) | costs(encode, folder / MODEL_FILE)


def reader_column(
    folder: Path, encoder: Path, data: Path, groups: Path, statements: Sequence[PackStatement], everyday: Path
) -> dict[str, Measure]:
    """Return every figure of an exported reader over what an encoder finds; kept likewise."""
    score = OnnxReader(folder, threads=THREADS).score

    def measure() -> dict[str, Measure]:
        encode = OnnxEncoder(encoder, threads=THREADS).encode
        return reader_figures(encode, score, data, read_groups(groups), statements, everyday)

    return _kept(folder, "", measure) | costs(lambda texts: score(SPEED_QUESTION, texts), folder / MODEL_FILE)


def _kept(folder: Path, part: str, measure: Callable[[], Mapping[str, Measure]]) -> dict[str, Measure]:
    """Return the figures of a model that its work folder holds, or measure them and keep them there."""
    name = f"{folder.name}{part}, {file_sha256(folder / MODEL_FILE)[:12]}"
    return kept(folder.parent / "evaluation" / f"{name}.json", measure)


def kept(path: Path, measure: Callable[[], Mapping[str, Measure]]) -> dict[str, Measure]:
    """Return the figures that a file holds, or measure them and keep them there."""
    if not path.is_file():
        found = measure()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_json(found) + "\n", encoding="utf-8")
        say(f"{path.stem}: {len(found)} figures")
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {name: Measure.model_validate(row) for name, row in rows.items()}


def _json(figures: Mapping[str, Measure]) -> str:
    values = {
        name: measure.model_dump(exclude_none=True) | {"value": measure.value} for name, measure in figures.items()
    }
    return json.dumps(values, indent=1, ensure_ascii=False)


def table(columns: Mapping[str, Mapping[str, Measure]]) -> str:
    """Return figures by name of model as a Markdown table, a figure a row."""
    names = list(dict.fromkeys(figure for column in columns.values() for figure in column))
    lines = ["| figure | " + " | ".join(columns) + " |", "|" + "---|" * (len(columns) + 1)]
    for name in names:
        cells = [str(column[name]) if name in column else "" for column in columns.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write(path: Path, columns: Mapping[str, Mapping[str, Measure]]) -> None:
    """Write figures as JSON beside a Markdown table."""
    values: dict[str, dict[str, Any]] = {
        model: {name: measure.model_dump(exclude_none=True) for name, measure in figures.items()}
        for model, figures in columns.items()
    }
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(table(columns), encoding="utf-8")
