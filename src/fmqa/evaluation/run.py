"""One run of the benchmark, from topics on disk to the files of its report.

topics + corpus + index --ask, judge--> rows --summarise--> summary --> rows.jsonl, summary.json, qrels, runs, report
"""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import fmqa
from fmqa.assistant import Assistant
from fmqa.corpus import loading
from fmqa.corpus.vocabulary import Matcher
from fmqa.evaluation import benchmark, comparison, judging, mutations, public, report, statistics, summary
from fmqa.evaluation.benchmark import Bench, Row
from fmqa.evaluation.mutations import MutationRow, MutationSummary
from fmqa.evaluation.summary import Summary
from fmqa.evaluation.topics import MANIFEST, Manifest, Split, TopicSet, freeze, load
from fmqa.index import encoders
from fmqa.index.reading import ENCODER
from fmqa.settings import Settings
from fmqa.types import Audience, Record, Status, Vocabulary

TEST_RUNS: Final = "test_runs.jsonl"
_SHAPING: Final = {"encoder", "passage_tokens", "fusion", "dense_weight", "candidates", "exact_limit", "start_document"}

Progress = Callable[[str, int, int], None]


class Options(Record):
    """What a run is made of."""

    topics: Path = Path("eval/topics")
    out: Path = Path("eval/results")
    split: Split = Split.DEV
    data: Path | None = None
    nli: Path | None = None
    part: int = 1
    """Every n-th item of each set; 1 for all."""
    mutants_per_operator: int = mutations.PER_OPERATOR


def run(settings: Settings, options: Options, progress: Progress) -> Summary:
    """Run the benchmark on one split and write its files to ``options.out / split``.

    Raises: BadTopics if the topics or public sets have faults; BadCorpus, IndexUnusable, BadSettings as their steps do.
    """
    start = time.perf_counter()
    loaded = loading.load(settings.corpus)
    topics = thinned(load(options.topics, options.split, loaded.documents), options.part)
    truth = judging.Truth(loaded.documents, Matcher(loaded.vocabulary))
    nli = judging.nli_judge(options.nli) if options.nli else None
    with TemporaryDirectory() as scratch:
        assistant = Assistant.open(settings.model_copy(update={"database": f"sqlite:///{scratch}/conversations.db"}))
        try:
            bench = Bench(assistant, truth, nli, progress)
            rows = benchmark.run(topics, bench)
            found = summary.summarise(rows, options.split, hashes(settings, options, assistant, loaded.sha256))
            mutants, mutated = _mutations(topics, bench, loaded.vocabulary, options)
            changed: dict[str, Any] = {"mutations": mutated, "gates": (*found.gates, *summary.mutation_gates(mutated))}
            if options.data is not None:
                fast = encoders.OnnxEncoder(
                    settings.index / assistant.index.generation / ENCODER, threads=os.cpu_count() or 1
                )
                weight = settings.dense_weight
                changed["public_retrieval"] = public.retrieval_sets(options.data, fast, weight, progress)
                changed["public_claims"] = public.claim_sets(options.data, judging.rule_judge, progress)
            found = found.model_copy(update=changed)
            qrels = _qrels(topics, bench)
        finally:
            assistant.close()
    runs = note_test_run(options, found) if options.split is Split.TEST else read_test_runs(options.topics)
    timings = {name: round(seconds, 2) for name, seconds in bench.seconds.items()}
    timings |= {"whole run": round(time.perf_counter() - start, 2), "questions asked": bench.asked}
    _write(options.out / options.split, rows, mutants, found, qrels, runs, timings)
    return found


def _mutations(
    topics: TopicSet, bench: Bench, vocabulary: Vocabulary, options: Options
) -> tuple[tuple[MutationRow, ...], MutationSummary]:
    """Return what the verifier notices of wrong answers that are made from those to the answerable topics."""
    answers = [
        bench.ask(topic.question, audience)
        for topic in bench.each("answers to mutate", topics.answerable)
        for audience in Audience
    ]
    began = time.perf_counter()
    made = mutations.run_mutations(
        [answer for answer in answers if answer.statements and answer.status is not Status.URGENT],
        tuple(bench.truth.documents.values()),
        vocabulary,
        bench.assistant.index.generation,
        seed=statistics.SEED,
        per_operator=options.mutants_per_operator,
        progress=bench.progress,
    )
    bench.seconds["mutations"] = time.perf_counter() - began
    return made


def headline(found: Summary) -> list[tuple[str, str, str]]:
    """Return the rows of the table that is printed at the end of a run: measure, value with interval, n."""
    measures = found.measures
    return [(name, str(measures[name]), str(measures[name].n)) for name in report.HEADLINE if name in measures]


def compared(first: Path, second: Path) -> str:
    """Return the comparison of two runs as Markdown.

    Raises: BadTopics if a folder holds no run, or the runs have no item in common.
    """
    return report.comparison_markdown(comparison.compare(comparison.read_rows(first), comparison.read_rows(second)))


