"""A build on Ray: the index of one machine, by hash, though the build and a worker are killed on the way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from fmqa.corpus import loading
from fmqa.index import encoders, generations, writing
from fmqa.index.cluster.shards import FOLDER, Checkpoints, Shard
from fmqa.index.cluster.workers import RayEncoder
from fmqa.settings import Settings
from fmqa.types import FloatArray

pytest.importorskip("ray", reason="the extra is not installed: pip install 'fmqa[ray]'")

PARAGRAPHS, SIZE = 800, 50
BUILD = f"""
import sys
from pathlib import Path
from fmqa.corpus import loading
from fmqa.index import writing
from fmqa.index.cluster.shards import FOLDER, Checkpoints
from fmqa.index.cluster.workers import RayEncoder
from fmqa.settings import Settings
settings = Settings.model_validate_json(sys.argv[1])
loaded = loading.load(settings.corpus)
embed = RayEncoder("local", Checkpoints(settings.index / FOLDER), size={SIZE}, cpus=1)
writing.build(loaded.documents, loaded.vocabulary, settings, embed=embed)
"""


class KillsOnce(Checkpoints):
    """Checkpoints that kill the worker that is encoding when the first shard is done."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.killed: int | None = None
        self.put_here = 0

    def put(self, shard: Shard, vectors: FloatArray) -> None:
        super().put(shard, vectors)
        self.put_here += 1
        until = time.monotonic() + 20
        while self.killed is None and time.monotonic() < until:
            for pid in below(os.getpid()):
                if title_of(pid).startswith("ray::_encode"):
                    os.kill(pid, signal.SIGKILL)
                    self.killed = pid


def title_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", errors="replace")
    except OSError:
        return ""


def below(pid: int) -> set[int]:
    """Return the processes that a process has started, and those that they have."""
    parent_of: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent_of[int(stat.parent.name)] = int(
                stat.read_text("utf-8", errors="replace").rsplit(")", 1)[1].split()[1]
            )
        except OSError:
            continue
    found = {pid}
    while more := {child for child, parent in parent_of.items() if parent in found} - found:
        found |= more
    return found - {pid}


@pytest.fixture
def chosen(small: Settings) -> Settings:
    """Settings with an index, whose export of the encoder is kept, and a corpus that has grown since."""
    source = (small.corpus / "guidelines/eular-2008.md").read_text(encoding="utf-8")
    front = source.split("# EULAR")[0].replace("eular-2008", "long").replace("EULAR 2008", "Long")
    parts = (f"## Part {n}\n\nIn group {n * 7 % 13}, {n} had less pain." for n in range(PARAGRAPHS))
    body = "\n\n".join(parts)
    front = front.replace("superseded_by: eular-2017\n", "")
    (small.corpus / "guidelines/long.md").write_text(f"{front}# Long document\n\n{body}\n", encoding="utf-8")
    return small


def build(settings: Settings, embed: writing.Embed | None) -> writing.BuildReport:
    loaded = loading.load(settings.corpus)
    return writing.build(loaded.documents, loaded.vocabulary, settings, embed=embed)


def test_a_killed_build_and_a_killed_worker_lose_nothing_and_change_nothing(chosen: Settings, tmp_path: Path) -> None:
    alone = chosen.model_copy(update={"index": tmp_path / "alone"})
    shutil.copytree(chosen.index, alone.index)
    before, folder = generations.current(chosen.index), chosen.index / FOLDER
    running = subprocess.Popen(
        [sys.executable, "-c", BUILD, chosen.model_dump_json()],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    while running.poll() is None and len(list(folder.glob("*.vectors"))) < 3:
        time.sleep(0.01)
    started = below(running.pid)
    running.kill()
    for pid in started:  # Ray's own helpers would wait for a minute
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL, "it was done before it could be killed"
    done = len(list(folder.glob("*.vectors")))
    assert generations.current(chosen.index) == before

    checkpoints = KillsOnce(folder)
    report = build(chosen, RayEncoder("local", checkpoints, size=SIZE, cpus=1))
    assert checkpoints.killed is not None
    assert report.embedded >= PARAGRAPHS
    assert done + checkpoints.put_here == -(-report.embedded // SIZE)  # no shard was encoded and kept twice

    assert build(alone, None).generation == report.generation  # the SHA-256 over all files


def test_a_build_that_is_only_continued_needs_no_cluster(tmp_path: Path, tiny_model: Path) -> None:
    encoders.export(str(tiny_model), tmp_path / "encoder")
    encoder = encoders.OnnxEncoder(tmp_path / "encoder")
    texts = [f"text {n}" for n in range(7)]
    checkpoints = Checkpoints(tmp_path / "shards")
    from fmqa.index.cluster import shards  # noqa: PLC0415

    for shard in shards.cut(texts, shards.folder_sha256(tmp_path / "encoder"), 3):
        checkpoints.put(shard, encoder.encode(shard.texts))
    found = np.concatenate(list(RayEncoder("127.0.0.1:1", checkpoints, size=3)(tmp_path / "encoder", texts)))
    np.testing.assert_array_equal(found, encoder.encode(texts))
