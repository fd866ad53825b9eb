"""What the verifier is worth: claims held out, sets never trained on, and what the product could use it for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from random import Random
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, roc_auc_score

from fmqa.corpus.loading import negation_lost, numbers_missing_from
from fmqa.evaluation import statistics
from fmqa.evaluation.mutants import World
from fmqa.evaluation.statistics import Measure
from fmqa.index.verifier import Verdict
from fmqa.phrasing import checking
from fmqa.text import wording
from fmqa.tuning.pack import PackStatement
from fmqa.types import Document, Effect
from training.altered import HARMFUL, altered, fold_of_document
from training.claims import Claim

Judge = Callable[[Sequence[tuple[str, str]]], list[Verdict]]
NAMES: Final = ("supported", "contradicted", "not said")
SURE: Final = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
"""Chances at which something could be done."""
NOT_SUPPORTED: Final = "not supported"
CHANCES: Final[Mapping[str, Callable[[Verdict], float]]] = {
    "contradicted": lambda verdict: verdict.contradicted,
    NOT_SUPPORTED: lambda verdict: 1 - verdict.supported,
}
MOST: Final = 300  # claims of a set that are measured


def figures(claims: Sequence[Claim], judge: Judge) -> dict[str, Measure]:
    """Return accuracy and macro F1 by set; of sets with two classes, of *supported* against the rest."""
    found: dict[str, Measure] = {}
    for source in sorted({claim.source for claim in claims}):
        of_set = [claim for claim in claims if claim.source == source]
        of_set = Random(source).sample(of_set, min(MOST, len(of_set)))
        verdicts = judge([(claim.evidence, claim.claim) for claim in of_set])
        for name, measure in _of_set(of_set, verdicts):
            found[f"{source}{name}"] = measure
    return found


def _of_set(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> Iterator[tuple[str, Measure]]:
    told = [NAMES[int(np.argmax(verdict))] for verdict in verdicts]
    scopes = [claim.scope for claim in claims]
    three = [at for at, claim in enumerate(claims) if claim.label in NAMES]
    if {claims[at].label for at in three} == set(NAMES):
        yield from _scores(", three classes", [claims[at].label for at in three], [told[at] for at in three],
                           [scopes[at] for at in three])  # fmt: skip
    labels = [str(claim.label == "supported") for claim in claims]
    yield from _scores(", supported or not", labels, [str(name == "supported") for name in told], scopes)


def _scores(
    kind: str, right: Sequence[str], told: Sequence[str], scopes: Sequence[str]
) -> Iterator[tuple[str, Measure]]:
    yield f"{kind}: accuracy", statistics.mean([float(a == b) for a, b in zip(right, told, strict=True)], scopes)
    classes = sorted(set(right))
    if len(classes) < 2:
        return

    def macro(rows: Sequence[int]) -> float:
        return float(f1_score([right[n] for n in rows], [told[n] for n in rows], labels=classes, average="macro",
                              zero_division=0.0))  # fmt: skip

    everything = list(range(len(right)))
    low, high = statistics.resampled(everything, macro)
    yield (
        f"{kind}: macro F1",
        Measure(value=round(macro(everything), 6), low=low, high=high, n=len(right), unit="F1", interval="bootstrap"),
    )


# --- uses ------------------------------------------------------------------------------------------------------------


class Wrong(NamedTuple):
    """An altered wording of a statement."""

    operator: str
    statement: PackStatement
    text: str


def held_out(statements: Sequence[PackStatement]) -> list[PackStatement]:
    """Return the statements of documents that the verifier never saw."""
    return [statement for statement in statements if fold_of_document(statement.document) == "dev"]


def wrong_wordings(statements: Sequence[PackStatement], world: World, per_statement: int = 6) -> list[Wrong]:
    """Return plain wordings that operators altered."""
    return [
        Wrong(change.operator, statement, change.text)
        for statement in statements
        if statement.plain
        for change in altered(statement.plain, HARMFUL, world, Random(f"wrong {statement.id}"), per_statement)
    ]


def plain_wordings(statements: Sequence[PackStatement], world: World, judge: Judge) -> dict[str, Measure]:
    """Return what the rules for plain wordings notice of altered ones, what the verifier adds, and its false alarms."""
    true = [statement for statement in statements if statement.plain]
    wrong = wrong_wordings(true, world)
    by_rules = np.array([_breaks_rules(one.statement.text, one.text) for one in wrong])
    of_wrong = judge([(one.statement.text, one.text) for one in wrong])
    of_true = judge([(one.text, one.plain or "") for one in true])
    scopes, true_scopes = [one.statement.document for one in wrong], [one.document for one in true]
    found = {"plain wordings, altered: noticed by rules": _share(by_rules, scopes)}
    for name, number in CHANCES.items():
        chances, alarms = (np.array([number(verdict) for verdict in told]) for told in (of_wrong, of_true))
        for sure in SURE:
            rule = f"{name} from {sure}"
            found[f"plain wordings, altered: rules, or {rule}"] = _share(by_rules | (chances >= sure), scopes)
            found[f"plain wordings, true: {rule}"] = _share(alarms >= sure, true_scopes)
    chances = np.array([CHANCES[NOT_SUPPORTED](verdict) for verdict in of_wrong])
    for kind in sorted({one.operator for one in wrong}):
        rows = [n for n, one in enumerate(wrong) if one.operator == kind]
        name = f"plain wordings, {kind}: {NOT_SUPPORTED} from 0.9 (by rules {by_rules[rows].mean():.2f})"
        found[name] = _share(chances[rows] >= 0.9, [scopes[n] for n in rows])
    return found


def _share(rows: NDArray[np.bool_], scopes: Sequence[str]) -> Measure:
    return statistics.mean([*map(float, rows)], scopes)


def _breaks_rules(statement: str, plain: str) -> bool:
    return bool(numbers_missing_from(statement, plain)) or negation_lost(statement, plain)


def phrased(
    statements: Sequence[PackStatement], world: World, judge: Judge, names: wording.Names
) -> dict[str, Measure]:
    """Return how many altered statements pass the rules for a language model's sentences, and what is left of these."""
    wrong = [
        Wrong(change.operator, statement, change.text)
        for statement in statements
        for change in altered(statement.text, HARMFUL, world, Random(f"phrased {statement.id}"), len(HARMFUL))
    ]
    passed = [one for one in wrong if not _phrasing_faults(one, names)]
    found = {
        "phrased, altered: noticed by rules": statistics.proportion(len(wrong) - len(passed), len(wrong)),
    }
    chances = [verdict.contradicted for verdict in judge([(one.statement.text, one.text) for one in passed])]
    for sure in SURE:
        found[f"phrased, altered, past the rules: contradicted from {sure}"] = statistics.proportion(
            sum(chance >= sure for chance in chances), len(chances)
        )
    return found


