"""Distil the reader into the encoder: similarities of the encoder shall order texts as the reader does.

The reader scores a question's right text and its mined rivals; the softmax of its log-odds is what the softmax of the
encoder's similarities is drawn to, by the Kullback-Leibler divergence (listwise distillation of a cross-encoder: Ren et
al. 2021, RocketQAv2, arXiv:2110.07367). Every second step is one of tuning, so that what is not read is not forgotten.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import torch

from fmqa.tuning.batches import SHORT, TEMPERATURE
from fmqa.tuning.loop import train
from fmqa.tuning.network import Network
from fmqa.tuning.pack import PackStatement
from fmqa.tuning.wearing import typed
from training import encoder, reader, telling
from training.measures import Score
from training.records import Group

QUESTIONS, RIVALS = 12, 7  # of a batch; of a question


class Distilled:
    """The loss of each step; a function of seed and step."""

    def __init__(
        self,
        network: Network,
        score: Score,
        groups: Sequence[Group],
        statements: Sequence[PackStatement],
        seed: int = 0,
    ) -> None:
        """Take the lists that the reader was trained on, as far as they have a right text and rivals."""
        self.network, self.score, self.seed = network, score, seed
        self.tuned = encoder.Batches(network, groups, statements, seed)
        having = [group for group in groups if group.positives and group.negatives]
        self.lists = reader.Lists(network, having, seed)

    def loss(self, step: int) -> torch.Tensor:
        """Return the loss of a step: of tuning, then of lists that the reader orders, in turn."""
        if step % 2 == 0:
            return self.tuned.loss(step)
        rng = random.Random(f"{self.seed} {step}")
        asked: list[str] = []
        texts: list[str] = []
        wanted = []
        for name in rng.choices(self.lists.names, self.lists.weights, k=QUESTIONS):
            group = rng.choice(self.lists.sets[name])
            listed = [rng.choice(group.positives), *rng.sample(group.negatives, min(RIVALS, len(group.negatives)))]
            asked.append(typed(group.query, rng))
            texts += listed
            read = [reader.pair(group.query, text, group.context)[1] for text in listed]
            wanted.append(torch.from_numpy(self.score(group.query, read)))
        return self._divergence(asked, texts, wanted)

    def _divergence(self, asked: Sequence[str], texts: Sequence[str], wanted: Sequence[torch.Tensor]) -> torch.Tensor:
        vectors = self.network.by_length([*asked, *texts], SHORT)
        found = vectors[len(asked) :].split([len(scores) for scores in wanted])
        lists = [
            torch.nn.functional.kl_div(
                torch.log_softmax(of_question @ vectors[at] / TEMPERATURE, 0), torch.softmax(scores, 0), reduction="sum"
            )
            for at, (of_question, scores) in enumerate(zip(found, wanted, strict=True))
        ]
        return torch.stack(lists).mean()


def distil(
    start: Path,
    score: Score,
    groups: Sequence[Group],
    statements: Sequence[PackStatement],
    folder: Path,
    *,
    steps: int,
    rate: float = 2e-5,
    seed: int = 0,
) -> Network:
    """Return an encoder that was drawn to the order of a reader; checkpoints are kept in a folder.

    Args:
        start: Folder of the tuned encoder.
        score: The reader's log-odds that texts answer a question.
        groups: Questions with texts that answer them and rivals.
        statements: The corpus.
        folder: Of checkpoints.
        steps: Half of them are of tuning.
        rate: Highest rate.
        seed: What chance starts from.
    """
    network = Network(start)
    batches = Distilled(network, score, groups, statements, seed)
    train(network, batches.loss, folder, steps=steps, rate=rate, report=telling.by_step())
    return network