def frozen(topics: Path, corpus_folder: Path) -> Manifest:
    """Freeze the topics of a folder against a corpus.

    Raises: BadTopics or BadCorpus with every fault.
    """
    return freeze(topics, loading.load(corpus_folder).documents)


def thinned(topics: TopicSet, part: int) -> TopicSet:
    """Return every n-th item of each set, and the rewrites of the topics that are left."""
    if part == 1:
        return topics
    kept = topics.answerable[::part]
    ids = {topic.id for topic in kept}
    return topics.model_copy(
        update={
            "answerable": kept,
            "unanswerable": topics.unanswerable[::part],
            "disagreement": topics.disagreement[::part],
            "dialogues": topics.dialogues[::part],
            "rewrites": tuple(item for item in topics.rewrites if item.topic in ids),
            "emergencies": topics.emergencies[::part],
        }
    )


def hashes(settings: Settings, options: Options, assistant: Assistant, corpus_sha256: str) -> dict[str, str]:
    """Return what the figures depend on: corpus, topics, model, settings, code, seed and index generation."""
    encoder = settings.index / assistant.index.generation / ENCODER
    return {
        "corpus": corpus_sha256,
        "topics": _sha256_of([options.topics / MANIFEST]),
        "model": _sha256_of(sorted(encoder.iterdir())),
        "settings": sha256(settings.model_dump_json(include=_SHAPING).encode()).hexdigest(),
        "code": _sha256_of(sorted(Path(fmqa.__file__).parent.rglob("*.py"))),
        "generation": assistant.index.generation,
        "seed": str(statistics.SEED),
        "part": f"every {options.part}. item" if options.part > 1 else "all items",
    }


def _sha256_of(paths: Iterable[Path]) -> str:
    digest = sha256()
    for path in paths:
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    return digest.hexdigest()


# --- how often test was run -------------------------------------------------------------------------------------------


def read_test_runs(folder: Path) -> list[dict[str, str]]:
    """Return what has been run on the test split so far, oldest first."""
    path = folder / TEST_RUNS
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def note_test_run(options: Options, found: Summary) -> list[dict[str, str]]:
    """Note this run on the test split beside its topics, if the same has not been run before; return all."""
    if options.part == 1:
        note(options.topics, found.hashes)
    return read_test_runs(options.topics)


def note(folder: Path, hashes: Mapping[str, str]) -> None:
    """Note a run on what must not be tuned on beside it, if the same has not been run before."""
    runs = read_test_runs(folder)
    same = {name: hashes[name] for name in ("code", "corpus", "topics", "settings")}
    if not any(same.items() <= run.items() for run in runs):
        runs.append({"date": datetime.now(UTC).date().isoformat(), "commit": _commit(folder), **same})
        lines = "".join(json.dumps(run) + "\n" for run in runs)
        (folder / TEST_RUNS).write_text(lines, encoding="utf-8")


def _commit(folder: Path) -> str:
    """Return the commit that is checked out, marked if files differ from it; 'unknown' without git."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=10"],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return said.stdout.strip()


# --- files ------------------------------------------------------------------------------------------------------------


def _qrels(topics: TopicSet, bench: Bench) -> str:
    """Return the qrels of a split in the form of TREC: topic, 0, passage, grade."""
    return "".join(
        f"{topic.id} 0 {passage} {grade}\n"
        for topic in topics.answerable
        for passage, grade in sorted(benchmark.qrels_of(topic.nuggets, bench).items())
    )


def _write(
    folder: Path,
    rows: Sequence[Row],
    mutants: Sequence[Record],
    found: Summary,
    qrels: str,
    test_runs: list[dict[str, str]],
    timings: dict[str, float],
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "rows.jsonl": "".join(row.model_dump_json(exclude_defaults=True) + "\n" for row in rows),
        "mutants.jsonl": "".join(row.model_dump_json(exclude_defaults=True) + "\n" for row in mutants),
        "summary.json": found.model_dump_json(indent=1) + "\n",
        "qrels.txt": qrels,
        "report.md": report.markdown(found, rows, test_runs),
        "report.html": report.html(found, rows, test_runs),
        "timings.json": json.dumps({"seconds": timings, "machine": _machine()}, indent=1) + "\n",
    }
    for way in sorted({row.set for row in rows if row.set.startswith("retrieval-")}):
        tag = way.removeprefix("retrieval-")
        files[f"run-{tag}.txt"] = "".join(
            f"{row.id} Q0 {v['passage']} {v['rank']} {benchmark.DEPTH - v['rank'] + 1} {tag}\n"
            for row in rows
            if row.set == way
            for v in row.verdicts
        )
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _machine() -> dict[str, str]:
    names = ("onnxruntime", "faiss-cpu", "numpy", "scipy", "scikit-learn", "ir-measures", "pydantic")
    return {
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cores": str(os.cpu_count()),
        **{name: version(name) for name in names},
    }
