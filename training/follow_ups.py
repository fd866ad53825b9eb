"""What a follow-up leans on: several ways to make it stand alone, and the encoder choosing between them or adding up.

Each way puts something earlier before the words that were typed. Either the one whose vector has the nearest text of
all is taken: what belongs together says something that a text says, and what does not is near to nothing. Or a text's
similarities to several ways are added, as the product's ranking does with the first two. Measured by the
rank of the turn's own response among all responses of the set, those that were already given left out; a person's
rewriting is the bound.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from fmqa.evaluation import statistics
from fmqa.evaluation.statistics import Measure
from training.measures import Encode
from training.records import packed_rows

SETS: Final = ("canard_dev", "qrecc_dev_sample2k", "cast2022", "ikat2023", "ikat2024", "ikat2025")
"""Sets whose turns have responses; CAsT 2020 has none."""
TYPED, LAST, ANSWER, FIRST, HUMAN = "typed", "+ last question", "+ last answer", "+ first question", "human rewrite"
WAYS: Final = (TYPED, LAST, ANSWER, FIRST)
CHOSEN: Final = "chosen by the nearest text"
SUMS: Final = {
    "sum of typed, + last question": (TYPED, LAST),
    "sum of typed, + last question, + last answer": (TYPED, LAST, ANSWER),
    "sum of typed, + last answer": (TYPED, ANSWER),
}
_ANSWER_WORDS: Final = 30


class FollowUp(NamedTuple):
    """A later turn: its ways to be asked, the response that it got, and those that were given before it."""

    conversation: str
    asked: dict[str, str]
    response: str
    before: frozenset[str]


def follow_ups(path: Path, most: int) -> list[FollowUp]:
    """Return later turns of a set that have a response, of whole conversations, about as many as wanted."""
    found: list[FollowUp] = []
    for rows in _conversations(path):
        if len(found) >= most:
            break
        for at, row in enumerate(rows):
            response = row.get("response") or _told_next(rows, at)
            if not row["history"] or not response:
                continue
            last = row["history"][-1]
            answer = " ".join((last.get("system") or "").split()[:_ANSWER_WORDS])
            typed = row["utterance"]
            asked = {
                TYPED: typed,
                LAST: f"{last['user']} {typed}",
                ANSWER: f"{answer} {typed}".strip(),
                FIRST: f"{row['history'][0]['user']} {typed}",
                HUMAN: row["rewrite"],
            }
            before = frozenset(turn["system"] for turn in row["history"] if turn.get("system"))
            found.append(FollowUp(row["conversation"], asked, response, before))
    return found


def _conversations(path: Path) -> Iterator[list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in packed_rows(path):
        rows.setdefault(row["conversation"], []).append(row)
    yield from rows.values()


def _told_next(rows: Sequence[dict[str, Any]], at: int) -> str | None:
    """Return the response to a turn as the history of the next one has it."""
    if at + 1 == len(rows):
        return None
    last = rows[at + 1]["history"][-1] if rows[at + 1]["history"] else {}
    return last.get("system") if last.get("user") == rows[at]["utterance"] else None


def reciprocal_ranks(turns: Sequence[FollowUp], encode: Encode) -> dict[str, Measure]:
    """Return the mean reciprocal rank of the turn's own response, for each way to ask, sums of them and the chosen."""
    texts = list(dict.fromkeys(text for turn in turns for text in (turn.response, *turn.before)))
    row_of = {text: row for row, text in enumerate(texts)}
    vectors = encode(texts)
    near = {way: encode([turn.asked[way] for turn in turns]) @ vectors.T for way in (*WAYS, HUMAN)}
    near |= {name: np.sum([near[way] for way in ways], axis=0) for name, ways in SUMS.items()}
    values: dict[str, list[float]] = {way: [] for way in (*near, CHOSEN)}
    for at, turn in enumerate(turns):
        given = [row_of[text] for text in turn.before if text != turn.response]
        rows = {way: scores[at].copy() for way, scores in near.items()}
        for scores in rows.values():
            scores[given] = -np.inf
        right = row_of[turn.response]
        for way, scores in rows.items():
            values[way].append(1 / float(1 + (scores > scores[right]).sum()))
        best = max(WAYS, key=lambda way: float(rows[way].max()))
        values[CHOSEN].append(values[best][-1])
    clusters = [turn.conversation for turn in turns]
    return {way: statistics.mean(np.asarray(found).tolist(), clusters) for way, found in values.items()}


def figures(data: Path, encode: Encode, most: int = 500) -> dict[str, Measure]:
    """Return the reciprocal ranks of every set, about so many turns of each."""
    return {
        f"follow-ups, {name}, {way}: MRR": measure
        for name in SETS
        for way, measure in reciprocal_ranks(follow_ups(data / f"followup/{name}.jsonl.gz", most), encode).items()
    }
