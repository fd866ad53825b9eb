"""Fit what each reason of ``fmqa.evidence.published.weighing`` weighs, and which chance of being right is enough.

    python eval/fit_published.py ../shared/data --work /tmp/published  # after eval/run_published.py

The questions are those of the development split of ``eval/run_published.py``; the files that answer them and the files
of the test split are different ones. The model of the order is that of ``eval/fit_ranking.py``: the sentence that is
quoted first is drawn with a chance that grows with exp(score), and the weights are the most likely ones for those that
hold an answer, with a normal prior. The chance that a quotation is right is a logistic function of
``weighing.chance_signals``, fitted on scores out of fold, the questions whose file was removed among them, which
nothing answers.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from fmqa.assistant import Assistant
from fmqa.cli.terminal import Terminal
from fmqa.evidence import searching
from fmqa.evidence.published import weighing
from fmqa.question import resolving
from fmqa.settings import Settings
from run_published import SETS, Question, hits, is_development, is_removed, questions

FOLDS = 5
TIGHTNESS = 10.0
"""Of the prior: one over its variance."""
LOOKED_AT = 3
"""Of a question's candidates, best first, those that the chance is fitted on."""
GONE = 1.0
"""How much a set of questions that nothing answers counts beside one that something does."""
Vector = NDArray[np.float64]
Bounds = list[tuple[float | None, float | None]]


class Example(NamedTuple):
    """A question: the reasons of what can be quoted, which of it holds an answer, and whether its file was there."""

    set: str
    file: str
    present: bool
    reasons: Vector  # (candidates, reasons)
    right: NDArray[np.bool_]


def examples(asked: list[Question], place: Path, work: Path, names: list[str], *, present: bool) -> list[Example]:
    """Return an example for every question, asked of the index in a folder."""
    settings = Settings(
        corpus=place / "corpus", index=place / "index", database=f"sqlite:///{work}/fit.db", start_document=None
    )
    assistant = Assistant.open(settings)
    parts, found = assistant.library, []
    with Terminal(stderr=True).progress() as progress:
        for number, question in enumerate(asked, start=1):
            query = resolving.resolve(
                question.text, (), parts.matcher, parts.names, parts.start, parts.opened.known, clinician=True
            )
            query = searching.asked_of_published(question.text, query, parts)
            ranking = searching.rank(query, parts, as_published=True)
            near = searching.nearness(query, ranking, parts.catalogue)
            options = weighing.candidates(query, ranking, near, parts.catalogue)
            reasons = np.array([[each.reasons[name] for name in names] for each in options]).reshape(-1, len(names))
            right = np.array([_is_right(each, question, assistant) for each in options], dtype=bool)
            found.append(Example(question.set, question.file, present, reasons, right))
            progress(f"reasons, {place.name}", number, len(asked))
    assistant.close()
    return found


def _is_right(candidate: weighing.Candidate, question: Question, assistant: Assistant) -> bool:
    origin = assistant.index.document(candidate.document).metadata.origin
    same = origin is not None and Path(origin.file).stem == question.file
    return same and hits(candidate.text, question.answers)


def fit(found: list[Example], prior: Vector, bounds: Bounds) -> Vector:
    """Return the most likely weights; every set counts the same."""
    shares = {name: 1 / max(1, sum(e.set == name for e in found)) for name in SETS}
    useful = [(e.reasons, e.right, 1000 * shares[e.set]) for e in found if e.right.any()]

    def loss(weights: Vector) -> tuple[float, Vector]:
        shift = weights - prior
        total, slope = TIGHTNESS * float(shift @ shift) / 2, TIGHTNESS * shift
        for reasons, right, share in useful:
            scores = reasons @ weights
            powers = np.exp(scores - scores.max())
            wanted = powers * right
            total += share * float(np.log(powers.sum()) - np.log(wanted.sum()))
            slope += share * (powers / powers.sum() - wanted / wanted.sum()) @ reasons
        return total, slope

    best: Vector = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200}).x
    return best


def logistic(rows: Vector, right: Vector, share: Vector) -> Vector:
    """Return constant and weights of the chance, with a weak prior at 0."""
    design = np.column_stack([np.ones(len(rows)), rows])

    def loss(weights: Vector) -> tuple[float, Vector]:
        z = design @ weights
        total = float(share @ (np.logaddexp(0, z) - right * z)) + 0.5 * float(weights @ weights)
        return total, (share * (1 / (1 + np.exp(-z)) - right)) @ design + weights

    best: Vector = minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B").x
    return best


class Told(NamedTuple):
    """A question ordered by weights of other files: what the chance of its first candidates is computed from."""

    example: Example
    signals: Vector  # (candidates, signals), best first
    right: NDArray[np.bool_]


