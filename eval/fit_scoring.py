"""Fit what each reason of ``fmqa.evidence.scoring`` weighs on the development topics, and write ``scoring.json``.

    python eval/fit_scoring.py            # fit, print the figures out of fold, write
    python eval/fit_scoring.py --check    # the figures only

The model: the statement that is told first is drawn with a chance that grows with exp(score / TEMPERATURE). The weights
are the most likely ones for the statements that give a nugget, against every other candidate, with a normal prior round
the values that the file holds as ``prior``: what a doctor would say before seeing a question. A reason for stays a
reason for, and one against stays one against; those marked ``fixed`` are rules of safety and are not fitted.

Figures are out of fold: the weights that rank a topic were fitted without the questions that its document answers.
"""

import json
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from fmqa.assistant import Assistant
from fmqa.corpus import loading
from fmqa.evaluation import topics
from fmqa.evaluation.topics import Nugget
from fmqa.evidence import scoring, searching
from fmqa.question import resolving
from fmqa.settings import Settings
from fmqa.types import Audience

TEMPERATURE = 0.25
TIGHTNESS = 10.0
"""Of the prior: one over its variance."""
FOLDS = 8
IMPORTANCE = {"vital": 1.0, "okay": 0.3}
REWORDED, TURN = 0.25, 0.7  # five rewordings of one topic count about as one; turns are rewritten by hand
DEPTHS = (1, 3, 5)
Vector = NDArray[np.float64]


class Example(NamedTuple):
    """One question: its candidates' reasons, which candidates give which nugget, and how much it counts."""

    topic: bool
    documents: frozenset[str]  # that its answer lies in; of a topic, its own
    weight: float
    reasons: Vector  # (candidates, reasons)
    gold: tuple[tuple[str, tuple[int, ...]], ...]  # importance, candidates


def examples(found: topics.TopicSet, assistant: Assistant, names: Sequence[str]) -> Iterator[Example]:
    """Yield an example for every topic, rewording and turn."""
    by_id = {topic.id: topic for topic in found.answerable}
    for topic in found.answerable:
        yield _example(
            topic.question, topic.audience, topic.nuggets, {topic.document}, 1.0, assistant, names, topic=True
        )
    for item in found.rewrites:
        topic = by_id[item.topic]
        yield _example(item.question, topic.audience, topic.nuggets, {topic.document}, REWORDED, assistant, names)
    for dialogue in found.dialogues:
        for turn in dialogue.turns:
            gold = {gold.document for nugget in turn.nuggets for gold in nugget.gold}
            yield _example(turn.rewrite, dialogue.audience, turn.nuggets, gold, TURN, assistant, names)


def _example(
    question: str,
    audience: Audience,
    nuggets: Sequence[Nugget],
    documents: set[str],
    weight: float,
    assistant: Assistant,
    names: Sequence[str],
    *,
    topic: bool = False,
) -> Example:
    parts = assistant.library
    clinician = audience is Audience.CLINICIAN
    query = resolving.resolve(
        question, (), parts.matcher, parts.names, parts.start, parts.opened.known, clinician=clinician
    )
    ranking = searching.rank(query, parts)
    entries = scoring.candidates(query, ranking.fused, parts.catalogue)
    asked = scoring.Asked(query, parts.catalogue)
    at = {name: column for column, name in enumerate(names)}
    reasons = np.zeros((len(entries), len(names)))
    reasons[:, [at[name] for name in scoring.SIGNALS]] = searching.nearness(query, ranking, parts)(
        [entry.row for entry in entries]
    )
    for row, entry in enumerate(entries):
        for name, value in asked.reasons(entry).items():
            reasons[row, at[name]] = value
    places = {entry.id: row for row, entry in enumerate(entries)}
    gold = [
        (nugget.importance, [places[name] for g in nugget.gold if (name := f"{g.document}#{g.statement}") in places])
        for nugget in nuggets
    ]
    return Example(topic, frozenset(documents), weight, reasons, tuple((i, tuple(rows)) for i, rows in gold))


