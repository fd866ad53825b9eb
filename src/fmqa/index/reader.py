"""Does this text answer this question? A small cross-encoder of our own, run by onnxruntime.

An encoder sees question and text apart and can only say that they are near; a reader sees both at once. Its number is
log-odds: 0 means *as likely as not* in the calibration it was given. One pair is read at a time, several on as many
threads, so a number never depends on the pairs beside it.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from pydantic import Field, ValidationError

from fmqa.errors import Unavailable
from fmqa.files import file_sha256
from fmqa.index import encoders
from fmqa.types import FloatArray, Record

MODEL_FILE, TOKENIZER_FILE, INFO_FILE = encoders.MODEL_FILE, encoders.TOKENIZER_FILE, "reader.json"
SHIPPED_FOLDER: Final = Path(__file__).parent.parent / "models" / "reader"
SHIPPED_SHA256: Final = {
    MODEL_FILE: "ea96435e4ac9b2b758a280c38affce53a1f406a9ebc7c3b3d7a26d0bd82878de",
    TOKENIZER_FILE: "7be67522a77973a8a28e1dac098a2558018fea09fdadd2d784cfcb7590ea5c30",
    INFO_FILE: "08b4c8d7ffd80307e6ae6d9fa2963f5b36d2d37d42f4afb45a62b54ee3b8a4d6",
}
"""SHA-256 of the files of our own reader, as ``python -m training ship`` printed them."""


_REINSTALL: Final = "install fmqa again"


class ReaderInfo(Record):
    """What a reader is; ``reader.json`` beside the model."""

    model_sha256: str = Field(description="SHA-256 of the model file.")
    tokenizer_sha256: str = Field(description="SHA-256 of the tokenizer file.")
    max_tokens: int = Field(ge=16, description="Longer pairs are cut here, special tokens included.")
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
        self.threads = threads or min(os.cpu_count() or 1, 4)
        found = cache(lambda name: file_sha256(folder / name))  # a file may be compared with two
        again = _REINSTALL if expected else "train and export it again"
        try:
            for name, digest in expected.items():
                if found(name) != digest:
                    raise Unavailable(f"{folder / name} is not the file that fmqa was published with: {again}")
            self.info = ReaderInfo.model_validate_json((folder / INFO_FILE).read_bytes())
            for name, digest in ((MODEL_FILE, self.info.model_sha256), (TOKENIZER_FILE, self.info.tokenizer_sha256)):
                if found(name) != digest:
                    raise Unavailable(f"{folder / name} is not the file that {INFO_FILE} names: {again}")
            self._tokenizer, self._session = encoders.open_model(folder)
        except Unavailable:
            raise
        except (OSError, ValidationError) as error:
            raise Unavailable(f"the reader in {folder} cannot be read: {again} ({error})") from error
        except Exception as error:  # tokenizers and onnxruntime raise bare or private exception types
            raise Unavailable(f"the reader in {folder} is damaged: {again} ({error})") from error
        self._tokenizer.enable_truncation(self.info.max_tokens, strategy="longest_first")

    def score(self, question: str, texts: Sequence[str]) -> FloatArray:
        """Return the log-odds that each text answers the question, (n,) float32, in the order of the texts.

        Args:
            question: A question that stands alone.
            texts: A sentence or short passage each; a title or heading may stand before it on a line of its own.
        """
        encoded = self._tokenizer.encode_batch([(question, text) for text in texts])
        pairs = [(one.ids, one.type_ids) for one in encoded]
        numbers = np.empty(len(pairs), dtype=np.float32)
        if self.threads == 1 or len(pairs) < 2:
            numbers[:] = [self._read(*pair) for pair in pairs]
        else:
            with ThreadPoolExecutor(self.threads) as pool:  # onnxruntime lets go of the interpreter lock
                numbers[:] = list(pool.map(lambda pair: self._read(*pair), pairs))
        result: FloatArray = self.info.scale * numbers + np.float32(self.info.offset)
        return result.astype(np.float32)

    def _read(self, ids: Sequence[int], kinds: Sequence[int]) -> float:
        fed = {"input_ids": np.array([ids], dtype=np.int64), "token_type_ids": np.array([kinds], dtype=np.int64)}
        return float(self._session.run(None, fed)[0][0])


@cache
def shipped() -> OnnxReader:
    """Return the reader that comes with fmqa, opened once a process.

    Raises: Unavailable if a file of it is missing or another.
    """
    return OnnxReader(SHIPPED_FOLDER, expected=SHIPPED_SHA256)
