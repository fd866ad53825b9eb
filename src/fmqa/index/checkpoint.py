"""Vectors that a build has computed, kept as it goes, so that a build that was broken off goes on where it stopped.

Encoding takes nearly all of a large build. Each vector is appended to a file beside the generations with the hash of
the text that it belongs to and a checksum over both; a record that a crash has cut short or garbled is passed over. The
file belongs to one encoder and is deleted when its build is published.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np

from fmqa.types import FloatArray

PREFIX: Final = ".vectors-"
_STEP: Final = 256
"""Texts encoded between two writes, and between two reports of progress."""


class Checkpoint:
    """The vectors of one encoder that builds in one folder have computed and not published yet."""

    def __init__(self, folder: Path, encoder: str, dimension: int) -> None:
        """Take up what is left of a build that was broken off, and delete what belongs to another encoder.

        Args:
            folder: Folder of the generations, whose lock is held.
            encoder: SHA-256 of what makes the vectors.
            dimension: Their length.
        """
        self._path = folder / f"{PREFIX}{encoder[:16]}"
        self._record = np.dtype([("hash", "V32"), ("vector", np.float32, (dimension,)), ("sum", np.uint32)])
        self._places: dict[bytes, int] = {}
        clear(folder, self._path)
        if self._path.exists():
            self._take_up()

    def _take_up(self) -> None:
        """Keep the records that are whole; a torn end would put all that is written after it out of step."""
        found = np.fromfile(self._path, self._record, self._path.stat().st_size // self._record.itemsize)
        sound = found[[crc32(one.tobytes()[:-4]) == one["sum"] for one in found]]
        self._path.write_bytes(sound.tobytes())
        self._places = {one["hash"].tobytes(): place for place, one in enumerate(sound)}

    def encode(
        self,
        encode: Callable[[Sequence[str]], FloatArray],
        texts: Sequence[str],
        hashes: Sequence[bytes],
        report: Callable[[int], None],
    ) -> FloatArray:
        """Return the vectors of texts, (texts, dimension) float32; those that are not known yet are computed and kept.

        Args:
            encode: Texts to vectors.
            texts: Each once.
            hashes: SHA-256 of each.
            report: Told how many are done.
        """
        missing = [at for at, digest in enumerate(hashes) if digest not in self._places]
        for start in range(0, len(missing), _STEP):
            step = missing[start : start + _STEP]
            vectors = np.asarray(encode([texts[at] for at in step]), dtype=np.float32)
            with self._path.open("ab") as file:
                for at, vector in zip(step, vectors, strict=True):
                    content = hashes[at] + vector.tobytes()
                    file.write(content + np.uint32(crc32(content)).tobytes())
                    self._places[hashes[at]] = len(self._places)
            report(len(hashes) - len(missing) + start + len(step))
        if not hashes:
            return np.empty((0, self._record["vector"].shape[0]), dtype=np.float32)
        kept = np.memmap(self._path, self._record, "r")
        return np.asarray(kept["vector"][[self._places[digest] for digest in hashes]])


def clear(folder: Path, but: Path | None = None) -> None:
    """Delete the vectors that are kept in a folder: what they were for is published, or cannot be."""
    for path in folder.glob(f"{PREFIX}*"):
        if path != but:
            path.unlink(missing_ok=True)
