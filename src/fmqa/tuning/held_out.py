"""Questions that are kept out of fitting, and how well an encoder finds the statements that answer them."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fmqa.evaluation import statistics
from fmqa.evaluation.statistics import Measure
from fmqa.tuning.batches import alike
from fmqa.tuning.pack import PackStatement
from fmqa.types import FloatArray, Record, question_key

Encode = Callable[[Sequence[str]], FloatArray]
SHARE: Final = 5
"""One statement in so many is held out, with all its questions."""
AMONG: Final = 5


class Figures(Record):
    """How often a held-out question finds a statement that answers it; intervals by statement."""

    first: Measure
    among_five: Measure


class Trial:
    """The held-out questions of a pack, each ranked against every statement of it."""

    def __init__(self, statements: Sequence[PackStatement], start: Encode) -> None:
        """Hold out a fifth of the statements that have questions, by the hash of their id: the same ones each time.

        Args:
            statements: The pack.
            start: The encoder before it is fitted, which says which statements say nearly the same.
        """
        self.statements = statements
        having = sorted((s.id for s in statements if s.questions), key=lambda name: sha256(name.encode()).hexdigest())
        held = frozenset(having[: len(having) // SHARE])
        self.asked = [(at, q) for at, s in enumerate(statements) if s.id in held for q in s.questions]
        keys = {question_key(question) for _, question in self.asked}
        self.fitted_on = [
            s._replace(questions=tuple(q for q in s.questions if question_key(q) not in keys))
            for s in statements
            if s.id not in held
        ]
        self._right = self._answering(start)

    def _answering(self, start: Encode) -> NDArray[np.bool_]:
        """Return which statements answer each question: its own, one that holds it too, one that says nearly the same.

        The shape is (questions, statements).
        """
        same = alike(start([statement.text for statement in self.statements]))
        np.fill_diagonal(same, val=True)
        holders: dict[str, list[int]] = {}
        for at, statement in enumerate(self.statements):
            for question in statement.questions:
                holders.setdefault(question_key(question), []).append(at)
        found: NDArray[np.bool_] = np.stack([same[holders[question_key(q)]].any(0) for _, q in self.asked])
        return found

    def ranks(self, encode: Encode) -> NDArray[np.int64]:
        """Return, of each held-out question, how many statements stand before the first that answers it.

        A statement is as near as its text and the nearest of its questions are together, as in the ranking of answers;
        the question itself, wherever the pack holds it, is not among them. Equal scores count as before.
        """
        listed = [(at, q) for at, statement in enumerate(self.statements) for q in statement.questions]
        vectors = encode([q for _, q in listed])
        rows = {(at, q): row for row, (at, q) in enumerate(listed)}
        asked = vectors[[rows[each] for each in self.asked]]
        near = asked @ vectors.T
        keys = np.array([question_key(q) for _, q in listed])
        itself = np.array([question_key(q) for _, q in self.asked])[:, None] == keys[None, :]
        text = asked @ encode([statement.searched for statement in self.statements]).T
        nearest = np.full(text.shape, -np.inf, dtype=np.float32)
        np.maximum.at(nearest.T, np.array([at for at, _ in listed]), np.where(itself, -np.inf, near).T)
        scores = text + np.where(np.isfinite(nearest), nearest, text)  # without another question its text alone counts
        best = np.where(self._right, scores, -np.inf).max(axis=1)
        before: NDArray[np.int64] = ((scores >= best[:, None]) & ~self._right).sum(axis=1)
        return before

    def figures(self, encode: Encode) -> Figures:
        """Return how an encoder does on the held-out questions."""
        before = self.ranks(encode)
        owners = [self.statements[at].id for at, _ in self.asked]
        return Figures(
            first=statistics.mean((before < 1).astype(float).tolist(), owners),
            among_five=statistics.mean((before < AMONG).astype(float).tolist(), owners),
        )


class Counts(NamedTuple):
    """How many questions and statements a trial is made of."""

    questions: int
    statements: int
    held_out_questions: int
    held_out_statements: int


def counts(trial: Trial) -> Counts:
    """Return the numbers that a report of a trial names."""
    having = [statement for statement in trial.statements if statement.questions]
    return Counts(
        sum(len(statement.questions) for statement in having),
        len(having),
        len(trial.asked),
        len({at for at, _ in trial.asked}),
    )
