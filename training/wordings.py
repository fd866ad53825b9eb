"""How people type: questions written for each statement of the corpus.

``wordings.jsonl`` holds, for each curated statement, questions that it answers, written from the statement alone and by
people who had seen neither the labelled questions nor the product: in everyday words, on a phone, as yes or no, in the
middle of a talk, as a clinician, and from a worry. ``unanswered.jsonl`` holds questions near the corpus that no
statement answers. Both train encoder and reader and nothing else.
"""

import json
from pathlib import Path
from typing import Final

from fmqa.tuning.pack import Wordings

WORDINGS_FILE: Final = Path(__file__).with_name("wordings.jsonl")
UNANSWERED_FILE: Final = Path(__file__).with_name("unanswered.jsonl")


def wordings(file: Path = WORDINGS_FILE) -> dict[str, Wordings]:
    """Return the further questions of each statement, by document#id; none if there is no such file."""
    if not file.is_file():
        return {}
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {row["id"]: Wordings(tuple(row["alone"]), row["follow_up"]) for row in rows}


def unanswered(file: Path = UNANSWERED_FILE) -> tuple[str, ...]:
    """Return questions near the corpus that no statement of it answers; none if there is no such file."""
    if not file.is_file():
        return ()
    return tuple(json.loads(line)["question"] for line in file.read_text(encoding="utf-8").splitlines())
