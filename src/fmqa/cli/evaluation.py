"""The commands for the benchmark: run it, ask everyday turns, compare two runs, freeze edited topics."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from fmqa.cli.environment import read_settings
from fmqa.cli.terminal import Terminal
from fmqa.errors import GateBroken, Unavailable
from fmqa.evaluation.everyday.turns import FOLDER, Part
from fmqa.evaluation.topics import Split

app = typer.Typer(no_args_is_help=True, help="Run the benchmark, compare two runs, freeze edited topics.")
TopicsOption = Annotated[Path, typer.Option("--topics", metavar="FOLDER", help="Folder of the topics.")]


@app.command(
    "run",
    epilog="Examples: `fmqa eval run`; `fmqa eval run --split test`; `fmqa eval run --data PUBLIC --out /tmp/run`",
)
def eval_run(
    split: Annotated[
        list[Split] | None, typer.Option(help="Development if not given; may be given twice. Never tune on test.")
    ] = None,
    topics: TopicsOption = Path("eval/topics"),
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files of the run are written.")] = Path(
        "eval/results"
    ),
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Public sets: BEIR layout, and claims with evidence.")
    ] = None,
    nli: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Cross-encoder for inference, as a second judge of citations.")
    ] = None,
    part: Annotated[int, typer.Option(min=1, help="Only every n-th item of each set.")] = 1,
) -> None:
    """Ask and judge every topic; print the headline; write rows, summary, qrels, runs and a report."""
    settings = read_settings()
    evaluation = _evaluation()
    terminal = Terminal()
    broken: list[str] = []
    for name in dict.fromkeys(split or [Split.DEV]):
        options = evaluation.Options(topics=topics, out=out, split=name, data=data, nli=nli, part=part)
        with Terminal(stderr=True).progress() as progress:
            found = evaluation.run(settings, options, progress)
        terminal.say(f"{name} split, every figure with its 95 % interval")
        terminal.table(("measure", "value", "n"), evaluation.headline(found))
        broken += [f"{name}: {gate.name} is {gate.found}" for gate in found.gates if not gate.passed]
        terminal.say(
            f"Gates: {sum(g.passed for g in found.gates)} of {len(found.gates)} hold. {out / name / 'report.html'}"
        )
    if broken:
        raise GateBroken("; ".join(broken))


@app.command(
    "everyday",
    epilog="Examples: `fmqa eval everyday`; `fmqa eval everyday --split test --save after.json`; "
    "`fmqa eval everyday --show > answers.txt`",
)
def eval_everyday(
    split: Annotated[Part, typer.Option(help="Which turns. Never tune on test.")] = Part.DEV,
    turns: Annotated[Path, typer.Option("--turns", metavar="FOLDER", help="Folder of the turns.")] = FOLDER,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the run is written, as JSON, to be compared.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Print each question with its answer in full.")] = False,
) -> None:
    """Ask conversations in everyday words turn by turn; print what of each answer is right."""
    settings = read_settings()
    evaluation = _evaluation("everyday.run")
    terminal = Terminal()
    with Terminal(stderr=True).progress() as progress:
        found = evaluation.run(settings, turns, split, progress, sys.stdout.write if show else None)
    terminal.say(f"{split} turns in everyday words, every figure with its 95 % interval (bootstrap over conversations)")
    terminal.table(("measure", "value", "n"), evaluation.table(found))
    if save is not None:
        try:
            save.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise Unavailable(f"{save} cannot be written ({error.strerror}); name another file") from error
    terminal.say(f"Median seconds of an answer: {found.p50_s:.3f}.{f' Saved: {save}' if save else ''}")


@app.command(
    "compare",
    epilog="Examples: `fmqa eval compare /tmp/before/dev eval/results/dev`; `fmqa eval compare before.json after.json`",
)
def eval_compare(
    first: Annotated[Path, typer.Argument(help="Folder of a run with rows.jsonl, or file that everyday --save wrote.")],
    second: Annotated[Path, typer.Argument(help="Another run of the same kind on the same split.")],
) -> None:
    """Compare two runs item by item; print the table as Markdown."""
    evaluation = _evaluation("everyday.run" if first.is_file() else "run")
    sys.stdout.write(evaluation.compared(first, second))


@app.command("freeze", epilog="Example: `fmqa eval freeze` after topics or corpus were edited")
def eval_freeze(topics: TopicsOption = Path("eval/topics")) -> None:
    """Place the gold spans anew, check every topic, and write the manifest."""
    manifest = _evaluation().frozen(topics, read_settings().corpus)
    Terminal().say(f"{len(manifest.files)} files frozen, with gold in {len(manifest.documents)} documents")


def _evaluation(name: str = "run") -> ModuleType:
    """Return a module of the benchmark, which needs libraries that asking does not.

    Raises: Unavailable that names the command which installs them.
    """
    try:
        return import_module(f"fmqa.evaluation.{name}")
    except ModuleNotFoundError as error:
        raise Unavailable(f"the benchmark needs {error.name}: pip install 'fmqa[eval]'") from error
