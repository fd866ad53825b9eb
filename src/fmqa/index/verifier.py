"""Does this passage support this claim, contradict it, or not say? A small cross-encoder of our own.

It is advice: rules remain masters of numbers, grades and negation, and a claim never passes because of it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
from pydantic import Field

from fmqa.index.pairs import MODEL_FILE, TOKENIZER_FILE, PairInfo, PairModel

INFO_FILE: Final = "verifier.json"
SHIPPED_FOLDER: Final = Path(__file__).parent.parent / "models" / "verifier"
SHIPPED_SHA256: Final = {
    MODEL_FILE: "790936b660f849fa81a44cf8b89948940c76120a2fb83caa0562738137370111",
    TOKENIZER_FILE: "1c77c7cc0e526313773c1979d7c413c856a18cc682a36678fe1fb32ad6b9691c",
    INFO_FILE: "61caca237e057e6510abff89c0f40f6e59bf7c722727c73d01ab0840e83e460f",
}
"""SHA-256 of the files of our own verifier, as ``python -m training ship`` printed them."""


class VerifierInfo(PairInfo):
    """What a verifier is; ``verifier.json`` beside the model."""

    temperature: float = Field(gt=0, description="What its three numbers are divided by; fitted on held-out claims.")


class Verdict(NamedTuple):
    """The chances, which sum to 1, of what a passage makes of a claim."""

    supported: float
    contradicted: float
    not_said: float


class OnnxVerifier:
    """An exported verifier. Safe to call from several threads at once."""

    def __init__(
        self, folder: Path, threads: int | None = None, expected: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Open a verifier.

        Args:
            folder: Folder with ``model.onnx``, ``tokenizer.json`` and ``verifier.json``.
            threads: Claims read at the same time; by default as many as there are cores, four at most.
            expected: SHA-256 of files by their names, which they must have.

        Raises:
            Unavailable: If a file is missing, damaged, or not the one that ``verifier.json`` names.
        """
        self._model = PairModel(folder, INFO_FILE, VerifierInfo, expected, threads)
        self.info = self._model.info

    def verdicts(self, pairs: Sequence[tuple[str, str]]) -> list[Verdict]:
        """Return what passages make of claims, in the order of the pairs.

        Args:
            pairs: A passage of a few sentences, and a claim of one, each.
        """
        numbers = self._model.numbers(pairs).astype(np.float64) / self.info.temperature
        chances = np.exp(numbers - numbers.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        return [Verdict(*map(float, row)) for row in chances]


@cache
def shipped() -> OnnxVerifier:
    """Return the verifier that comes with fmqa, opened once a process and only when it is asked for.

    Raises: Unavailable if a file of it is missing or another.
    """
    return OnnxVerifier(SHIPPED_FOLDER, expected=SHIPPED_SHA256)
