"""Questions of the corpus, with those that were written for training alone."""

from pathlib import Path

from fmqa.corpus import loading
from fmqa.tuning import pack
from fmqa.tuning.pack import PackStatement
from training.wordings import wordings


def statements(folder: Path) -> list[PackStatement]:
    """Return the curated statements of a corpus with their questions."""
    return pack.statements(loading.load(folder).documents, wordings())
