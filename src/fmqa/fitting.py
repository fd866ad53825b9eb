"""The abstention rule: a logistic regression on retrieval features, fitted on labelled questions by a build.

Half of the labelled questions can be answered. The other half are near misses, because a rule learns most from those.
Real questions differ: most can be answered. Two corrections turn the fitted number into a probability: Platt scaling on
held-out folds, and a shift of the odds to ``PRIOR``.

The fitted weights and the threshold are stored with the index generation on which they were fitted. None is set by
hand.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from fmqa.errors import BadCorpus
from fmqa.types import Record

FILE: Final = "calibration.jsonl"
PRIOR: Final = 0.9
"""Share of answerable questions that confidences are stated for: nine of ten. An assumption, not a measurement."""
MOST_FALSE_ABSTENTION: Final = 0.02
"""Share of the answerable labelled questions, held out, that may lie below the threshold; they are harder than most."""
UNSURE: Final = 0.5
"""Share of the threshold down to which the nearest statements are told, as such. People's own wording is further from
what a statement says than the questions that the rule is fitted on: of development turns in everyday words that can be
answered, every tenth lies below the threshold and most of these above this share of it."""
_FOLDS: Final = 5
_R = TypeVar("_R", bound=Record)


class LabelledQuestion(Record):
    """A development question and whether the corpus answers it."""

    id: str
    question: str = Field(min_length=3)
    answerable: bool
    reason: str = ""


class Calibration(Record):
    """A fitted abstention rule, and how it did on the questions that it was not fitted on (cross-validation)."""

    weights: dict[str, float]
    intercept: float
    threshold: float = Field(ge=0, le=1, description="Confidence below which fmqa does not answer for sure.")
    refused: float = Field(ge=0, le=1, description="Chance that a question which rules refuse is answerable after all.")
    questions: int
    answerable: int
    auroc: float = Field(description="Area under the ROC curve, out of fold.")
    false_abstention: float = Field(description="Share of answerable questions below the threshold, out of fold.")
    abstention_recall: float = Field(description="Share of unanswerable questions below the threshold, out of fold.")

    @property
    def least(self) -> float:
        """Confidence below which nothing is told; from there to the threshold what is nearest is told as just that."""
        return UNSURE * self.threshold

    def confidence(self, features: dict[str, float]) -> float:
        """Return the chance in [0, 1] that the sources answer a query with these features, which no rule refuses."""
        return chance(self.intercept + sum(weight * features[name] for name, weight in self.weights.items()))


def read_questions(path: Path) -> tuple[LabelledQuestion, ...]:
    """Return the labelled questions of a JSON-lines file; none if there is no file.

    Raises: BadCorpus naming the line that is wrong.
    """
    return read_labelled(path, LabelledQuestion, "question")


def read_labelled(path: Path, record: type[_R], name: str) -> tuple[_R, ...]:
    """Return the records of a JSON-lines file that a build fits something on; none if there is no file.

    Raises: BadCorpus naming the line that is wrong.
    """
    if not path.exists():
        return ()
    found: list[_R] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found.append(record.model_validate(json.loads(line)))
        except (ValueError, ValidationError) as error:
            raise BadCorpus(f"{path.name}:{number}: not a labelled {name} ({type(error).__name__})") from error
    return tuple(found)


def fit(
    features: Sequence[dict[str, float]], answerable: Sequence[bool], refused: Sequence[bool] = ()
) -> Calibration | None:
    """Return the rule fitted on labelled feature sets; None where there are too few of either label.

    Args:
        features: Of each question that rules leave open.
        answerable: Whether the sources answer it.
        refused: Whether the sources answer each question that rules refuse; they count for the prior only.

    Source: Platt 1999 (Advances in Large Margin Classifiers) for the scaling; Saerens, Latinne and Decaestecker 2002,
    doi:10.1162/089976602753284446, for the shift of the odds.
    """
    if not enough(answerable):
        return None
    # Imported here: only a build needs it, and it takes a second to import.
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # noqa: PLC0415

    names = sorted(features[0])
    rows = [[row[name] for name in names] for row in features]
    model = LogisticRegression(C=10.0, max_iter=1000)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    logits = cross_val_predict(model, rows, answerable, cv=folds, method="decision_function")
    platt = LogisticRegression().fit([[float(logit)] for logit in logits], answerable)
    slope, offset = float(platt.coef_[0][0]), float(platt.intercept_[0])
    shift = _logit(PRIOR) - _logit(_share([*answerable, *refused]))
    offset += shift
    held_out = [chance(slope * float(logit) + offset) for logit in logits]
    model.fit(rows, answerable)
    positive = sorted(p for p, yes in zip(held_out, answerable, strict=True) if yes)
    negative = [p for p, yes in zip(held_out, answerable, strict=True) if not yes]
    threshold = math.floor(positive[math.floor(len(positive) * MOST_FALSE_ABSTENTION)] * 1e6) / 1e6  # never above it
    return Calibration(
        weights={name: round(slope * float(w), 6) for name, w in zip(names, model.coef_[0], strict=True)},
        intercept=round(slope * float(model.intercept_[0]) + offset, 6),
        threshold=threshold,
        refused=round(min(threshold, chance(_logit(_share(refused)) + shift)), 6),
        questions=len(rows),
        answerable=len(positive),
        auroc=round(float(roc_auc_score(answerable, held_out)), 4),
        false_abstention=round(sum(p < threshold for p in positive) / len(positive), 4),
        abstention_recall=round(sum(p < threshold for p in negative) / len(negative), 4),
    )


class Logistic(NamedTuple):
    """A fitted logistic regression: weights by name, intercept, and the held-out log odds of each row."""

    weights: dict[str, float]
    intercept: float
    held_out: tuple[float, ...]


def enough(labels: Sequence[bool]) -> bool:
    """Return whether there are enough rows of both labels to fit and to cross-validate."""
    return min(sum(labels), len(labels) - sum(labels)) >= 2 * _FOLDS


def logistic(rows: Sequence[dict[str, float]], labels: Sequence[bool], strength: float) -> Logistic:
    """Return a logistic regression fitted on rows of named numbers, most of them absent; both labels weigh the same.

    Args:
        rows: Features by name; a name that is absent is 0.
        labels: Both must occur ``enough``.
        strength: Inverse of the penalty on the weights.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # noqa: PLC0415

    table, names = _table(rows)
    model = LogisticRegression(C=strength, class_weight="balanced", solver="liblinear", max_iter=1000, random_state=0)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    held_out = cross_val_predict(model, table, labels, cv=folds, method="decision_function")
    model.fit(table, labels)
    weights = {name: round(float(w), 4) for name, w in zip(names, model.coef_[0], strict=True)}
    return Logistic(
        {name: weight for name, weight in weights.items() if weight},
        round(float(model.intercept_[0]), 4),
        tuple(float(score) for score in held_out),
    )


