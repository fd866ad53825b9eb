"""The commands for the index: build, look at, verify, go back, and fit its encoder further."""

import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer

from fmqa.cli.environment import JsonOption, read_settings
from fmqa.cli.terminal import Terminal
from fmqa.errors import BadSettings, IndexUnusable, NoGain, Unavailable

if TYPE_CHECKING:
    from fmqa.index.changes import Changes

_MOST_NAMES = 20  # of a list of changes that long the first are named, and the others counted

app = typer.Typer(no_args_is_help=True, help="Build and check the index that answers come from.")


@app.command(
    "build",
    epilog="Examples: `FMQA_CORPUS=~/corpus FMQA_INDEX=~/index fmqa index build`; `fmqa index build --ray local`; "
    "`fmqa index build --ray auto`",
)
def index_build(
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Ray cluster that encodes; `local` starts one here. Else this machine does."
        ),
    ] = None,
) -> None:
    """Build a new generation if corpus, settings or encoder changed; otherwise do nothing."""
    settings = read_settings()
    from fmqa.building import build_index  # noqa: PLC0415
    from fmqa.index.cluster import workers  # noqa: PLC0415

    with (
        Terminal(stderr=True).progress() as progress,
        workers.cluster(ray, settings.index) if ray else nullcontext() as embed,
    ):
        report = build_index(settings, progress, embed)
    terminal = Terminal()
    if not report.changed:
        terminal.say(f"Generation {report.generation} is up to date ({report.seconds:.1f} s)")
        return
    terminal.say(
        f"Built generation {report.generation}: {report.documents} documents, {report.passages} passages, "
        f"{report.embedded} of them embedded anew, in {report.seconds:.1f} s"
    )
    if report.changes is not None:
        _print_changes(report.changes)


def _print_changes(changes: "Changes") -> None:
    """Say what a build put in, took out and changed; of a long list the first names."""
    terminal = Terminal()
    for name in type(changes).model_fields:
        found = getattr(changes, name)
        if found:
            more = f" and {len(found) - _MOST_NAMES} more" if len(found) > _MOST_NAMES else ""
            terminal.say(f"{name.replace('_', ' ')}: {len(found)}")
            terminal.say("; ".join(found[:_MOST_NAMES]) + more, "dim", indent=2)


@app.command("status", epilog="Example: `fmqa index status`")
def index_status(as_json: JsonOption = False) -> None:
    """Say which generation answers now, and what it was built from."""
    settings = read_settings()
    from fmqa.index import reading  # noqa: PLC0415

    status = reading.status(settings.index)
    if as_json:
        sys.stdout.write(status.model_dump_json(indent=2) + "\n")
    if status.state != "usable":
        raise IndexUnusable(status.problem)
    if not as_json:
        Terminal().fields(status)


@app.command(
    "load",
    epilog="Examples: `FMQA_STORE=milvus://host:19530 fmqa index load`; "
    "`fmqa index load --store milvus:///vectors.db --kind HNSW`",
)
def index_load(
    store: Annotated[str | None, typer.Option(metavar="URL", help="The store; else FMQA_STORE.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="How vectors are searched: FLAT, HNSW, IVF_FLAT or DISKANN. Else HNSW, embedded FLAT."),
    ] = None,
) -> None:
    """Bring the current generation into a store and put it in use there; one that was broken off goes on."""
    settings = read_settings()
    from fmqa.index.stores import loading  # noqa: PLC0415

    url = store or settings.store
    if not url:
        raise BadSettings("no store is named: set FMQA_STORE, or give --store")
    with Terminal(stderr=True).progress() as progress:
        name, loaded = loading.load(settings, url, kind, progress)
    gone = f"; dropped {', '.join(loaded.dropped)}" if loaded.dropped else ""
    Terminal().say(f"Generation {name} is in use there: {loaded.written} of {loaded.passages} passages sent{gone}")


@app.command("rollback", epilog="Examples: `fmqa index rollback`; `fmqa index rollback 0123456789abcdef`")
def index_rollback(
    generation: Annotated[
        str | None, typer.Argument(metavar="GENERATION", help="Which one; else the one that was in use before.")
    ] = None,
) -> None:
    """Put an earlier generation in use again, if it verifies; a running service changes over by itself."""
    settings = read_settings()
    from fmqa.index import generations  # noqa: PLC0415

    name = generations.rollback(settings.index, generation, settings.lock_seconds)
    Terminal().say(f"Generation {name} is in use; the next 'fmqa index build' of a changed corpus replaces it")


@app.command("verify", epilog="Example: `fmqa index verify && fmqa serve`")
def index_verify(as_json: JsonOption = False) -> None:
    """Check every file of the current generation against its manifest."""
    settings = read_settings()
    from fmqa.index import reading  # noqa: PLC0415

    status = reading.verify(settings.index)
    if as_json:
        sys.stdout.write(status.model_dump_json(indent=2) + "\n")
    else:
        Terminal().fields(status)


@app.command(
    "tune",
    epilog="Examples: `FMQA_CORPUS=~/corpus fmqa index tune --out ~/encoder`; then "
    "`FMQA_CORPUS=~/corpus FMQA_ENCODER=~/encoder fmqa index build`",
)
def index_tune(
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where the fitted encoder is written; it must not be there yet.")
    ],
    steps: Annotated[int, typer.Option(min=1, help="Batches that are learned from.")] = 200,
    seed: Annotated[int, typer.Option(help="What chance starts from.")] = 0,
    rate: Annotated[float, typer.Option(min=0, max=0.1, help="Highest rate of learning.")] = 2e-5,
) -> None:
    """Fit the encoder further to the questions (`answers:`) of your own corpus; takes minutes.

    One statement in five is held out. The encoder is written only if more of its questions find it first than before;
    otherwise nothing is, and the exit code is 70. Nothing uses it until FMQA_ENCODER names it. What was broken off goes
    on with the same command. Needs `pip install 'fmqa[build,eval]'`.
    """
    settings = read_settings()
    fitting = _fitting()
    with Terminal(stderr=True).progress(to_go=True) as progress:
        report = fitting.tune(
            settings.encoder, settings.corpus, out, steps=steps, seed=seed, rate=rate, progress=progress
        )
    terminal = Terminal()
    terminal.say(
        f"{report.questions} questions of {report.statements} statements; {report.held_out_questions} of "
        f"{report.held_out_statements} statements were held out, with 95 % intervals by statement"
    )
    rows = (("right statement first", "first"), ("right statement among 5", "among_five"))
    terminal.table(
        ("of the held-out questions", "before", "after", "n"),
        [
            (words, str(getattr(report.before, name)), str(getattr(report.after, name)), str(report.held_out_questions))
            for words, name in rows
        ],
    )
    if not report.gained:
        raise NoGain("the held-out questions do not find more of their statements than before; nothing was written")
    terminal.say(
        f"Written to {out}, with {report.share:.0%} of what was learned; that share was chosen on the same questions: "
        f"expect a little less on new ones. It is not in use: set FMQA_ENCODER={out} and run 'fmqa index build'. "
        "How much each reason counts for ranking was fitted on the shipped encoder: read answers before relying on it."
    )


def _fitting() -> ModuleType:
    """Return the module that fits encoders, which needs libraries that asking does not.

    Raises: Unavailable that names the command which installs them.
    """
    try:
        return import_module("fmqa.tuning.fit")
    except ModuleNotFoundError as error:
        raise Unavailable(f"fitting an encoder needs {error.name}: pip install 'fmqa[build,eval]'") from error
