"""Fit what each reason of ``fmqa.evidence.quoting`` weighs, and which chance of being right is enough.

    python eval/fit_published.py ../shared/data --work /tmp/published  # after eval/run_published.py

The questions are those of the development split of ``eval/run_published.py``; the files that answer them and the files
of the test split are different ones. The model of the order is that of ``eval/fit_scoring.py``: the sentence that is
quoted first is drawn with a chance that grows with exp(score), and the weights are the most likely ones for those that
hold an answer, with a normal prior. The chance that the first is right is a logistic function of ``published.signals``,
fitted on scores out of fold and on the questions whose file was removed, which nothing answers.
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
from fmqa.evidence import quoting, searching
from fmqa.question import resolving
from fmqa.settings import Settings
from run_published import SETS, Question, hits, is_development, is_removed, questions

FOLDS = 5
TIGHTNESS = 5.0
"""Of the prior: one over its variance."""
THRESHOLD = 0.4
"""Least chance of being right to be quoted: chosen by the table that this prints, out of fold."""
GONE = 0.5
"""How much a set of questions that nothing answers counts beside one that something does."""
SIGNALS = tuple(quoting.CHANCE)[1:]
Vector = NDArray[np.float64]
Bounds = list[tuple[float | None, float | None]]


class Told(NamedTuple):
    """What the chance is fitted on, of a question ordered by weights of other files."""

    signals: Vector
    right: bool  # whether one of the first three is
    set: str
    present: bool  # whether the file that answers was there


class Example(NamedTuple):
    """A question: what can be quoted, its reasons, and whether it holds an answer."""

    question: Question
    found: list[quoting.Candidate]
    reasons: Vector  # (candidates, reasons)
    right: NDArray[np.bool_]


def examples(asked: list[Question], place: Path, work: Path, names: list[str]) -> list[Example]:
    """Return an example for every question, asked of the index in a folder."""
    settings = Settings(
        corpus=place / "corpus", index=place / "index", database=f"sqlite:///{work}/fit.db", start_document=None
    )
    assistant = Assistant.open(settings)
    parts, found = assistant.library, []
    with Terminal(stderr=True).progress() as progress:
        for number, question in enumerate(asked, start=1):
            query = resolving.resolve(
                question.text,
                (),
                parts.matcher,
                parts.names,
                parts.start,
                parts.opened.known,
                clinician=True,
            )
            query = searching.asked_of_published(question.text, query, parts)
            ranking = searching.rank(query, parts, as_published=True)
            near = searching.nearness(query, ranking, parts.catalogue)
            options = quoting.candidates(query, ranking.fused, near, parts.catalogue)
            reasons = np.array([[each.reasons[name] for name in names] for each in options]).reshape(-1, len(names))
            right = np.array([_is_right(each, question, assistant) for each in options], dtype=bool)
            found.append(Example(question, options, reasons, right))
            progress(f"reasons, {place.name}", number, len(asked))
    assistant.close()
    return found


def _is_right(candidate: quoting.Candidate, question: Question, assistant: Assistant) -> bool:
    document = assistant.index.document(assistant.index.passage(candidate.row).anchor.document_id)
    origin = document.metadata.origin
    same = origin is not None and Path(origin.file).stem == question.file
    return same and hits(document.text[slice(*candidate.span)], question.answers)


def fit(found: list[Example], prior: Vector, bounds: Bounds) -> Vector:
    """Return the most likely weights; every set counts the same."""
    shares = {name: 1 / max(1, sum(e.question.set == name for e in found)) for name in SETS}
    useful = [(e.reasons, e.right, 1000 * shares[e.question.set]) for e in found if e.right.any()]

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


def out_of_fold(rows: list[Example], gone: list[Example], prior: Vector, bounds: Bounds) -> tuple[str, list[Told]]:
    """Return how often the first sentences are right, and the signals of every question by weights of other files."""
    files = sorted({example.question.file for example in rows})
    np.random.default_rng(0).shuffle(files)
    fold = {file: number % FOLDS for number, file in enumerate(files)}
    seen: dict[str, list[list[bool]]] = {"prior": [], "fitted": []}
    found: list[Told] = []
    for number in range(FOLDS):
        weights = fit([e for e in rows if fold[e.question.file] != number], prior, bounds)
        for present, part in ((True, rows), (False, gone)):
            for example in part:
                if fold[example.question.file] != number or not example.found:
                    continue
                for name, way in (("prior", prior), ("fitted", weights)) if present else ():
                    right = example.right[np.argsort(-(example.reasons @ way), kind="stable")]
                    seen[name].append([bool(right[:k].any()) for k in (1, 3, len(right))])
                found.append(_signals(example, weights, present=present))
    lines = [
        f"{name}: right in the first {k}: {np.mean([each[n] for each in seen[name]]):.3f}"
        for name in seen
        for n, k in enumerate(("1", "3", "of all"))
    ]
    return "\n".join(lines) + "\n", found


def _signals(example: Example, weights: Vector, *, present: bool) -> Told:
    scores = example.reasons @ weights
    order = np.argsort(-scores, kind="stable")
    best = [example.found[n] for n in order]
    told = quoting.signals(best) | {"score": scores[order[0]], "margin": scores[order[0]] - scores[order[-1]]}
    right = bool(example.right[order[:3]].any())
    return Told(np.array(list(told.values())), right, example.question.set, present)


def thresholds(chances: Vector, found: list[Told]) -> str:
    """Return what follows from each threshold, as a Markdown table."""
    out = ["| threshold | answered | right where answered | answered without the file |", "|---|---|---|---|"]
    present = np.array([each.present for each in found])
    right = np.array([each.right for each in found])
    for least in (0.0, 0.2, 0.3, 1 / 3, 0.4, 0.5, 0.6, 0.7):
        told = chances >= least
        cells = (told[present].mean(), right[present & told].mean(), told[~present].mean())
        out.append(f"| {least:.2f} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")
    return "\n".join(out) + "\n"


def main() -> None:
    """Fit, print the figures out of fold, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the public sets")
    parser.add_argument("--work", type=Path, required=True, help="folder of eval/run_published.py")
    parser.add_argument("--check", action="store_true", help="print the figures and write nothing")
    options = parser.parse_args()
    path = Path(quoting.__file__).with_name("published.json")
    file: dict[str, Any] = json.loads(path.read_text("utf-8"))
    reasons = file["reasons"]
    prior = np.array([reason["prior"] for reason in reasons.values()], dtype=np.float64)
    bounds: Bounds = [(r["prior"], r["prior"]) if r.get("fixed") else (None, None) for r in reasons.values()]
    asked = [question for question in questions(options.data) if is_development(question.file)]
    rows = examples(asked, options.work / "whole", options.work, list(reasons))
    gone = examples([q for q in asked if is_removed(q.file)], options.work / "less", options.work, list(reasons))
    report, found = out_of_fold(rows, gone, prior, bounds)
    counts = Counter((each.set, each.present) for each in found)
    share = np.array([1000 / counts[each.set, each.present] * (1.0 if each.present else GONE) for each in found])
    signals, right = np.array([each.signals for each in found]), np.array([float(each.right) for each in found])
    rule = logistic(signals, right, share)
    chances = 1 / (1 + np.exp(-(rule[0] + signals @ rule[1:])))
    print(report + thresholds(chances, found))  # noqa: T201
    if options.check:
        return
    for reason, weight in zip(reasons.values(), fit(rows, prior, bounds).tolist(), strict=True):
        reason["weight"] = round(weight, 3) + 0.0
    file["chance"] = {n: round(w, 3) for n, w in zip(("constant", *SIGNALS), rule.tolist(), strict=True)}
    file["threshold"] = THRESHOLD
    path.write_text(json.dumps(file, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
