"""Put the corpus, and a ready index where one is given, inside the wheel; everything else is in pyproject.toml.

``make wheel`` names the index in FMQA_WHEEL_INDEX. Without it a wheel holds the corpus alone, and the first question
builds the index. The encoder's files are in the package already and are not packed twice: see fmqa.packaged.
"""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
TWICE = ("encoder/model.onnx", "encoder/tokenizer.json")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return sha256(path.read_bytes()).hexdigest()


class BuildWithCorpus(build_py):
    """Builds the package with what it answers from."""

    def run(self) -> None:
        """Copy the modules, then corpus and index; an editable install uses those of the checkout."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "fmqa" / "packaged"
            shutil.rmtree(target, ignore_errors=True)
            added = shutil.ignore_patterns("added", "__pycache__")
            shutil.copytree(HERE / "corpus", target / "corpus", ignore=added)
            index = os.environ.get("FMQA_WHEEL_INDEX")
            generation = _copy_index(Path(index), target / "index") if index else None
            files = sorted(path for path in (target / "corpus").rglob("*") if path.is_file())
            listed = {path.relative_to(target / "corpus").as_posix(): file_sha256(path) for path in files}
            contents = {"corpus": listed, "generation": generation}
            (target / "contents.json").write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")


def _copy_index(index: Path, target: Path) -> str:
    """Copy the generation in use without what the package holds anyway, and return the hash of its manifest."""
    digest = (index / "current").read_text("ascii").split()[0]
    left_out = [Path(name).name for name in TWICE]
    shutil.copytree(index / digest[:16], target / digest[:16], ignore=shutil.ignore_patterns(*left_out))
    return digest


setup(cmdclass={"build_py": BuildWithCorpus})
