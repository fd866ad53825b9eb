"""What a step learns from a pack: a question lies near another question of its statement, or near the statement.

Every other text of a batch is a negative, and half of the questions are worn as by haste.
"""

import random
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from fmqa.tuning.network import Network
from fmqa.tuning.pack import PackStatement
from fmqa.tuning.wearing import typed
from fmqa.types import FloatArray

TEMPERATURE: Final = 0.05
BATCH: Final = 48
SHORT: Final = 80  # tokens
IN_TALK: Final = 0.25  # share of the questions that are asked behind another one, where there are such
SAME: Final = 0.8
"""Cosine of two statements from which one is no negative of the other: they say nearly the same."""


def alike(vectors: FloatArray) -> NDArray[np.bool_]:
    """Return which statements say nearly the same, (n, n), from the vectors of their texts."""
    found: NDArray[np.bool_] = vectors @ vectors.T > SAME
    return found


class PackBatches:
    """The loss of one batch of statements with their questions."""

    def __init__(self, network: Network, statements: Sequence[PackStatement]) -> None:
        """Take the statements that have questions; which of them are alike is read from the network as it is now."""
        self.network = network
        self.statements = [statement for statement in statements if statement.questions]
        self.documents: dict[str, list[int]] = {}
        for at, statement in enumerate(self.statements):
            self.documents.setdefault(statement.document, []).append(at)
        self.alike: NDArray[np.bool_] = np.zeros((0, 0), dtype=bool)
        if self.statements:
            self.alike = alike(network.run([statement.text for statement in self.statements], SHORT))
        network.train()

    def loss(self, rng: random.Random) -> torch.Tensor:
        """Return the loss of statements that a generator of chance draws."""
        chosen = self._drawn(rng)
        asked, texts = [], []
        for at in chosen:
            statement = self.statements[at]
            first = rng.choice([*statement.questions, *statement.wordings.alone])
            others = [question for question in statement.questions if question != first]
            if statement.wordings.follow_up and rng.random() < IN_TALK:
                first = f"{self._before(at, rng)} {statement.wordings.follow_up}"
            forms = [statement.text, statement.searched, statement.plain or statement.text]
            asked.append(typed(first, rng))
            texts.append(rng.choice(others) if others and rng.random() < 0.45 else rng.choice(forms))
        vectors = self.network.by_length([*asked, *texts], SHORT)
        queries, found = vectors[: len(asked)], vectors[len(asked) :]
        scores = queries @ found.T / TEMPERATURE
        hidden = torch.from_numpy(self.alike[np.ix_(chosen, chosen)] & ~np.eye(len(chosen), dtype=bool))
        scores = scores.masked_fill(hidden, -1e4)
        right = torch.arange(len(chosen))
        cross_entropy = torch.nn.functional.cross_entropy
        loss: torch.Tensor = (cross_entropy(scores, right) + cross_entropy(scores.T, right)) / 2
        return loss

    def _drawn(self, rng: random.Random) -> list[int]:
        """Return the statements of a batch: of the whole pack, or of whole documents, all on one subject."""
        if rng.random() < 0.5:
            return rng.sample(range(len(self.statements)), min(BATCH, len(self.statements)))
        chosen: list[int] = []
        for document in rng.sample(sorted(self.documents), len(self.documents)):
            chosen += self.documents[document]
            if len(chosen) >= BATCH:
                break
        return chosen[:BATCH]

    def _before(self, at: int, rng: random.Random) -> str:
        """Return a question that another statement of the same document answers: what was asked before."""
        others = [other for other in self.documents[self.statements[at].document] if other != at] or [at]
        other = self.statements[rng.choice(others)]
        return rng.choice([*other.questions, *other.wordings.alone])
