"""Set fmqa beside LlamaIndex, LangChain, Haystack, txtai and plain sentence-transformers; see bench/README.md.

    python bench/peers.py --peers PYTHON    # the interpreter in whose environment the peers are installed

The same passages (those of the shipped corpus), weights (our encoder's, in float32 for the peers) and questions (those
of the development topics whose passages are known). Each library runs in a process of its own, one after the other.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from fmqa import Assistant
from fmqa.building import build_index
from fmqa.index import encoders, reading
from fmqa.index.passages import search_text
from fmqa.settings import Settings

ROOT: Final = Path(__file__).parent.parent
TOPICS: Final = ROOT / "eval" / "topics" / "dev" / "answerable.jsonl"
PEERS: Final = ("plain", "LlamaIndex", "LangChain", "Haystack", "txtai")
K: Final = 10
FMQA_START: Final = """
import sys
from fmqa import Assistant
from fmqa.settings import Settings
Assistant.open(Settings(index=sys.argv[1], database="sqlite://")).search(sys.argv[2])
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
FMQA_LINES: Final = 3  # that a user writes: import, open, search; the index is a command


def judged(index: reading.Index) -> dict[str, set[str]]:
    """Return the development questions with the ids of the passages that hold what their answer needs."""
    found: dict[str, set[str]] = {}
    for line in TOPICS.read_text("utf-8").splitlines():
        topic = json.loads(line)
        spans = [gold for nugget in topic["nuggets"] for gold in nugget["gold"]]
        passages = {
            index.passage(row).id
            for span in spans
            if span["document"] in index.document_ids
            for row in index.rows_of(span["document"])
            if _overlaps(index, row, span)
        }
        if passages:
            found[topic["question"]] = passages
    return found


def _overlaps(index: reading.Index, row: int, span: dict[str, Any]) -> bool:
    place = index.passage(row).anchor.position
    return bool(place.start < span["end"] and span["start"] < place.end)


def quality(rankings: list[list[str]], relevant: list[set[str]]) -> tuple[float, float]:
    """Return mean recall and nDCG at 10, every relevant passage weighing the same."""
    recalls, gains = [], []
    for ranking, wanted in zip(rankings, relevant, strict=True):
        recalls.append(len(wanted & set(ranking[:K])) / len(wanted))
        gained = sum(1 / math.log2(rank + 2) for rank, name in enumerate(ranking[:K]) if name in wanted)
        gains.append(gained / sum(1 / math.log2(rank + 2) for rank in range(min(K, len(wanted)))))
    return statistics.fmean(recalls), statistics.fmean(gains)


def of_fmqa(settings: Settings, build_s: float, questions: list[str]) -> dict[str, Any]:
    """Return the figures of fmqa: the passages that it searches, by the call of a program."""
    started = time.perf_counter()
    command = [sys.executable, "-c", FMQA_START, str(settings.index), questions[0]]
    memory = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    start_s = time.perf_counter() - started
    assistant = Assistant.open(settings)
    assistant.search(questions[0])
    seconds, rankings = [], []
    for question in questions:
        started = time.perf_counter()
        found = assistant.search(question, K)
        seconds.append(time.perf_counter() - started)
        rankings.append([passage.passage.id for passage in found])
    assistant.close()
    return {
        "name": "fmqa",
        "lines": FMQA_LINES,
        "start_s": start_s,
        "build_s": build_s,
        "seconds": seconds,
        "rankings": rankings,
        "memory_mb": float(memory),
    }


