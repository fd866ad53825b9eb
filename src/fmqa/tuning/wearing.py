"""Questions as people in haste type them: what an encoder is fitted on must not be well written throughout."""

import random
from typing import Final

WORN: Final = 0.5
"""Share of the questions of a batch that are worn."""
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


def typed(question: str, rng: random.Random) -> str:
    """Return a question as it is or, half the time, worn."""
    return worn(question, rng) if rng.random() < WORN else question


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
