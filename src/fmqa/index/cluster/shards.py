"""Shards of the texts that a build encodes, and their vectors on disk: what is done once is done for good.

A shard is named by what its vectors follow from: the encoder's files and the texts. So a build that was broken off
finds what it had, and nothing can be taken for something else. A checkpoint ends in the SHA-256 of what is before it;
one that does not fit is computed anew.
"""

import io
import json
import shutil
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from fmqa import files
from fmqa.types import FloatArray

FOLDER: Final = ".shards"
"""Folder of the checkpoints, below that of the generations."""
SIZE: Final = 1_024
"""Texts of a shard: ten seconds or so of one core."""
_DIGEST: Final = 32  # bytes


class Shard(NamedTuple):
    """A part of the texts."""

    name: str
    texts: tuple[str, ...]


def cut(texts: Sequence[str], encoder_sha256: str, size: int = SIZE) -> tuple[Shard, ...]:
    """Return the shards of texts, in order; the last may be smaller.

    Args:
        texts: What is encoded.
        encoder_sha256: Over the files of the encoder.
        size: Texts of a shard.
    """
    parts = (tuple(texts[start : start + size]) for start in range(0, len(texts), size))
    return tuple(Shard(sha256(json.dumps([encoder_sha256, *part]).encode()).hexdigest(), part) for part in parts)


def folder_sha256(folder: Path) -> str:
    """Return one SHA-256 over the names and bytes of the files of a folder."""
    found = sorted(path for path in folder.iterdir() if path.is_file())
    return sha256(
        b"".join(sha256(part).digest() for path in found for part in (path.name.encode(), path.read_bytes()))
    ).hexdigest()


class Checkpoints:
    """The vectors of shards that are done, in a folder of files."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when the first shard is done."""
        self._folder = folder

    def put(self, shard: Shard, vectors: FloatArray) -> None:
        """Keep the vectors of a shard, durably, whole or not at all.

        Raises: OSError if they cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        np.save(content, vectors, allow_pickle=False)
        files.put(self._path(shard), content.getvalue() + sha256(content.getvalue()).digest())

    def get(self, shard: Shard) -> FloatArray | None:
        """Return the vectors of a shard, (texts, dimension) float32; None if it is not done, or its file is damaged."""
        try:
            content = self._path(shard).read_bytes()
        except OSError:
            return None
        body, digest = content[:-_DIGEST], content[-_DIGEST:]
        if sha256(body).digest() != digest:
            return None
        vectors: FloatArray = np.load(io.BytesIO(body), allow_pickle=False)
        return vectors

    def __contains__(self, shard: Shard) -> bool:
        """Return whether the vectors of a shard are there, whole."""
        return self.get(shard) is not None

    def clear(self) -> None:
        """Forget all shards: the generation that they were for is published."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, shard: Shard) -> Path:
        return self._folder / f"{shard.name}.vectors"