def multinomial(
    rows: Sequence[dict[str, float]], labels: Sequence[str], strength: float
) -> dict[str, dict[str, float]]:
    """Return, by label, the weights by name of a multinomial logistic, the intercept under the empty name.

    Args:
        rows: Features by name; a name that is absent is 0.
        labels: At least three different ones.
        strength: Inverse of the penalty on the weights.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    table, names = _table(rows)
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=1000).fit(table, labels)
    return {
        str(label): {"": round(float(intercept), 4)}
        | {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}
        for label, intercept, weights in zip(model.classes_, model.intercept_, model.coef_, strict=True)
    }


def _table(rows: Sequence[dict[str, float]]) -> tuple[Any, list[str]]:
    """Return rows of named numbers as one sparse matrix, and the names of its columns."""
    from sklearn.feature_extraction import DictVectorizer  # noqa: PLC0415

    names = DictVectorizer()
    table = names.fit_transform(rows)
    table.indices, table.indptr = (
        table.indices.astype("int32"),
        table.indptr.astype("int32"),
    )  # liblinear takes no other
    return table, [str(name) for name in names.feature_names_]


def _share(answerable: Sequence[bool]) -> float:
    """Return the share of answerable questions, by Laplace's rule of succession: never quite 0 or 1."""
    return (sum(answerable) + 1) / (len(answerable) + 2)


def _logit(chance: float) -> float:
    return math.log(chance / (1.0 - chance))


def chances(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of some log odds, in (0, 1): the logistic function, computed without overflow."""
    return np.asarray((1.0 + np.tanh(log_odds / 2)) / 2)


def chance(log_odds: float) -> float:
    """Return the probability of one number of log odds, in (0, 1).

    >>> chance(0.0)
    0.5
    """
    return float(chances(np.array(log_odds)))
