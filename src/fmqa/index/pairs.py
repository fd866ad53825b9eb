"""Small models that read two texts at once, run by onnxruntime: opened only as they were published, calibrated.

One pair is read at a time, several on as many threads, so a number never depends on the pairs beside it.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final, Generic, TypeVar

import numpy as np
from pydantic import Field, ValidationError

from fmqa.errors import Unavailable
from fmqa.files import file_sha256
from fmqa.index import encoders
from fmqa.types import FloatArray, Record

MODEL_FILE, TOKENIZER_FILE = encoders.MODEL_FILE, encoders.TOKENIZER_FILE
_REINSTALL: Final = "install fmqa again"


class PairInfo(Record):
    """What a model of pairs is, in a file beside it; each kind adds its calibration."""

    model_sha256: str = Field(description="SHA-256 of the model file.")
    tokenizer_sha256: str = Field(description="SHA-256 of the tokenizer file.")
    max_tokens: int = Field(ge=16, description="Longer pairs are cut here, special tokens included.")


Info = TypeVar("Info", bound=PairInfo)


class PairModel(Generic[Info]):
    """An exported model of pairs. Safe to call from several threads at once."""

    def __init__(
        self, folder: Path, info_file: str, kind: type[Info], expected: Mapping[str, str], threads: int | None = None
    ) -> None:
        """Open a model.

        Args:
            folder: Folder with ``model.onnx``, ``tokenizer.json`` and the file of what it is.
            info_file: Name of that file.
            kind: The record that it holds.
            expected: SHA-256 of files by their names, which they must have; empty for a model of one's own.
            threads: Pairs read at the same time; by default as many as there are cores, four at most.

        Raises:
            Unavailable: If a file is missing, damaged, or not the one that was published or that the model names.
        """
        self.threads = threads or min(os.cpu_count() or 1, 4)
        found = cache(lambda name: file_sha256(folder / name))  # a file may be compared with two
        again = _REINSTALL if expected else "train and export it again"
        try:
            for name, digest in expected.items():
                if found(name) != digest:
                    raise Unavailable(f"{folder / name} is not the file that fmqa was published with: {again}")
            self.info = kind.model_validate_json((folder / info_file).read_bytes())
            for name, digest in ((MODEL_FILE, self.info.model_sha256), (TOKENIZER_FILE, self.info.tokenizer_sha256)):
                if found(name) != digest:
                    raise Unavailable(f"{folder / name} is not the file that {info_file} names: {again}")
            self._tokenizer, self._session = encoders.open_model(folder)
        except Unavailable:
            raise
        except (OSError, ValidationError) as error:
            raise Unavailable(f"the model in {folder} cannot be read: {again} ({error})") from error
        except Exception as error:  # tokenizers and onnxruntime raise bare or private exception types
            raise Unavailable(f"the model in {folder} is damaged: {again} ({error})") from error
        self._tokenizer.enable_truncation(self.info.max_tokens, strategy="longest_first")
        self._outputs = self._session.get_outputs()[0].shape[0]
        # One for all who ask: with threads of its own for each, more would run than there are cores.
        self._pool = ThreadPoolExecutor(self.threads, "read")

    def numbers(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """Return the numbers of each pair, (n, outputs) float32, in the order of the pairs."""
        encoded = self._tokenizer.encode_batch(list(pairs))
        rows: list[FloatArray]
        if self.threads == 1 or len(encoded) < 2:
            rows = [self._read(one.ids, one.type_ids) for one in encoded]
        else:
            # onnxruntime lets go of the interpreter lock
            rows = list(self._pool.map(lambda one: self._read(one.ids, one.type_ids), encoded))
        return np.array(rows, dtype=np.float32).reshape(len(rows), self._outputs)

    def _read(self, ids: Sequence[int], kinds: Sequence[int]) -> FloatArray:
        fed = {"input_ids": np.array([ids], dtype=np.int64), "token_type_ids": np.array([kinds], dtype=np.int64)}
        read: FloatArray = self._session.run(None, fed)[0]
        return read
