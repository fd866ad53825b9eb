"""Train the reader: does this text, under this title, answer this question?

The tuned encoder reads question and text together and gives one number. It is trained on lists: one right text, several
of the same document or subject that are not, and always the choice *none of them*, whose number is 0. Questions without
an answer teach that choice. Numbers are therefore log-odds of answering, up to the scale that ``calibrate`` fits.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from fmqa.tuning.loop import train
from fmqa.tuning.network import Network
from fmqa.types import FloatArray
from training import telling
from training.records import Group

QUESTIONS, RIVALS = 8, 6  # of a batch; of a question
LONGEST: Final = 96  # tokens of question and text together
TITLED: Final = 0.5  # how often a text is read under its title
LAYERS: Final = (0, 1, 3, 5)
"""Layers of the tuned encoder that the reader starts from. Four of six read 32 short texts in 25 ms on two cores."""
SKIPPED: Final = frozenset({"paraqa", "meqsum", "trial_abstracts", "pubmedqa_abstracts"})
"""Sets without rivals of the same document, or without sentences."""
WEIGHTS: Final = {
    "squad_train": 0.4,
    "squad_dev": 0.8,
    "medquad": 0.7,
    "covidqa": 2.5,
    "evidence_inference": 1.5,
    "pack": 8.0,
    "pack, unanswered": 6.0,
}


def pair(question: str, text: str, context: str = "") -> tuple[str, str]:
    """Return what the reader reads of a question and a text."""
    return question, f"{context}\n{text}" if context else text


class Lists:
    """The loss of each step over groups; a function of seed and step."""

    def __init__(self, network: Network, groups: Sequence[Group], seed: int = 0) -> None:
        """Sort by set what has rivals; only the train fold is taken."""
        self.network, self.seed = network, seed
        self.sets: dict[str, list[Group]] = {}
        for group in groups:
            if group.fold == "train" and group.source not in SKIPPED and not group.id.endswith(":abstract"):
                self.sets.setdefault(group.source, []).append(group)
        self.names = sorted(self.sets)
        self.weights = [len(self.sets[name]) ** 0.5 * WEIGHTS.get(name, 1.0) for name in self.names]

    def loss(self, step: int) -> torch.Tensor:
        """Return the loss of a step."""
        rng = random.Random(f"{self.seed} {step}")
        pairs: list[tuple[str, str]] = []
        sizes, answered = [], []
        for name in rng.choices(self.names, self.weights, k=QUESTIONS):
            group = rng.choice(self.sets[name])
            rivals = rng.sample(group.negatives, min(RIVALS, len(group.negatives)))
            while len(rivals) < RIVALS - 2:  # too few of the same document: others of the set
                other = rng.choice(self.sets[name])
                rivals += [text for text in other.positives[:1] if text not in group.positives]
                if not other.positives:
                    rivals += other.negatives[:1]
            context = group.context if rng.random() < TITLED else ""
            texts = [rng.choice(group.positives), *rivals] if group.positives else rivals
            pairs += [pair(group.query, text, context) for text in texts]
            sizes.append(len(texts))
            answered.append(bool(group.positives))
        scores = self.network.by_length(pairs, LONGEST, 28).squeeze(1)
        return _loss(scores, sizes, answered)


def _loss(scores: torch.Tensor, sizes: Sequence[int], answered: Sequence[bool]) -> torch.Tensor:
    """Return the loss of lists: which text, or none, and of each text whether it answers."""
    listed, labels = [], []
    for of_question, has_answer in zip(scores.split(list(sizes)), answered, strict=True):
        with_none = torch.cat([of_question, of_question.new_zeros(1)])
        right = torch.tensor(0 if has_answer else len(of_question))
        listed.append(torch.nn.functional.cross_entropy(with_none, right))
        label = torch.zeros_like(of_question)
        label[0] = float(has_answer)
        labels.append(label)
    each = torch.nn.functional.binary_cross_entropy_with_logits(scores, torch.cat(labels))
    return torch.stack(listed).mean() + each


def fit(
    base: Path,
    groups: Sequence[Group],
    folder: Path,
    *,
    steps: int,
    layers: Sequence[int] = LAYERS,
    rate: float = 1e-4,
    seed: int = 0,
) -> Network:
    """Return a reader trained on groups; ``base`` is an encoder's folder; checkpoints are kept in a folder."""
    network = Network(base, outputs=1, layers=layers)
    train(network, Lists(network, groups, seed).loss, folder, steps=steps, rate=rate, report=telling.by_step())
    return network


def calibrate(scores: FloatArray, answers: Sequence[bool]) -> dict[str, float]:
    """Return scale and offset of the logistic curve that fits scores to whether the text answers (Platt 1999)."""
    fitted = LogisticRegression(C=np.inf).fit(scores.astype(np.float64).reshape(-1, 1), np.asarray(answers))
    return {"scale": float(fitted.coef_[0, 0]), "offset": float(fitted.intercept_[0])}