def out_of_fold(found: list[Example], prior: Vector, bounds: Bounds, names: list[str]) -> list[Told]:
    """Return every question with the order that weights give which saw none of its file."""
    files = sorted({example.file for example in found})
    np.random.default_rng(0).shuffle(files)
    fold = {file: number % FOLDS for number, file in enumerate(files)}
    told: list[Told] = []
    for number in range(FOLDS):
        weights = fit([e for e in found if fold[e.file] != number], prior, bounds)
        for example in found:
            if fold[example.file] != number or not len(example.reasons):
                continue
            scores = example.reasons @ weights
            order = np.argsort(-scores, kind="stable")[:LOOKED_AT]
            reasons = dict(zip(names, example.reasons[order].T, strict=True))
            signals = weighing.chance_signals(scores[order], reasons)
            told.append(Told(example, signals, example.right[order]))
    return told


def report(told: list[Told], found: list[Example]) -> str:
    """Return by set how often the first, one of three, and any candidate is right, of the questions with their file."""
    lines = []
    for name in (*SETS, "all"):
        mine = [t for t in told if t.example.present and name in ("all", t.example.set)]
        all_ = [e for e in found if e.present and name in ("all", e.set)]
        cells = [
            sum(bool(t.right[:1].any()) for t in mine),
            sum(bool(t.right[:3].any()) for t in mine),
            sum(bool(e.right.any()) for e in all_),
        ]
        shown = " | ".join(f"{cell / len(all_):.3f}" for cell in cells)
        lines.append(f"{name}: {len(all_)} questions: right first | of three | of all: {shown}")
    return "\n".join(lines) + "\n"


def thresholds(chances: list[Vector], told: list[Told], found: list[Example]) -> str:
    """Return what follows from each threshold, as a Markdown table."""
    out = [
        "| threshold | answered | right first | right where answered | answered without the file |",
        "|---|---|---|---|---|",
    ]
    here, gone = sum(e.present for e in found), sum(not e.present for e in found)
    for least in (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7):
        answered = [(t, c) for t, c in zip(told, chances, strict=True) if c[0] >= least]
        present = [(t, c) for t, c in answered if t.example.present]
        first = sum(bool(t.right[0]) for t, _ in present)
        some = sum(bool(t.right[:3].any()) for t, _ in present)
        cells = (len(present) / here, first / here, some / max(1, len(present)))
        out.append(
            f"| {least:.2f} | "
            + " | ".join(f"{cell:.3f}" for cell in cells)
            + f" | {(len(answered) - len(present)) / gone:.3f} |"
        )
    return "\n".join(out) + "\n"


def main() -> None:
    """Fit, print the figures out of fold, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the public sets")
    parser.add_argument("--work", type=Path, required=True, help="folder of eval/run_published.py")
    parser.add_argument("--check", action="store_true", help="print the figures and write nothing")
    parser.add_argument("--chance-only", action="store_true", help="keep the weights of the reasons, fit the chance")
    options = parser.parse_args()
    path = Path(weighing.__file__).with_name("weighing.json")
    file: dict[str, Any] = json.loads(path.read_text("utf-8"))
    reasons = file["reasons"]
    names = list(reasons)
    prior = np.array([reason["prior"] for reason in reasons.values()], dtype=np.float64)
    bounds: Bounds = [(r["prior"], r["prior"]) if r.get("fixed") else (None, None) for r in reasons.values()]
    asked = [question for question in questions(options.data) if is_development(question.file)]
    found = examples(asked, options.work / "whole", options.work, names, present=True)
    kept = [q for q in asked if is_removed(q.file)]
    found += examples(kept, options.work / "less", options.work, names, present=False)
    if options.chance_only:
        prior = np.array([reason["weight"] for reason in reasons.values()], dtype=np.float64)
        bounds = [(weight, weight) for weight in prior.tolist()]
    told = out_of_fold(found, prior, bounds, names)
    counts = Counter((each.example.set, each.example.present) for each in told)
    share = np.concatenate(
        [
            np.full(
                len(t.right), 1000 / counts[t.example.set, t.example.present] * (1.0 if t.example.present else GONE)
            )
            for t in told
        ]
    )
    rule = logistic(
        np.concatenate([t.signals for t in told]), np.concatenate([t.right for t in told]).astype(float), share
    )
    chances = [1 / (1 + np.exp(-(rule[0] + t.signals @ rule[1:]))) for t in told]
    print(report(told, found) + thresholds(chances, told, found))  # noqa: T201
    if options.check:
        return
    for reason, weight in zip(reasons.values(), fit(found, prior, bounds).tolist(), strict=True):
        reason["weight"] = round(weight, 3) + 0.0
    file["chance"] = {
        n: round(w, 3) for n, w in zip(("constant", *weighing.CHANCE_SIGNALS), rule.tolist(), strict=True)
    }
    path.write_text(json.dumps(file, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