def line(figures: dict[str, Any], relevant: list[set[str]], passages: int) -> str:
    """Return one line of the table."""
    name = " ".join(filter(None, (figures["name"], figures.get("version"))))
    if "rankings" not in figures:
        return f"| {name} | {figures.get('problem', 'failed')} |" + " - |" * 7
    recall, ndcg = quality(figures["rankings"], relevant)
    ordered = sorted(figures["seconds"])
    p50, p99 = ordered[len(ordered) // 2] * 1e3, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1e3
    return (
        f"| {name} | {recall:.3f} | {ndcg:.3f} | {p50:.1f} | {p99:.1f} | {passages / figures['build_s']:.0f} "
        f"| {figures['start_s']:.2f} | {figures['memory_mb']:.0f} | {figures['lines']} |"
    )


def main() -> None:
    """Build, measure all, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default=sys.executable, help="interpreter in whose environment the peers are")
    parser.add_argument(
        "--index", type=Path, help="an index of the shipped corpus, taken as it is; built where none is given"
    )
    parser.add_argument("--questions", type=int, default=200, help="how many questions")
    parser.add_argument("--passages", type=int, help="how many of the passages, those of the questions first; else all")
    parser.add_argument("--only", nargs="*", default=PEERS, choices=PEERS, help="which libraries, beside fmqa")
    parser.add_argument("--minutes", type=float, default=20, help="after so many a library is ended, and told as such")
    parser.add_argument("--page", type=Path, help="page whose table between <!-- peers --> and its end is written anew")
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(
            corpus=ROOT / "corpus", index=arguments.index or folder / "index", database=f"sqlite:///{folder}/c.db"
        )
        if arguments.index is None:
            build_index(settings)
        opened = reading.open_index(settings.index)
        passages = [opened.passage(row) for row in range(len(opened))]
        texts = {p.id: search_text(p, opened.document(p.anchor.document_id)) for p in passages}
        encoder = encoders.OnnxEncoder(settings.index / opened.generation / reading.ENCODER, threads=2)
        started = time.perf_counter()
        encoder.encode(
            list(texts.values())
        )  # nearly all of the peers' figure; what else a build of fmqa fits is told by bench/measure.py
        build_s = time.perf_counter() - started
        topics = dict(list(judged(opened).items())[: arguments.questions])
        questions, relevant = list(topics), list(topics.values())
        task = folder / "task.json"
        model = str(encoders.model_folder(settings.encoder))
        wanted = sorted({name for names in relevant for name in names})
        kept = list(dict.fromkeys([*wanted, *texts]))[: arguments.passages]
        texts = {name: texts[name] for name in texts if name in set(kept)}
        task.write_text(json.dumps({"texts": texts, "questions": questions, "model": model}), "utf-8")
        say(f"{len(texts)} passages, {len(questions)} questions, {os.cpu_count()} cores")
        table = [
            "| library | recall@10 | nDCG@10 | p50 ms | p99 ms | passages/s | start s | memory MB | lines |",
            "|---|---|---|---|---|---|---|---|---|",
            line(of_fmqa(settings, build_s, questions), relevant, len(opened)),
        ]
        say("\n".join(table))
        for peer in arguments.only:
            table.append(line(of_peer(peer, arguments, task, folder / f"{peer}.json"), relevant, len(texts)))
            say(table[-1])
        if arguments.page:
            write_page(arguments.page, f"{len(texts)} passages, {len(questions)} questions:", table)


def of_peer(peer: str, arguments: argparse.Namespace, task: Path, result: Path) -> dict[str, Any]:
    """Return the figures of a library, or why there are none; one that does not end is ended."""
    command = [arguments.peers, str(ROOT / "bench" / "peer.py"), peer, str(task), str(result)]
    try:
        run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=arguments.minutes * 60)
    except subprocess.TimeoutExpired:
        return {"name": peer, "problem": f"did not end in {arguments.minutes:g} minutes"}
    if result.exists():
        found: dict[str, Any] = json.loads(result.read_text("utf-8"))
        return found
    last = run.stderr.strip().splitlines()[-1:] or [""]
    return {"name": peer, "problem": f"failed: {last[0][:60]}"}


def write_page(page: Path, head: str, table: list[str]) -> None:
    """Put the table into a page, between its marks."""
    before, _, rest = page.read_text("utf-8").partition("<!-- peers -->\n")
    after = rest.partition("<!-- /peers -->")[2]
    body = "\n".join([head, "", *table])
    page.write_text(f"{before}<!-- peers -->\n{body}\n<!-- /peers -->{after}", "utf-8")


def say(text: str) -> None:
    """Print, at once."""
    print(text, flush=True)  # noqa: T201 - a script


if __name__ == "__main__":
    main()
