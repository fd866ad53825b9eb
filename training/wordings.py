"""How people type: questions written for each statement of the corpus, and any question worn by haste.

``wordings.jsonl`` holds, for each curated statement, questions that it answers, written from the statement alone and by
people who had seen neither the labelled questions nor the product: in everyday words, on a phone, as yes or no, in the
middle of a talk, as a clinician, and from a worry. ``unanswered.jsonl`` holds questions near the corpus that no
statement answers. Both train encoder and reader and nothing else.
"""

import json
import random
from pathlib import Path
from typing import Final, NamedTuple

WORDINGS_FILE: Final = Path(__file__).with_name("wordings.jsonl")
UNANSWERED_FILE: Final = Path(__file__).with_name("unanswered.jsonl")
WORN: Final = 0.5  # share of the questions of a batch that are worn
IN_TALK: Final = 0.25  # share of the questions of the corpus that are asked behind another one
_OPENINGS: Final = (
    "hi, ",
    "hello. ",
    "ok thanks, ",
    "ok so ",
    "so ",
    "and ",
    "sorry, ",
    "quick question: ",
    "thanks! ",
)
_LEFT_OUT: Final = frozenset({"a", "an", "the", "is", "are", "do", "does", "of", "for", "to", "in", "on"})
_SHORTEST: Final = 5  # letters of a word that is misspelled


class Wordings(NamedTuple):
    """Further questions that one statement answers."""

    alone: tuple[str, ...] = ()  # that stand alone
    follow_up: str | None = None  # one in the middle of a talk: "and how long do they take it?"


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


def worn(question: str, rng: random.Random) -> str:
    """Return a question as somebody in haste types it: lower case, no mark at its end, letters and short words lost."""
    words = question.split()
    if rng.random() < 0.3:
        words = [word for word in words if word.lower() not in _LEFT_OUT or rng.random() < 0.5] or words
    for at in range(len(words)):
        if len(words[at]) >= _SHORTEST and words[at].isalpha() and rng.random() < 0.12:
            words[at] = _misspelled(words[at], rng)
    text = " ".join(words)
    if rng.random() < 0.6:
        text = text.lower()
    if rng.random() < 0.5:
        text = text.rstrip("?.! ")
    return rng.choice(_OPENINGS) + text if rng.random() < 0.15 else text


def _misspelled(word: str, rng: random.Random) -> str:
    """Return a word with one letter lost, doubled, or changed for its neighbour; the first letter stays."""
    at = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
