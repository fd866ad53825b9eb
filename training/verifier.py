"""Train the verifier: does this passage support this claim, contradict it, or not say?

The tuned encoder reads passage and claim together and gives three numbers, of which the softmax is taken. A row that
only says *not supported* costs the chance of *supported* alone.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch

from fmqa.tuning.loop import train
from fmqa.tuning.network import Network
from fmqa.types import FloatArray
from training import telling
from training.claims import Claim, Label

LONGEST: Final = 128  # tokens of passage and claim together
BATCH: Final = 32
WORDS: Final = 50
"""Of passage and claim together; longer rows are left out, for one costs as much as two."""
CLASSES: Final[dict[Label, tuple[int, ...]]] = {
    "supported": (0,),
    "contradicted": (1,),
    "not said": (2,),
    "not supported": (1, 2),
}
"""Which of the three numbers a label allows."""
WEIGHTS: Final = {
    "multinli": 0.38,
    "evidence_inference": 0.07,
    "scifact": 0.03,
    "scitail": 0.03,
    "summedits": 0.02,
    "pack": 0.22,
    "pack_wordings": 0.14,
    "trial_sentences": 0.11,
}
"""Share of the pairs of a batch, by set."""


class Pairs:
    """The loss of each step over claims; a function of seed and step."""

    def __init__(self, network: Network, claims: Sequence[Claim], seed: int = 0) -> None:
        """Sort by set; only short rows of the train fold are taken."""
        self.network, self.seed = network, seed
        self.sets: dict[str, list[Claim]] = {}
        for claim in claims:
            if claim.fold == "train" and len(f"{claim.evidence} {claim.claim}".split()) <= WORDS:
                self.sets.setdefault(claim.source, []).append(claim)
        self.names = sorted(self.sets)
        self.weights = [WEIGHTS[name] for name in self.names]

    def loss(self, step: int) -> torch.Tensor:
        """Return the loss of a step."""
        rng = random.Random(f"{self.seed} {step}")
        drawn = [rng.choice(self.sets[name]) for name in rng.choices(self.names, self.weights, k=BATCH)]
        numbers = self.network.by_length([(claim.evidence, claim.claim) for claim in drawn], LONGEST, 16)
        return loss_of(numbers, [claim.label for claim in drawn])


def loss_of(numbers: torch.Tensor, labels: Sequence[Label]) -> torch.Tensor:
    """Return the mean negative log-likelihood of what labels allow, of three numbers a row."""
    allowed = torch.full_like(numbers, -torch.inf)
    for row, label in enumerate(labels):
        allowed[row, list(CLASSES[label])] = 0.0
    return (torch.logsumexp(numbers, 1) - torch.logsumexp(numbers + allowed, 1)).mean()


def fit(
    base: Path,
    claims: Sequence[Claim],
    folder: Path,
    *,
    steps: int,
    rate: float = 1e-4,
    seed: int = 0,
    threads: int | None = None,
) -> Network:
    """Return a verifier trained on claims; ``base`` is an encoder's folder; checkpoints are kept in a folder."""
    network = Network(base, outputs=3)
    if threads is not None:
        torch.set_num_threads(threads)
    train(network, Pairs(network, claims, seed).loss, folder, steps=steps, rate=rate, report=telling.by_step())
    return network


def calibrate(numbers: FloatArray, labels: Sequence[Label]) -> float:
    """Return the temperature at which claims are likeliest (Guo et al. 2017, arXiv:1706.04599)."""
    found = torch.from_numpy(numbers)
    return min((t / 50 for t in range(25, 251)), key=lambda t: float(loss_of(found / t, labels)))
