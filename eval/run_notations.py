"""Measure the reader of printed grades, and list what it reads in real documents.

    python eval/run_notations.py                       # the labelled sample: precision, recall, misses per system
    python eval/run_notations.py --split test
    python eval/run_notations.py FOLDER --system grade # every notation found in the files of a folder, to be judged

A notation counts as found if a grade overlaps its label and has the same system, level, grade, strength, direction and
agreement; where its span differs too, that is counted apart. Anything else that is read is a false one. Files of a
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
_VALUES = ("system", "level", "grade", "strength", "direction", "agreement")


def agrees(found: FoundGrade, label: dict[str, Any]) -> bool:
    """Whether a grade that was read is the one that a label describes."""
    same = all(getattr(found.grade, name) == label[name] for name in _VALUES)
    return same and found.start < label["end"] and label["start"] < found.end


def measure(lines: list[dict[str, Any]]) -> str:
    """Return the report on labelled lines."""
    labelled, right, exact, wrong = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    negatives = failed = 0
    misses: list[str] = []
    for line in lines:
        found = list(read_grades(line["text"], system=line["system"], columns=line["columns"], among=KNOWN))
        negatives += not line["grades"]
        failed += not line["grades"] and bool(found)
        for label in line["grades"]:
            labelled[label["system"]] += 1
            hit = next((each for each in found if agrees(each, label)), None)
            if hit is None:
                misses.append(
                    f"missed {label['system']}: {line['text'][label['start'] : label['end']]!r} in {line['text']!r}"
                )
                continue
            found.remove(hit)
            right[label["system"]] += 1
            exact[label["system"]] += (hit.start, hit.end) == (label["start"], label["end"])
        for each in found:
            wrong[each.grade.system] += 1
            misses.append(
                f"false  {each.grade.system}: {each.grade.printed!r} ({display(each.grade)}) in {line['text']!r}"
            )
    rows = [f"{'system':14}{'n':>5}{'precision':>11}{'recall':>8}{'span exact':>12}"]
    for name in [*(each for each in KNOWN.by_id if labelled[each] or wrong[each]), "all"]:
        n, hits, spans, false = (c.total() if name == "all" else c[name] for c in (labelled, right, exact, wrong))
        precision = f"{hits / (hits + false):.3f}" if hits + false else "-"
        recall = f"{hits / n:.3f}" if n else "-"
        rows.append(f"{name:14}{n:5}{precision:>11}{recall:>8}{spans:>12}")
    rows.append(f"negative sentences: {negatives}, of them with a grade read: {failed}")
    return "\n".join([*rows, *misses])


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
    options = parser.parse_args()
    if options.folder is None:
        lines = [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines()]
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
