"""`fmqa corpus watch`: a folder whose documents are kept in the corpus as they are in the folder."""

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmqa.cli.environment import CorpusOption, read_settings
from fmqa.cli.terminal import Terminal
from fmqa.settings import Settings
from fmqa.types import DocumentKind

if TYPE_CHECKING:
    from fmqa.adding.about import Given
    from fmqa.upkeep.watching import Done

EPILOG = "Examples: `fmqa corpus watch ~/guidelines`; `fmqa corpus watch papers/ --once --kind trial`"


def corpus_watch(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Whose files are kept in the corpus as they are.")],
    corpus: CorpusOption = None,
    kind: Annotated[DocumentKind | None, typer.Option(help="What the files are; else told by the files.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Who issued them.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of the files, e.g. CC-BY-4.0.")] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Bring the corpus up to date with the folder, and stop.")
    ] = False,
) -> None:
    """Add, replace and remove documents as files come, change and go in a folder, and index each change."""
    from fmqa.adding.about import Given  # noqa: PLC0415

    settings = read_settings()
    settings = settings.model_copy(update={"corpus": corpus}) if corpus is not None else settings
    _watch(settings, folder, Given(kind=kind, organisation=organisation, licence=licence), once=once)


def _watch(settings: Settings, folder: Path, given: "Given", *, once: bool) -> None:
    """Watch a folder until Ctrl-C or SIGTERM, or bring the corpus up to date with it once.

    Raises: what ``Watcher`` raises; of a single change also what it failed of.
    """
    from fmqa.adding import workers  # noqa: PLC0415 - what reads files is loaded when a command needs it
    from fmqa.upkeep.watching import Watcher  # noqa: PLC0415

    watcher = Watcher(settings, folder, given, settled_s=0 if once else 1)
    if once:
        for done in watcher.look(0.0):
            _tell(done)
            if done.problem is not None:
                raise done.problem
        return
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda _sig, _frame: stop.set())
    workers.warm()
    Terminal(stderr=True).say(f"Watching {folder}; what is put there can be asked. Ctrl-C ends it.", "dim")
    for done in watcher.run(stop):
        _tell(done)


def _tell(done: "Done") -> None:
    terminal = Terminal()
    if done.result is not None:
        for each in done.result.added:
            terminal.say(
                f"{'replaced' if each.replaced else 'added'} {each.document.id}: {each.document.metadata.title}"
            )
            origin = each.document.metadata.origin
            for note in origin.notes if origin is not None else ():
                terminal.say(f"note: {note}", "dim", indent=2)
        for name, kept, why in done.result.duplicates:
            terminal.say(f"duplicate {name}: {why} as in {kept}, which is kept", "yellow")
        for warning in done.result.warnings:
            terminal.say(f"warning: {warning}", "yellow")
        for refused in done.result.refused:
            terminal.say(f"refused {refused.file}: {refused.reason}", "red")
    for document_id in done.removed:
        terminal.say(f"removed {document_id}")
    errors = Terminal(stderr=True)
    if done.problem is not None:
        errors.say(f"{done.problem.title}: {done.problem}; it is tried again", "red")
    elif done.generation is not None:
        errors.say(f"generation {done.generation} answers, after {done.seconds:.1f} s", "dim")
