"""Does this text answer this question? A small cross-encoder of our own, run by onnxruntime.

An encoder sees question and text apart and can only say that they are near; a reader sees both at once. Its number is
log-odds: 0 means *as likely as not* in the calibration it was given.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock, Thread
from types import MappingProxyType
from typing import Final

import numpy as np
from pydantic import Field

from fmqa.errors import Unavailable
from fmqa.index.pairs import MODEL_FILE, TOKENIZER_FILE, PairInfo, PairModel
from fmqa.types import FloatArray

INFO_FILE: Final = "reader.json"
_opening: Final = Lock()
SHIPPED_FOLDER: Final = Path(__file__).parent.parent / "models" / "reader"
SHIPPED_SHA256: Final = {
    MODEL_FILE: "ea96435e4ac9b2b758a280c38affce53a1f406a9ebc7c3b3d7a26d0bd82878de",
    TOKENIZER_FILE: "7be67522a77973a8a28e1dac098a2558018fea09fdadd2d784cfcb7590ea5c30",
    INFO_FILE: "08b4c8d7ffd80307e6ae6d9fa2963f5b36d2d37d42f4afb45a62b54ee3b8a4d6",
}
"""SHA-256 of the files of our own reader, as ``python -m training ship`` printed them."""


class ReaderInfo(PairInfo):
    """What a reader is; ``reader.json`` beside the model."""

    scale: float = Field(gt=0, description="What a number of the model is multiplied by to be log-odds,")
    offset: float = Field(description="and what is added then; fitted on held-out questions.")


class OnnxReader:
    """An exported reader. Safe to call from several threads at once."""

    def __init__(
        self, folder: Path, threads: int | None = None, expected: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Open a reader.

        Args:
            folder: Folder with ``model.onnx``, ``tokenizer.json`` and ``reader.json``.
            threads: Pairs read at the same time; by default as many as there are cores, four at most.
            expected: SHA-256 of files by their names, which they must have.

        Raises:
            Unavailable: If a file is missing, damaged, or not the one that ``reader.json`` names.
        """
        self._model = PairModel(folder, INFO_FILE, ReaderInfo, expected, threads)
        self.info = self._model.info

    def score(self, question: str, texts: Sequence[str]) -> FloatArray:
        """Return the log-odds that each text answers the question, (n,) float32, in the order of the texts.

        Args:
            question: A question that stands alone.
            texts: A sentence or short passage each; a title or heading may stand before it on a line of its own.
        """
        return self.score_pairs([(question, text) for text in texts])

    def score_pairs(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """Return the log-odds that the text of each pair answers its question, (n,) float32; see ``score``."""
        numbers = self._model.numbers(pairs)[:, 0]
        result: FloatArray = self.info.scale * numbers + np.float32(self.info.offset)
        return result.astype(np.float32)


def shipped() -> OnnxReader:
    """Return the reader that comes with fmqa, opened once a process.

    Raises: Unavailable if a file of it is missing or another.
    """
    with _opening:
        return _shipped()


@cache
def _shipped() -> OnnxReader:
    return OnnxReader(SHIPPED_FOLDER, expected=SHIPPED_SHA256)


def open_ahead() -> None:
    """Begin to open the reader that comes with fmqa, so that the first answer need not wait for it."""

    def open_it() -> None:
        with suppress(Unavailable):  # told to whoever needs it
            shipped()

    Thread(target=open_it, name="open reader", daemon=True).start()
