"""Tune the encoder: questions near questions that ask the same, and near the texts that answer them.

Three kinds of batch. *Pack*: a question of a statement with another question of it or with the statement. *Sentences*:
a public question with a sentence that answers it and one of the same document or subject that does not. *Abstracts*: a
question, claim or title with a whole abstract, so that long texts are not forgotten. Every other text of a batch is a
negative, and half of the questions are worn as by haste. In the end base and tuned weights are mixed: general retrieval
is then kept.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch

from fmqa.tuning.batches import SHORT, TEMPERATURE, PackBatches
from fmqa.tuning.loop import train
from fmqa.tuning.network import Network
from fmqa.tuning.pack import PackStatement
from fmqa.tuning.wearing import typed
from training import telling
from training.records import Group

SENTENCE_BATCH, ABSTRACT_BATCH = 32, 16
LONG: Final = 192  # tokens
PACK_SHARE, ABSTRACT_SHARE = 0.4, 0.15
ABSTRACTS: Final = frozenset({"pubmedqa_abstracts", "trial_abstracts"})
GENERAL: Final = frozenset({"squad_dev", "squad_train", "natural_questions", "selqa", "paraqa"})
GENERAL_SHARE: Final = 0.25  # of the batches of sentences


class Batches:
    """The loss of each step over the groups and statements; a function of seed and step."""

    def __init__(
        self, network: Network, groups: Sequence[Group], statements: Sequence[PackStatement], seed: int = 0
    ) -> None:
        """Sort what can be trained on by the kind of batch; only the train fold is taken."""
        self.network, self.seed = network, seed
        usable = [group for group in groups if group.fold == "train" and group.positives]
        self.abstracts = [g for g in usable if g.source in ABSTRACTS or g.id.endswith(":abstract")]
        self.sentences: dict[str, list[Group]] = {}
        for group in usable:
            if group.source not in ABSTRACTS and not group.id.endswith(":abstract"):
                self.sentences.setdefault(group.source, []).append(group)
        self.pack = PackBatches(network, statements)

    def loss(self, step: int) -> torch.Tensor:
        """Return the loss of a step."""
        rng = random.Random(f"{self.seed} {step}")
        kind = rng.random()
        if self.pack.statements and kind < PACK_SHARE:
            return self.pack.loss(rng)
        if self.abstracts and kind < PACK_SHARE + ABSTRACT_SHARE:
            chosen = rng.sample(self.abstracts, min(ABSTRACT_BATCH, len(self.abstracts)))
            return self._groups(rng, chosen, LONG)
        general = rng.random() < GENERAL_SHARE
        names = sorted(name for name in self.sentences if (name in GENERAL) == general)
        names = names or sorted(self.sentences)
        # A batch is of one set, so that its texts are alike in form and only what they say tells them apart.
        weights = [len(self.sentences[name]) ** 0.5 for name in names]
        pool = self.sentences[rng.choices(names, weights)[0]]
        return self._groups(rng, rng.sample(pool, min(SENTENCE_BATCH, len(pool))), SHORT)

    def _groups(self, rng: random.Random, chosen: Sequence[Group], longest: int) -> torch.Tensor:
        positives = [rng.choice(group.positives) for group in chosen]
        negatives = [rng.choice(group.negatives) for group in chosen if group.negatives]
        texts = [*positives, *negatives]
        queries = self.network.by_length([typed(group.query, rng) for group in chosen], SHORT)
        vectors = self.network.by_length(texts, longest)
        scores = queries @ vectors.T / TEMPERATURE
        hidden = torch.zeros_like(scores, dtype=torch.bool)
        for row, group in enumerate(chosen):
            also = set(group.positives)
            for column, text in enumerate(texts):
                hidden[row, column] = column != row and (
                    text in also or (column < len(chosen) and chosen[column].query == group.query)
                )
        return torch.nn.functional.cross_entropy(scores.masked_fill(hidden, -1e4), torch.arange(len(chosen)))


def tune(
    base: Path,
    groups: Sequence[Group],
    statements: Sequence[PackStatement],
    folder: Path,
    *,
    steps: int,
    rate: float = 4e-5,
    seed: int = 0,
) -> Network:
    """Return the base model tuned on groups and statements; checkpoints are kept in a folder."""
    network = Network(base)
    batches = Batches(network, groups, statements, seed)
    train(network, batches.loss, folder, steps=steps, rate=rate, report=telling.by_step())
    return network
