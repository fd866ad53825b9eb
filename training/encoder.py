"""Tune the encoder: questions near questions that ask the same, and near the texts that answer them.

Three kinds of batch. *Pack*: a question of a statement with another question of it or with the statement. *Sentences*:
a public question with a sentence that answers it and one of the same document or subject that does not. *Abstracts*: a
question, claim or title with a whole abstract, so that long texts are not forgotten. Every other text of a batch is a
negative, and half of the questions are worn as by haste. In the end base and tuned weights are mixed: general retrieval
is then kept.
"""

import json
import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray

from training import wordings
from training.network import Network, train
from training.pack import PackStatement
from training.records import Group

TEMPERATURE: Final = 0.05
PACK_BATCH, SENTENCE_BATCH, ABSTRACT_BATCH = 48, 32, 16
SHORT, LONG = 80, 192  # tokens
PACK_SHARE, ABSTRACT_SHARE = 0.4, 0.15
SAME = 0.8  # cosine of two statements by the base encoder from which one is no negative of the other
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
        self.statements = [statement for statement in statements if statement.questions]
        self.documents: dict[str, list[int]] = {}
        for at, statement in enumerate(self.statements):
            self.documents.setdefault(statement.document, []).append(at)
        usable = [group for group in groups if group.fold == "train" and group.positives]
        self.abstracts = [g for g in usable if g.source in ABSTRACTS or g.id.endswith(":abstract")]
        self.sentences: dict[str, list[Group]] = {}
        for group in usable:
            if group.source not in ABSTRACTS and not group.id.endswith(":abstract"):
                self.sentences.setdefault(group.source, []).append(group)
        vectors = network.run([statement.text for statement in self.statements], SHORT) if self.statements else None
        self.alike: NDArray[np.bool_] = np.zeros((0, 0), dtype=bool) if vectors is None else vectors @ vectors.T > SAME
        network.train()

    def loss(self, step: int) -> torch.Tensor:
        """Return the loss of a step."""
        rng = random.Random(f"{self.seed} {step}")
        kind = rng.random()
        if self.statements and kind < PACK_SHARE:
            return self._pack(rng)
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

    def _pack(self, rng: random.Random) -> torch.Tensor:
        if rng.random() < 0.5:
            chosen = rng.sample(range(len(self.statements)), min(PACK_BATCH, len(self.statements)))
        else:  # whole documents: every other statement is on the same subject
            chosen = []
            for document in rng.sample(sorted(self.documents), len(self.documents)):
                chosen += self.documents[document]
                if len(chosen) >= PACK_BATCH:
                    break
            chosen = chosen[:PACK_BATCH]
        asked, texts = [], []
        for at in chosen:
            statement = self.statements[at]
            first = rng.choice([*statement.questions, *statement.wordings.alone])
            others = [question for question in statement.questions if question != first]
            if statement.wordings.follow_up and rng.random() < wordings.IN_TALK:
                first = f"{self._before(at, rng)} {statement.wordings.follow_up}"
            forms = [statement.text, statement.searched, statement.plain or statement.text]
            asked.append(_typed(first, rng))
            texts.append(rng.choice(others) if others and rng.random() < 0.45 else rng.choice(forms))
        vectors = self.network.by_length([*asked, *texts], SHORT)
        queries, found = vectors[: len(asked)], vectors[len(asked) :]
        scores = queries @ found.T / TEMPERATURE
        hidden = torch.from_numpy(self.alike[np.ix_(chosen, chosen)] & ~np.eye(len(chosen), dtype=bool))
        scores = scores.masked_fill(hidden, -1e4)
        right = torch.arange(len(chosen))
        cross_entropy = torch.nn.functional.cross_entropy
        return (cross_entropy(scores, right) + cross_entropy(scores.T, right)) / 2

    def _before(self, at: int, rng: random.Random) -> str:
        """Return a question that another statement of the same document answers: what was asked before."""
        others = [other for other in self.documents[self.statements[at].document] if other != at] or [at]
        other = self.statements[rng.choice(others)]
        return rng.choice([*other.questions, *other.wordings.alone])

    def _groups(self, rng: random.Random, chosen: Sequence[Group], longest: int) -> torch.Tensor:
        positives = [rng.choice(group.positives) for group in chosen]
        negatives = [rng.choice(group.negatives) for group in chosen if group.negatives]
        texts = [*positives, *negatives]
        queries = self.network.by_length([_typed(group.query, rng) for group in chosen], SHORT)
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


def _typed(question: str, rng: random.Random) -> str:
    return wordings.worn(question, rng) if rng.random() < wordings.WORN else question


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
    train(network, batches.loss, folder, steps=steps, rate=rate)
    return network


def mixed(base: Path, network: Network, share: float) -> Network:
    """Return a network whose weights stand between those of the base (0) and of a tuned one (1)."""
    result = Network(base)
    tuned = network.state_dict()
    result.load_state_dict({name: w + share * (tuned[name] - w) for name, w in result.state_dict().items()})
    result.eval()
    return result


def write_model(base: Path, network: Network, folder: Path, *, half: bool = False) -> None:
    """Write a network as a sentence-transformers folder: the base's files with other weights."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        base,
        folder,
        ignore=shutil.ignore_patterns("model.safetensors", "README.md", ".gitattributes", "data_config.json"),
    )
    tuned = {name: weight.detach().contiguous() for name, weight in network.bert.state_dict().items()}
    weights = safetensors.torch.load_file(str(base / "model.safetensors")) | tuned  # with what the network leaves out
    if half:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        # Else transformers would compute in float16, too.
        (folder / "config.json").write_text(
            json.dumps(config | {"dtype": "float32"}, indent=1) + "\n", encoding="utf-8"
        )
        weights = {name: weight.half() if weight.is_floating_point() else weight for name, weight in weights.items()}
    safetensors.torch.save_file(weights, str(folder / "model.safetensors"), metadata={"format": "pt"})
