"""Questions near the corpus that nothing in it answers, written like its own: they teach the reader to say no."""

import json
from pathlib import Path
from typing import Final

UNANSWERED_FILE: Final = Path(__file__).with_name("unanswered.jsonl")


def unanswered(file: Path = UNANSWERED_FILE) -> tuple[str, ...]:
    """Return questions near the corpus that no statement of it answers; none if there is no such file."""
    if not file.is_file():
        return ()
    return tuple(json.loads(line)["question"] for line in file.read_text(encoding="utf-8").splitlines())