def _phrasing_faults(one: Wrong, names: wording.Names) -> bool:
    told = checking.Told(tuple(filter(None, (one.statement.text, one.statement.plain))), one.statement.title)
    return bool(checking.sentence_faults(one.text, [told], names))


def disagreements(documents: Sequence[Document], judge: Judge, most: int = 600) -> dict[str, Measure]:
    """Return how well results of two documents on one outcome of one treatment are told to agree or to differ.

    The typed effects of the pack are the labels: one says benefit and the other no difference or harm, or both one of
    them.
    """
    results = [
        (span.statement, document.text[span.start : span.end], document.id)
        for document in documents
        for span in document.statements
        if span.statement.effect in (Effect.BENEFIT, Effect.NO_DIFFERENCE, Effect.HARM)
    ]
    pairs = [
        (one[1], other[1], one[0].effect is not other[0].effect)
        for one, other in permutations(results, 2)
        if one[2] != other[2]
        and one[0].interventions == other[0].interventions
        and set(one[0].outcomes) & set(other[0].outcomes)
    ]
    pairs = Random("disagreements").sample(pairs, min(most, len(pairs)))
    chances = np.array([verdict.contradicted for verdict in judge([pair[:2] for pair in pairs])])
    labels = np.array([pair[2] for pair in pairs])

    def area(rows: Sequence[int]) -> float:
        chosen = list(rows)
        both = 0 < labels[chosen].sum() < len(chosen)
        return float(roc_auc_score(labels[chosen], chances[chosen])) if both else 0.5

    everything = list(range(len(pairs)))
    low, high = statistics.resampled(everything, area)
    measure = Measure(
        value=round(area(everything), 6), low=low, high=high, n=len(pairs), unit="area", interval="bootstrap"
    )
    return {"results of two documents that differ: area under ROC": measure}
