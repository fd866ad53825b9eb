"""Makes an empty corpus: the folders for documents, and a domain pack in which every key is explained.

Every key may stay as it is.
"""

from importlib.resources import files
from pathlib import Path

from fmqa.corpus.loading import FOLDERS
from fmqa.errors import BadCorpus, Unavailable


def is_new(folder: Path) -> bool:
    """Return whether there is no corpus in a folder yet, nor anything else: it is missing or empty."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def make(folder: Path) -> tuple[str, ...]:
    """Make a corpus without a document in a new or empty folder; return the names of its files.

    Raises: BadCorpus if the folder has something in it, Unavailable if it cannot be written.
    """
    if not is_new(folder):
        raise BadCorpus(f"{folder} is not an empty folder; name a new one, and nothing that is there is touched")
    made = []
    try:
        for name in FOLDERS:
            (folder / name).mkdir(parents=True)
        for template in sorted(files("fmqa.corpus").joinpath("template").iterdir(), key=lambda each: each.name):
            (folder / template.name).write_text(template.read_text("utf-8"), encoding="utf-8")
            made.append(template.name)
    except OSError as error:
        raise Unavailable(f"the corpus in {folder} cannot be written: {error.strerror or error}") from error
    return tuple(made)
