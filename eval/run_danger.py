"""Count missed emergencies and false alarms: among held-out messages, per 1,000 clinicians' notes, and in long notes.

Example: python eval/run_danger.py --index index
"""

import argparse
import json
import random
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

from fmqa.danger.emergencies import Emergency, detect
from fmqa.danger.judgement import Urgency
from fmqa.index import reading

ROOT = Path(__file__).parent
SEED = 11
LONG = 1_800
"""Characters of a note pasted together from others."""
Detect = Callable[[str], Emergency | None]


def read(path: Path) -> list[dict[str, object]]:
    """Return the records of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def judge(folder: Path) -> Detect:
    """Return what tells emergencies with the judgement and the encoder of an index."""
    opened = reading.open_index(folder)
    stored = (opened.calibration or {}).get("urgency")
    urgency = Urgency.model_validate(stored) if stored else None
    return lambda message: detect(message, urgency, opened.encode)


def share(found: Iterable[bool]) -> tuple[int, int]:
    """Return how many are true, and of how many."""
    listed = list(found)
    return sum(listed), len(listed)


def pasted(notes: list[str], chance: random.Random) -> list[str]:
    """Return long notes made of short ones, as many as there are short ones to begin with."""
    made = []
    for first in notes:
        text = [first]
        while sum(map(len, text)) < LONG:
            text.append(chance.choice(notes))
        made.append(" ".join(one if one.endswith((".", "?")) else f"{one}." for one in text))
    return made


def with_danger(note: str, danger: str, chance: random.Random) -> str:
    """Return a note with one sentence more, anywhere between its sentences."""
    ends = [place + 2 for place, (one, other) in enumerate(pairwise(note)) if one in ".?" and other == " "]
    place = chance.choice(ends)
    return f"{note[:place]}{danger if danger.endswith(('.', '?')) else f'{danger}.'} {note[place:]}"


def main() -> None:
    """Print the counts."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--index", type=Path, default=Path("index"))
    tell = judge(options.parse_args().index)
    chance = random.Random(SEED)  # noqa: S311 - a repeatable choice, no secret
    notes = [str(record["message"]) for record in read(ROOT / "danger" / "notes.jsonl")]
    apart = [record for record in read(ROOT / "topics" / "dev" / "emergencies.jsonl") if not record["tuned_on"]]
    urgent = [str(record["message"]) for record in apart if record["urgent"]]
    long = pasted(notes, chance)
    endangered = [with_danger(note, chance.choice(urgent), chance) for note in long]
    counts = {
        "emergencies missed": share(tell(message) is None for message in urgent),
        "look-alikes taken for one": share(tell(str(r["message"])) is not None for r in apart if not r["urgent"]),
        "notes taken for one": share(tell(note) is not None for note in notes),
        "long notes taken for one": share(tell(note) is not None for note in long),
        "emergencies missed in long notes": share(tell(note) is None for note in endangered),
    }
    for name, (count, of) in counts.items():
        print(f"{name}: {count} of {of} ({1000 * count / of:.0f} per 1,000)")  # noqa: T201
    times = []
    for note in long:
        start = time.process_time()
        tell(f"{note} ")
        times.append(1000 * (time.process_time() - start))
    times.sort()
    print(f"long note: median {times[len(times) // 2]:.1f} ms, p99 {times[int(0.99 * len(times))]:.1f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
