"""Measure the reader of printed grades, and list what it reads in real documents.

    python eval/run_notations.py                       # the labelled sample: precision, recall, misses per system
    python eval/run_notations.py --split test
    python eval/run_notations.py --sample FILE         # another labelled sample, of texts that may not be copied here
    python eval/run_notations.py FOLDER --system grade # every notation found in the files of a folder, to be judged

A notation counts as found if a grade overlaps its label and has the same system, level, grade, strength and agreement;
where its span differs too, that is counted apart. Anything else that is read is a false one. A direction is counted
where one was read: it is right if the label has it. A label whose system is not certain names several, "awmf|unnamed".
A grade with a letter, class or strength is of a recommendation, one with a level alone of a single result. Files of a
folder are text, Markdown, HTML and XML (tags dropped, a block a line) and JSON lines, also packed with gzip.
"""

import argparse
import gzip
import html
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fmqa.corpus import loading
from fmqa.grades.notations import read_grades
from fmqa.grades.systems import known
from fmqa.grades.telling import display
from fmqa.grades.values import FoundGrade

ROOT = Path(__file__).parent.parent
KNOWN = known(loading.vocabulary(ROOT / "corpus").grading)
SAMPLE = ROOT / "tests" / "data" / "grade_notations.jsonl"
_VALUES = ("level", "grade", "agreement")


def agrees(found: FoundGrade, label: dict[str, Any]) -> bool:
    """Whether a grade that was read is the one that a label describes, its direction apart."""
    same = all(getattr(found.grade, name) == label[name] for name in _VALUES)
    same = same and found.grade.system in label["system"].split("|")
    same = same and _bare(found.grade.strength) == _bare(label["strength"])
    return same and found.start < label["end"] and label["start"] < found.end


def _bare(strength: str | None) -> str | None:
    return strength and strength.removesuffix(" for").removesuffix(" against")


def _kind(level: str | None, grade: str | None, strength: str | None) -> str:
    return "recommendations" if grade or strength or not level else "single results"


class Counts:
    """What was labelled and read, by system and by kind."""

    def __init__(self) -> None:
        self.labelled, self.right, self.exact, self.wrong = (Counter[str]() for _ in range(4))
        self.directed, self.misdirected = Counter[str](), Counter[str]()

    def row(self, name: str, shown: str) -> str:
        """Return a line of the table."""
        n, hits, false = self.labelled[name], self.right[name], self.wrong[name]
        precision = f"{hits / (hits + false):.3f}" if hits + false else "-"
        recall = f"{hits / n:.3f}" if n else "-"
        directions = f"{self.directed[name]}/{self.misdirected[name]}"
        return f"{shown:18}{n:5}{precision:>11}{recall:>8}{self.exact[name]:>12}{directions:>14}"


def _take(line: dict[str, Any], counts: Counts) -> Iterator[str]:
    """Count one labelled line, and yield what was missed or read falsely."""
    text = line["text"]
    found = list(read_grades(text, system=line["system"], columns=line["columns"], among=KNOWN))
    for label in line["grades"]:
        names = ("all", label["system"].split("|")[0], _kind(label["level"], label["grade"], label["strength"]))
        hit = next((each for each in found if agrees(each, label)), None)
        for name in names:
            counts.labelled[name] += 1
            if hit is not None:
                counts.right[name] += 1
                counts.exact[name] += (hit.start, hit.end) == (label["start"], label["end"])
                if hit.grade.direction is not None:
                    counts.directed[name] += 1
                    counts.misdirected[name] += hit.grade.direction != label["direction"]
        if hit is None:
            yield f"missed {label['system']}: {text[label['start'] : label['end']]!r} in {text!r}"
        else:
            found.remove(hit)
            if hit.grade.direction not in (None, label["direction"]):
                yield f"astray {display(hit.grade)}: {text!r}"
    for each in found:
        for name in ("all", each.grade.system, _kind(each.grade.level, each.grade.grade, each.grade.strength)):
            counts.wrong[name] += 1
        yield f"false  {each.grade.system}: {each.grade.printed!r} ({display(each.grade)}) in {text!r}"


def measure(lines: list[dict[str, Any]]) -> str:
    """Return the report on labelled lines."""
    counts = Counts()
    misses = [[*_take(line, counts)] for line in lines]
    negatives = [missed for line, missed in zip(lines, misses, strict=True) if not line["grades"]]
    rows = [f"{'system':18}{'n':>5}{'precision':>11}{'recall':>8}{'span exact':>12}{'directed/astray':>16}"]
    rows += [counts.row(name, name) for name in KNOWN.by_id if counts.labelled[name] or counts.wrong[name]]
    rows += [counts.row(name, name) for name in ("recommendations", "single results", "all")]
    rows.append(f"negative sentences: {len(negatives)}, of them with a grade read: {sum(map(bool, negatives))}")
    return "\n".join([*rows, *(miss for missed in misses for miss in missed)])


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line number and text of each block of a file; nothing for other kinds of file."""
    suffixes = [
        suffix for suffix in path.suffixes if suffix in (".gz", ".jsonl", ".txt", ".md", ".html", ".xml", ".nxml")
    ]
    if not suffixes:
        return
    content = (gzip.decompress(path.read_bytes()) if suffixes[-1] == ".gz" else path.read_bytes()).decode(
        "utf-8", "replace"
    )
    if ".jsonl" in suffixes:
        for number, line in enumerate(content.splitlines(), 1):
            yield from ((number, block) for value in json.loads(line).values() for block in str(value).split("\n"))
        return
    if suffixes[0] in (".html", ".xml", ".nxml"):
        content = re.sub(
            r"</?(?:p|div|td|th|tr|li|h\d|title|sec|table|AbstractText)\b[^>]*>", "\n", " ".join(content.split())
        )
        content = html.unescape(re.sub(r"<[^>]*>", "", content))
    yield from enumerate(content.split("\n"), 1)


def main() -> int:
    """Print the report on the sample, or every notation found in a folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folder", nargs="?", type=Path, help="Folder or file to list; without it, the sample is measured."
    )
    parser.add_argument("--system", choices=sorted(KNOWN.by_id), help="System that the documents grade in.")
    parser.add_argument("--split", choices=("dev", "test"), help="Half of the sample; both if not given.")
    parser.add_argument("--sample", type=Path, default=SAMPLE, help="Labelled lines, if not those of the tests.")
    options = parser.parse_args()
    if options.folder is None:
        lines = [json.loads(line) for line in options.sample.read_text("utf-8").splitlines()]
        print(measure([line for line in lines if options.split in (None, line["split"])]))  # noqa: T201
        return 0
    files = sorted(options.folder.rglob("*")) if options.folder.is_dir() else [options.folder]
    total = Counter[str]()
    for path in files:
        for number, block in texts(path) if path.is_file() else ():
            for found in read_grades(block, system=options.system, among=KNOWN):
                total[found.grade.system] += 1
                around = block[max(0, found.start - 60) : found.end + 60]
                print(f"{path.name}:{number}: {found.grade.system}: {display(found.grade)} | {around}")  # noqa: T201
    print(f"{len(files)} files; {dict(total) or 'no notation'}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
