"""Train the query encoder: what a question means behind those before it, in the space of the shipped encoder.

Teacher and student (Yu et al. 2021, doi:10.1145/3404835.3462856): all that is searched was encoded by the shipped
encoder and stays as it is, and the student learns where in that space the encoder puts the same question asked in one
whole sentence. It is drawn there, and to the statements that carry the facts of the answer, among all statements of the
corpus: by their nearest questions, as ranking sees them, and by their own words. Beside the labelled conversations of
the corpus it learns from the follow-ups of its further questions, each behind a question of the same document.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch

from fmqa.corpus.questions import LabelledTurn
from fmqa.index.query_encoder import EARLIER, together
from fmqa.tuning.batches import TEMPERATURE
from fmqa.tuning.loop import train
from fmqa.tuning.network import Network
from fmqa.tuning.pack import PackStatement
from fmqa.tuning.wearing import typed
from fmqa.types import FloatArray
from training import telling

LONGEST: Final = 96  # tokens of a question and those before it
TURNS, FOLLOW_UPS = 32, 8  # of a batch
FIRST: Final = 0.6
"""How often a drawn first question is taken; it leans on nothing."""
HIDDEN: Final = 0.7
"""How often the whole sentence of a turn is not among the questions that its statements are met by."""
LAST_ALONE: Final = 0.15
"""How often a question before is read as a whole sentence."""
DRAWN, BY_QUESTION, BY_WORDS, FURTHER = 3.0, 1.0, 0.7, 0.6
"""Weights of the loss: nearness to the whole sentence, both ways to meet a statement, and facts after the first."""


class Spoken(NamedTuple):
    """One turn of a conversation."""

    question: str
    earlier: tuple[LabelledTurn, ...]  # the last first
    alone: str
    facts: tuple[tuple[int, ...], ...]  # numbers of statements
    also: frozenset[int]


def spoken(turns: Sequence[LabelledTurn], statements: Sequence[PackStatement]) -> list[Spoken]:
    """Return turns with those before them; ``turns`` are in order, conversation by conversation."""
    number = {statement.id: at for at, statement in enumerate(statements)}
    found: list[Spoken] = []
    before: list[LabelledTurn] = []
    for turn in turns:
        if turn.turn == 1:
            before = []
        facts = (tuple(number[name] for name in fact if name in number) for fact in turn.facts)
        also = frozenset(number[name] for name in turn.also if name in number)
        found.append(Spoken(turn.question, tuple(before[::-1][:EARLIER]), turn.alone, tuple(filter(None, facts)), also))
        before.append(turn)
    return found


class Space:
    """The statements of a corpus where the shipped encoder puts them: by their questions and by their own words."""

    def __init__(
        self,
        encode: Callable[[Sequence[str]], FloatArray],
        statements: Sequence[PackStatement],
        turns: Sequence[Spoken],
    ) -> None:
        """Encode what statements are met by, the whole sentences of some turns among it."""
        owners: dict[str, set[int]] = {}
        for at, statement in enumerate(statements):
            for question in (*statement.questions, *statement.wordings.alone):
                owners.setdefault(question, set()).add(at)
        for turn in turns:
            owners.setdefault(turn.alone, set()).update(at for fact in turn.facts for at in fact)
        self.place = {question: at for at, question in enumerate(owners)}
        self.questions = torch.from_numpy(encode(list(owners)))
        self.own = torch.from_numpy(encode([statement.text for statement in statements]))
        met = sorted((at, self.place[question]) for question, its in owners.items() for at in its)
        self._of, self._question = torch.tensor(met).T

    def by_question(self, vectors: torch.Tensor, hidden: Sequence[str | None]) -> torch.Tensor:
        """Return cosines of vectors and the nearest question of each statement, (vectors, statements).

        Args:
            vectors: Unit vectors.
            hidden: For each vector a question that is not there.
        """
        cosines = vectors @ self.questions.T
        rows = [row for row, question in enumerate(hidden) if question is not None]
        columns = [self.place[question] for question in hidden if question is not None]
        cosines = (
            cosines.index_put((torch.tensor(rows), torch.tensor(columns)), torch.tensor(-1.0)) if rows else cosines
        )
        nearest = torch.full((len(vectors), len(self.own)), -1.0)
        return nearest.scatter_reduce(1, self._of.expand(len(vectors), -1), cosines[:, self._question], "amax")


class Talks:
    """The loss of each step over turns and follow-ups; a function of seed and step."""

    def __init__(
        self,
        network: Network,
        encode: Callable[[Sequence[str]], FloatArray],
        statements: Sequence[PackStatement],
        turns: Sequence[Spoken],
        seed: int = 0,
    ) -> None:
        """Take what is learned from; ``encode`` is the shipped encoder."""
        self.network, self.turns, self.seed = network, turns, seed
        self.space = Space(encode, statements, turns)
        self.follow_ups = [
            (at, statement) for at, statement in enumerate(statements) if statement.wordings.follow_up is not None
        ]
        self.by_document: dict[str, list[PackStatement]] = {}
        for _, statement in self.follow_ups:
            self.by_document.setdefault(statement.document, []).append(statement)

    def loss(self, step: int) -> torch.Tensor:
        """Return the loss of a step."""
        rng = random.Random(f"{self.seed} {step}")
        drawn = [self._turn(rng) for _ in range(TURNS)]
        texts = [_read(turn, rng) for turn in drawn]
        hidden = [turn.alone if rng.random() < HIDDEN else None for turn in drawn]
        for at, statement in rng.sample(self.follow_ups, min(FOLLOW_UPS, len(self.follow_ups))):
            before = rng.choice(rng.choice(self.by_document[statement.document]).wordings.alone)
            follow_up, whole = statement.wordings.follow_up or "", rng.choice(statement.wordings.alone)
            drawn.append(Spoken(follow_up, (), whole, ((at,),), frozenset()))
            texts.append(together(typed(follow_up, rng), [typed(before, rng)]))
            hidden.append(None)
        vectors = self.network.by_length(texts, LONGEST)
        target = self.space.questions[[self.space.place[turn.alone] for turn in drawn]]
        losses = DRAWN * (1 - (vectors * target).sum(1)).mean()
        met = self.space.by_question(vectors, hidden) / TEMPERATURE, vectors @ self.space.own.T / TEMPERATURE
        for weight, logits in zip((BY_QUESTION, BY_WORDS), met, strict=True):
            parts = [_of_facts(row, turn) for row, turn in zip(logits, drawn, strict=True) if turn.facts]
            losses = losses + weight * torch.stack(parts).mean() if parts else losses
        return losses

    def _turn(self, rng: random.Random) -> Spoken:
        """Return a turn drawn by chance, a first question less often."""
        while True:
            turn = rng.choice(self.turns)
            if turn.earlier or rng.random() < FIRST:
                return turn


def _read(turn: Spoken, rng: random.Random) -> str:
    """Return what is read of a turn, worn as by haste."""
    before = [each.alone if rng.random() < LAST_ALONE else each.question for each in turn.earlier]
    return together(typed(turn.question, rng), before)


def _of_facts(logits: torch.Tensor, turn: Spoken) -> torch.Tensor:
    """Return the loss of one turn: each fact has a likely statement; what is merely on the point is left out."""
    right = {at for fact in turn.facts for at in fact}
    aside = sorted(turn.also - right)
    kept = logits.index_fill(0, torch.tensor(aside), -torch.inf) if aside else logits
    whole = torch.logsumexp(kept, 0)
    parts = [
        (FURTHER if number else 1.0) * (whole - torch.logsumexp(kept[list(fact)], 0))
        for number, fact in enumerate(turn.facts)
    ]
    return torch.stack(parts).mean()


def fit(
    base: Path,
    encode: Callable[[Sequence[str]], FloatArray],
    statements: Sequence[PackStatement],
    turns: Sequence[Spoken],
    folder: Path,
    *,
    steps: int,
    rate: float = 5e-5,
    seed: int = 0,
) -> Network:
    """Return a query encoder trained on conversations.

    Args:
        base: Folder of the shipped encoder, from which it starts.
        encode: That encoder.
        statements: The corpus.
        turns: What it learns from.
        folder: Of checkpoints.
        steps: Steps of training.
        rate: Highest rate.
        seed: What chance starts from.
    """
    network = Network(base)
    train(
        network,
        Talks(network, encode, statements, turns, seed).loss,
        folder,
        steps=steps,
        rate=rate,
        report=telling.by_step(),
    )
    return network


def table(
    encode: Callable[[Sequence[str]], FloatArray],
    understand: Callable[[str, Sequence[str]], FloatArray],
    statements: Sequence[PackStatement],
    learned: Sequence[Spoken],
    held: Sequence[Spoken],
) -> str:
    """Return how well each way to encode a question finds the statements that answer it, as a table.

    Args:
        encode: The shipped encoder.
        understand: The query encoder: a question and those before it to a vector.
        statements: The corpus.
        learned: Turns whose whole sentences statements are met by.
        held: Turns that are asked.
    """
    earlier = [[each.question for each in turn.earlier] for turn in held]
    both = list(zip(held, earlier, strict=True))
    ways = {
        "shipped encoder: as typed": encode([turn.question for turn in held]),
        "shipped encoder: behind the last question": encode([" ".join([*b[:1], turn.question]) for turn, b in both]),
        "query encoder": np.array([understand(turn.question, before) for turn, before in both]),
        "shipped encoder: asked in one whole sentence": encode([turn.alone for turn in held]),
    }
    space = Space(encode, statements, learned)
    lines = ["| | first questions: lead / @3 / @7 | follow-ups: lead / @3 / @7 |", "|---|---|---|"]
    for name, vectors in ways.items():
        of_all = torch.from_numpy(vectors)
        scores = space.by_question(of_all, [None] * len(held)) + BY_WORDS * (of_all @ space.own.T)
        best = torch.topk(scores, min(7, len(statements))).indices.tolist()
        parts = (
            [(turn.facts, found) for turn, found in zip(held, best, strict=True) if bool(turn.earlier) == follows]
            for follows in (False, True)
        )
        lines.append(f"| {name} | {' | '.join(map(_share, parts))} |")
    return "\n".join(lines) + "\n"


def _share(asked: Sequence[tuple[tuple[tuple[int, ...], ...], list[int]]]) -> str:
    """Return how often the first statement found carries a fact, and which share of the facts three and seven carry."""
    answered = [(facts, best) for facts, best in asked if facts]
    lead = np.mean([any(best[0] in fact for fact in facts) for facts, best in answered])
    three, seven = (np.mean([bool({*best[:k]} & {*f}) for facts, best in answered for f in facts]) for k in (3, 7))
    return f"{lead:.3f} / {three:.3f} / {seven:.3f} ({len(answered)})"