def fit(found: Sequence[Example], prior: Vector, bounds: Sequence[tuple[float | None, float | None]]) -> Vector:
    """Return the most likely weights."""

    def loss(weights: Vector) -> tuple[float, Vector]:
        shift = weights - prior
        total, slope = TIGHTNESS * float(shift @ shift) / 2, TIGHTNESS * shift
        for example in found:
            scores = example.reasons @ weights / TEMPERATURE
            nuggets = [(IMPORTANCE[importance], list(rows)) for importance, rows in example.gold if rows]
            gold = sorted({row for _, rows in nuggets for row in rows})
            for share, rows in nuggets:
                part = example.weight * share / max(1.0, sum(s for s, _ in nuggets))
                others = np.ones(len(scores), dtype=bool)
                others[gold] = False
                others[rows] = True  # what gives another nugget of the question is no wrong answer
                (among, chance), (wanted, own) = _log_sum(scores[others]), _log_sum(scores[rows])
                total += part * (among - wanted)
                slope += part * (chance @ example.reasons[others] - own @ example.reasons[rows]) / TEMPERATURE
        return total, slope

    found_best = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300})
    best: Vector = found_best.x
    return best


def _log_sum(scores: Vector) -> tuple[float, Vector]:
    """Return the logarithm of the sum of exponentials, and the share of each."""
    top = scores.max()
    powers = np.exp(scores - top)
    return float(top + np.log(powers.sum())), powers / powers.sum()


def out_of_fold(
    found: Sequence[Example], prior: Vector, bounds: Sequence[tuple[float | None, float | None]]
) -> dict[str, float]:
    """Return the share of the topics' vital nuggets that one of the best statements gives, by how many are seen."""
    documents = sorted({name for example in found if example.topic for name in example.documents})
    np.random.default_rng(0).shuffle(documents)
    ranks: dict[str, list[int]] = {"prior": [], "fitted": []}
    for number in range(FOLDS):
        held = set(documents[number::FOLDS])
        fitted = fit([example for example in found if not example.documents & held], prior, bounds)
        for example in found:
            if example.topic and example.documents & held:
                for name, weights in (("prior", prior), ("fitted", fitted)):
                    order = np.argsort(-(example.reasons @ weights), kind="stable").tolist()
                    ranks[name] += (
                        min((order.index(row) for row in rows), default=len(order))
                        for importance, rows in example.gold
                        if importance == "vital"
                    )
    return {
        f"{name}, vital in the first {depth}": round(float(np.mean([rank < depth for rank in found_at])), 3)
        for name, found_at in ranks.items()
        for depth in DEPTHS
    }


def main() -> None:
    """Fit on the development topics."""
    parser = ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="print the figures and write nothing")
    check: bool = parser.parse_args().check
    path = Path(scoring.__file__).with_name("scoring.json")
    reasons: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
    names = list(reasons)
    prior = np.array([reason["prior"] for reason in reasons.values()], dtype=np.float64)
    bounds = [_bounds(reason) for reason in reasons.values()]
    documents = loading.load(Path("corpus")).documents
    found = topics.load(Path("eval/topics"), topics.Split.DEV, documents)
    with tempfile.TemporaryDirectory() as folder:
        assistant = Assistant.open(Settings(database=f"sqlite:///{folder}/conversations.db"))
        rows = list(examples(found, assistant, names))
        assistant.close()
    for name, share in out_of_fold(rows, prior, bounds).items():
        print(f"{name}: {share}")  # noqa: T201
    if not check:
        for reason, weight in zip(reasons.values(), fit(rows, prior, bounds).tolist(), strict=True):
            reason["weight"] = round(weight, 3) + 0.0
        path.write_text(_table(reasons), "utf-8")


def _bounds(reason: dict[str, Any]) -> tuple[float | None, float | None]:
    prior = reason["prior"]
    if reason.get("fixed"):
        return prior, prior
    return (0.0, None) if prior > 0 else (None, 0.0) if prior < 0 else (None, None)


def _table(reasons: dict[str, dict[str, Any]]) -> str:
    """Return the file with a line a reason."""
    lines = [f"  {json.dumps(name)}: {json.dumps(reason)}" for name, reason in reasons.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main()
