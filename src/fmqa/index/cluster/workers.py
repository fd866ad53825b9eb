"""Encode on the machines of a Ray cluster, with the results of one machine.

A worker is given the encoder's own files and a shard of texts, and gives back vectors; it shares no disk with the build
and keeps nothing. What is lost with a worker, or with its machine, is at most the shards that it was at: Ray gives
these to others, however often. What is lost with the build itself is the same, as finished shards are on its disk.

The vectors of a text depend on the processor in their last bits, where it has other instructions. So each worker also
encodes the probes, and one that computes other bits than this machine is refused: the index is the same, file by file,
as one that is built here.
"""

import os
import platform
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import numpy as np

from fmqa import __version__
from fmqa.errors import Unavailable
from fmqa.index.cluster.shards import FOLDER, SIZE, Checkpoints, Shard, cut, folder_sha256
from fmqa.index.encoders import PROBES, OnnxEncoder
from fmqa.types import FloatArray

LOCAL: Final = "local"
"""Address that starts Ray on this machine, for this build alone."""
_OBJECTS: Final = 256 * 2**20  # bytes of shared memory of a Ray of our own
_AHEAD: Final = 2  # shards that wait for each core, so that none is idle


class Encoded(NamedTuple):
    """What a worker gives back."""

    vectors: FloatArray
    probes: str  # SHA-256 of the vectors of the probes
    place: str  # machine and fmqa's version, for the message if it is refused


@contextmanager
def cluster(address: str, index: Path) -> Iterator["RayEncoder"]:
    """Yield what encodes on a Ray cluster for a build; its finished shards are forgotten once the build is published.

    Args:
        address: See ``RayEncoder``.
        index: Folder of the generations.
    """
    checkpoints = Checkpoints(index / FOLDER)
    yield RayEncoder(address, checkpoints)
    checkpoints.clear()


class RayEncoder:
    """Encodes texts on a Ray cluster; called with the folder of an encoder, as ``writing.build`` does."""

    def __init__(self, address: str, checkpoints: Checkpoints, *, size: int = SIZE, cpus: int | None = None) -> None:
        """Take the cluster; it is connected to when there is something to encode.

        Args:
            address: ``local``, or what Ray calls the address of a cluster: ``auto``, or ``HOST:PORT``.
            checkpoints: Where finished shards are kept.
            size: Texts of a shard.
            cpus: Cores that a local Ray may use; None: all.
        """
        self._address, self._checkpoints, self._size, self._cpus = address, checkpoints, size, cpus

    def __call__(self, encoder: Path, texts: Sequence[str]) -> Iterator[FloatArray]:
        """Yield the vectors of texts, in order, some of them at a time.

        Raises:
            Unavailable: Ray is not installed, the cluster cannot be reached, or a worker computes other vectors.
        """
        shards = cut(texts, folder_sha256(encoder), self._size)
        missing = [shard for shard in shards if shard not in self._checkpoints]
        done = iter(self._encoded(encoder, missing)) if missing else iter(())
        waiting = {shard.name for shard in missing}
        for shard in shards:
            while shard.name in waiting:
                waiting.discard(next(done).name)
            vectors = self._checkpoints.get(shard)
            if vectors is None:
                raise Unavailable("a finished shard of the build cannot be read back: look at the disk of the index")
            yield vectors

    def _encoded(self, encoder: Path, shards: Sequence[Shard]) -> Iterator[Shard]:
        """Have shards encoded, keep each one that is done, and yield it."""
        ray = _connected(self._address, self._cpus)
        try:
            expected = _probes_of(OnnxEncoder(encoder))
            parts = ray.put({path.name: path.read_bytes() for path in encoder.iterdir() if path.is_file()})
            # Again and again when a worker or its machine is lost, but not when fmqa itself fails there.
            encode = ray.remote(num_cpus=1, max_retries=-1, retry_exceptions=False)(_encode)
            todo = deque(shards)
            running: dict[Any, Shard] = {}
            most = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
            while todo or running:
                while todo and len(running) < most:
                    shard = todo.popleft()
                    running[encode.remote(parts, shard.texts)] = shard
                for finished in ray.wait(list(running), num_returns=1)[0]:
                    shard = running.pop(finished)
                    try:
                        encoded: Encoded = ray.get(finished)
                    except ray.exceptions.RayError as error:
                        raise Unavailable(f"a worker of {self._address} failed: {_first_line(error)}") from error
                    if encoded.probes != expected:
                        raise Unavailable(
                            f"{encoded.place} computes other vectors than this machine ({_place()}): "
                            "use machines with the same processor, fmqa and libraries"
                        )
                    self._checkpoints.put(shard, encoded.vectors)
                    yield shard
        finally:
            ray.shutdown()


def _connected(address: str, cpus: int | None) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # tells nobody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray  # noqa: PLC0415 - an extra, and a second of imports
    except ModuleNotFoundError as error:
        raise Unavailable("building on a cluster needs Ray: pip install 'fmqa[ray]'") from error
    own = {"num_cpus": cpus, "object_store_memory": _OBJECTS, "include_dashboard": False} if address == LOCAL else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", **own)
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        raise Unavailable(f"there is no Ray cluster at {address}: {_first_line(error)}") from error
    return ray


def _encode(parts: Mapping[str, bytes], texts: Sequence[str]) -> Encoded:
    """Encode in a worker."""
    encoder, probes = _opened(tuple(sorted(parts.items())))
    return Encoded(encoder.encode(texts), probes, _place())


@lru_cache(1)
def _opened(parts: tuple[tuple[str, bytes], ...]) -> tuple[OnnxEncoder, str]:
    """Open the encoder of a build, once in a worker's life, and return the SHA-256 of its probes with it."""
    with TemporaryDirectory() as folder:
        for name, content in parts:
            (Path(folder) / name).write_bytes(content)
        encoder = OnnxEncoder(Path(folder))
    return encoder, _probes_of(encoder)


def _probes_of(encoder: OnnxEncoder) -> str:
    return sha256(np.ascontiguousarray(encoder.encode(PROBES)).tobytes()).hexdigest()


def _place() -> str:
    return f"{platform.node()}, {platform.machine()}, fmqa {__version__}"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
