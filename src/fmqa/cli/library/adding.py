"""The command that adds published files to the corpus, and what it says of each."""

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmqa.cli.environment import CorpusOption, read_settings
from fmqa.cli.terminal import Terminal
from fmqa.errors import BadFile
from fmqa.types import DocumentKind, Origin

if TYPE_CHECKING:
    from fmqa.adding.ingestion import Added, Result

_TOLD_EACH = 20  # documents up to which it is said of each what it does not state

EPILOG = (
    "Examples: `fmqa corpus add guideline.pdf --organisation WHO --year 2025`; `fmqa corpus add papers/`; "
    "`fmqa corpus add label.xml --kind label && fmqa index build`"
)


def corpus_add(
    files: Annotated[
        list[Path], typer.Argument(help="HTML, JATS, MEDLINE, PDF, DOCX, SPL, Markdown, text; or folders.")
    ],
    corpus: CorpusOption = None,
    kind: Annotated[DocumentKind | None, typer.Option(help="What the files are; else told by the files.")] = None,
    title: Annotated[str | None, typer.Option(help="Title, for a single file.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Who issued them.")] = None,
    year: Annotated[int | None, typer.Option(min=1900, max=2100, help="Year of publication.")] = None,
    edition: Annotated[str | None, typer.Option(help="Edition, e.g. 'third'.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of the files, e.g. CC-BY-4.0.")] = None,
    url: Annotated[
        str | None, typer.Option(help="https address of a single file; a PDF's is cited with its page.")
    ] = None,
    expires: Annotated[
        datetime.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of validity.")
    ] = None,
    supersedes: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Document that it supersedes; can be given several times.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Read again, and replace documents that are there.")
    ] = False,
    seconds: Annotated[float, typer.Option(min=1, help="Longest time for one file, in seconds.")] = 120,
    megabytes: Annotated[int, typer.Option(min=512, help="Most memory for one file, in megabytes.")] = 2048,
) -> None:
    """Add published files as they are, with anchors and the numbers checked; then build the index.

    An empty folder becomes a corpus, as with `fmqa corpus new`.

    Files that cannot be added are named with the reason, and the others go on; the exit code is then 65.
    """
    from fmqa.adding import about, ingestion, inside  # noqa: PLC0415
    from fmqa.corpus import making  # noqa: PLC0415

    if (title is not None or supersedes) and (len(files) > 1 or files[0].is_dir()):
        raise typer.BadParameter("--title and --supersedes are for a single file")
    given = about.Given(
        kind=kind,
        title=title,
        organisation=organisation,
        year=year,
        edition=edition,
        licence=licence,
        url=url,
        expires=expires.date() if expires else None,
        supersedes=tuple(supersedes or ()),
    )
    limits = inside.Limits(seconds=seconds, megabytes=megabytes)
    folder = corpus or read_settings().corpus
    if making.is_new(folder):
        Terminal(stderr=True).say(f"making a new corpus in {folder}")
    with Terminal(stderr=True).progress() as progress:
        result = ingestion.add(folder, files, given, replace=replace, limits=limits, progress=progress)
    _print_result(result)
    if result.refused:
        raise BadFile(f"{len(result.refused)} of the files; the others were added")


def _print_result(result: "Result") -> None:
    terminal = Terminal()
    for done in result.added:
        _print_added(terminal, done, tell_missing=len(result.added) <= _TOLD_EACH)
    for name in result.unchanged:
        terminal.say(f"unchanged {name}", "dim")
    for name, kept, why in result.duplicates:
        terminal.say(f"duplicate {name}: {why} as in {kept}, which is kept", "yellow")
    for older, newer in result.superseded:
        terminal.say(f"superseded {older}: by {newer}", "yellow")
    for warning in result.warnings:
        terminal.say(f"warning: {warning}", "yellow")
    for refused in result.refused:
        terminal.say(f"refused {refused.file}: {refused.reason}", "red")
    if result.wordless:
        terminal.say(f"left out: {result.wordless} records without text, such as citations without an abstract")
    Terminal(stderr=True).say(
        f"{len(result.added)} documents added, {len(result.unchanged)} files unchanged, "
        f"{len(result.duplicates)} duplicates, "
        f"{len(result.refused)} files refused, in {result.seconds:.1f} s; take them up with 'fmqa index build'"
    )


def _print_added(terminal: Terminal, done: "Added", *, tell_missing: bool) -> None:
    """Say what was read of a file, where its two readings differ, and what it does not state."""
    metadata, origin = done.document.metadata, done.document.metadata.origin
    parts = [f"{len(done.document.sections)} blocks", f"{len(done.document.statements)} statements"]
    if origin is not None:
        parts.append(f"{origin.compared} numbers and signs compared, {len(origin.differences)} places differ")
    terminal.say(f"{'replaced' if done.replaced else 'added'} {metadata.id} ({metadata.kind}): {', '.join(parts)}")
    if origin is None:
        return
    _print_origin(terminal, origin)
    wanted = ("year", "doi", "licence") if origin.journal else ("organisation", "year", "licence")
    missing = [name for name in wanted if getattr(metadata, name) in (None, "not stated")]
    if missing and tell_missing:
        terminal.say(f"not stated: {', '.join(missing)}", "dim", indent=2)


def _print_origin(terminal: Terminal, origin: Origin) -> None:
    for difference in origin.differences[:5]:
        page = f"page {difference.page}: " if difference.page else ""
        terminal.say(
            f"differs, not indexed: {page}file {' '.join(difference.source[:8]) or 'nothing'}; "
            f"text {' '.join(difference.text[:8]) or 'nothing'}",
            "yellow",
            indent=2,
        )
    for note in origin.notes:
        terminal.say(f"note: {note}", "dim", indent=2)
    if origin.retraction is not None:
        terminal.say(f"RETRACTED: {origin.retraction}", "red", indent=2)
