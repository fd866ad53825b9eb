"""The commands for the corpus: make, check, list, show, review, remove; those that add and watch have modules."""

import datetime
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from fmqa.cli import programs
from fmqa.cli.environment import CorpusOption, JsonOption, read_settings
from fmqa.cli.library import adding, watching
from fmqa.cli.terminal import Terminal, shown
from fmqa.errors import BadCorpus
from fmqa.types import CorpusFault, Document, ReviewState

app = typer.Typer(no_args_is_help=True, help="Add to, check and list the corpus that the index is built from.")


@app.command("new", epilog="Example: `fmqa corpus new asthma && fmqa corpus add --corpus asthma papers/`")
def corpus_new(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.")]) -> None:
    """Make a corpus without a document: folders, and a pack of your field whose every key is explained."""
    from fmqa.corpus import making  # noqa: PLC0415

    made = making.make(folder)
    Terminal().say(
        f"made {folder} with {', '.join(made)}, which may stay as they are; add documents with "
        f"'fmqa corpus add --corpus {folder} FILE', then 'fmqa index build' with FMQA_CORPUS={folder}"
    )


@app.command("check", epilog="Examples: `fmqa corpus check`; `fmqa corpus check --corpus drafts --wordings`")
def corpus_check(
    corpus: CorpusOption = None,
    wordings: Annotated[
        bool, typer.Option("--wordings", help="Have the verifier read the plain wordings, too: notes, some seconds.")
    ] = False,
) -> None:
    """Check every document against the rules, each fault with file and line, and the signs of danger."""
    from fmqa.corpus import loading as corpora  # noqa: PLC0415
    from fmqa.danger import checks  # noqa: PLC0415

    folder = corpus or read_settings().corpus
    faults = corpora.lint(folder)
    terminal = Terminal()
    for fault in faults:
        terminal.say(f"{folder}/{fault}" + (" (advisory)" if fault.rule in corpora.ADVISORY else ""))
    dangers = checks.faults()
    for danger in dangers:
        terminal.say(danger)
    heavy = sum(fault.rule not in corpora.ADVISORY for fault in faults) + len(dangers)
    if heavy:
        raise BadCorpus(f"{heavy} faults in {folder}")
    notes = _doubts(folder) if wordings else ()
    for note in notes:
        terminal.say(f"{folder}/{note} (advisory)")
    advisory = len(faults) + len(notes)
    terminal.say(f"{folder} keeps every rule" + (f"; {advisory} advisory notes" if advisory else ""))


def _doubts(folder: Path) -> tuple[CorpusFault, ...]:
    from fmqa.answer import plain_wordings  # noqa: PLC0415 - opens a model
    from fmqa.corpus import loading as corpora  # noqa: PLC0415

    return tuple(plain_wordings.doubts(corpora.load(folder).documents))


app.command("add", epilog=adding.EPILOG)(adding.corpus_add)
app.command("fhir", epilog=programs.FHIR_EXAMPLES)(programs.corpus_fhir)
app.command("watch", epilog=watching.EPILOG)(watching.corpus_watch)


@app.command("remove", epilog="Example: `fmqa corpus remove pmid-22441635 && fmqa index build`")
def corpus_remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of added documents.")],
    corpus: CorpusOption = None,
) -> None:
    """Remove added documents; documents of our own are Markdown files, removed as files are."""
    from fmqa.corpus import added  # noqa: PLC0415

    terminal = Terminal()
    for removed in added.remove(corpus or read_settings().corpus, ids):
        terminal.say(f"removed {removed.id}: {removed.metadata.title}")


@app.command("show", epilog="Example: `fmqa corpus show eular-2017`; `fmqa corpus show pmid-22441635 --text`")
def corpus_show(
    document_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a document.")],
    corpus: CorpusOption = None,
    text: Annotated[bool, typer.Option("--text", help="Print its canonical text too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of a document: metadata, origin, review, statements; what is not stated is said so."""
    from fmqa.corpus import loading as corpora  # noqa: PLC0415

    document = corpora.document(corpus or read_settings().corpus, document_id)
    if as_json:
        sys.stdout.write(document.model_dump_json(indent=2) + "\n")
        return
    terminal = Terminal()
    metadata = document.metadata.model_dump(exclude={"references", "statements", "origin", "review"})
    origin = document.metadata.origin.model_dump(exclude={"differences", "notes"}) if document.metadata.origin else {}
    review = document.metadata.review.model_dump(exclude={"state"})
    rows = [(name, _or_not_stated(value)) for name, value in (metadata | origin).items()]
    rows += [("review", str(document.review_state)), *((name, _or_not_stated(value)) for name, value in review.items())]
    rows += [("text sha256", document.sha256), ("statements", str(len(document.statements)))]
    terminal.table(("field", "value"), rows)
    for span in document.statements:
        page = document.page(span.start)
        place = f"page {page}, " if page else ""
        terminal.say(
            f"{span.statement.kind} ({place}{span.start}-{span.end}): {document.text[span.start : span.end]}", indent=2
        )
    if text:
        terminal.say()
        terminal.say(document.text)


def _or_not_stated(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("printed") or value)
    return "not stated" if value in (None, (), "") else shown(value)


@app.command(
    "review",
    epilog="Examples: `fmqa corpus review ID 'under review' --reviewer 'Dr A. Name'`; "
    "`fmqa corpus review ID approved --reviewer 'Dr A. Name'`",
)
def corpus_review(
    document_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a document.")],
    state: Annotated[ReviewState, typer.Argument(help="The next state.")],
    corpus: CorpusOption = None,
    reviewer: Annotated[str | None, typer.Option(help="Who reviews or approves; only a person can.")] = None,
    date: Annotated[datetime.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day; else today.")] = None,
) -> None:
    """Move a document on: submitted, under review, approved. The state holds for its text as it is now."""
    from fmqa.adding import ingestion  # noqa: PLC0415

    day = date.date() if date else datetime.datetime.now(tz=datetime.UTC).date()
    document = ingestion.review(corpus or read_settings().corpus, document_id, state, reviewer, day)
    Terminal().say(f"{document.id} is {document.review_state} (text {document.sha256[:12]})")


def _listed(document: Document) -> dict[str, object]:
    """Return what a list says of a document."""
    return {
        "id": document.id,
        "title": document.metadata.title,
        "kind": document.metadata.kind,
        "year": document.metadata.year,
        "review_state": document.review_state,
        "statements": len(document.statements),
        "superseded_by": document.metadata.superseded_by,
    }


@app.command("list", epilog="Examples: `fmqa corpus list`; `fmqa corpus list --json`")
def corpus_list(corpus: CorpusOption = None, as_json: JsonOption = False) -> None:
    """List the documents with kind, year, review state and number of statements."""
    from fmqa.corpus import loading as corpora  # noqa: PLC0415

    documents = corpora.load(corpus or read_settings().corpus).documents
    if as_json:
        sys.stdout.write(json.dumps([_listed(document) for document in documents], indent=2) + "\n")
        return
    rows = [
        (
            document.id,
            document.metadata.kind,
            str(document.metadata.year or ""),
            document.review_state,
            str(len(document.statements)),
            document.metadata.superseded_by or "",
        )
        for document in documents
    ]
    terminal = Terminal()
    terminal.table(("document", "kind", "year", "review", "statements", "superseded by"), rows)
    statements = sum(len(document.statements) for document in documents)
    Terminal(stderr=True).say(f"{len(documents)} documents, {statements} statements")
