"""The command line: each command parses, makes one call, and prints.

What takes long to import is imported by the command that needs it, so that help and errors come at once.
"""

import datetime
import io
import os
import socket
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from fmqa import __version__
from fmqa.cli import keys
from fmqa.cli.terminal import Terminal
from fmqa.errors import BadCorpus, BadFile, BadQuestion, BadSettings, FmqaError, GateBroken, IndexUnusable, Unavailable
from fmqa.evaluation.everyday.turns import FOLDER, Part
from fmqa.evaluation.topics import Split
from fmqa.settings import Settings
from fmqa.types import Audience, DocumentKind, Record, ReviewState

if TYPE_CHECKING:
    from fmqa.adding.ingestion import Result
    from fmqa.assistant import Assistant
    from fmqa.index.changes import Changes
    from fmqa.store.feedback import DatedFeedback

_TOLD_EACH = 20  # documents up to which it is said of each what it does not state
EXAMPLE = "What evidence level does EULAR give exercise?"

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Grounded, cited, graded answers to follow-up questions on medical articles and guidelines, offline.",
    epilog=f'Example: `fmqa ask "{EXAMPLE}"`. Settings are environment variables FMQA_…; the README lists them.',
)
index_commands = typer.Typer(no_args_is_help=True, help="Build and check the index that answers come from.")
corpus_commands = typer.Typer(
    no_args_is_help=True, help="Add to, check and list the corpus that the index is built from."
)
eval_commands = typer.Typer(no_args_is_help=True, help="Run the benchmark, compare two runs, freeze edited topics.")
feedback_commands = typer.Typer(no_args_is_help=True, help="Read what readers say of answers; it holds no question.")
app.add_typer(index_commands, name="index")
app.add_typer(corpus_commands, name="corpus")
app.add_typer(eval_commands, name="eval")
app.add_typer(feedback_commands, name="feedback")
app.add_typer(keys.app, name="keys")

AudienceOption = Annotated[Audience, typer.Option(help="Who reads the answer: the facts are the same, not the words.")]
ConversationOption = Annotated[
    str | None, typer.Option("--conversation", metavar="ID", help="Go on with this conversation.")
]
DocumentOption = Annotated[
    str | None, typer.Option("--document", metavar="ID", help="Start from this document; else from the corpus's own.")
]
WordsOption = Annotated[
    int | None, typer.Option("--max-words", min=60, max=1000, help="Longest answer, in words; else FMQA_MAX_WORDS.")
]
CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", metavar="FOLDER", help="Folder of the corpus; else FMQA_CORPUS.")
]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code, which follows sysexits.h; this is the script ``fmqa``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a pipe of another encoding gets "?" and not an error
            stream.reconfigure(errors="replace")
    try:
        app(arguments, prog_name="fmqa", standalone_mode=True)
    except FmqaError as error:
        sys.stderr.write(f"fmqa: {error.title}: {error}\n")
        return error.exit_code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _print_version(wanted: bool) -> None:
    if wanted:
        Terminal().say(f"fmqa {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and stop.")
    ] = False,
) -> None:
    del version


@app.command(
    epilog=f'Examples: `fmqa ask "{EXAMPLE}"`; '
    '`fmqa ask --audience patient --max-words 80 "Is LDN safe with tramadol?"`; '
    '`fmqa ask --json "and CBT?" --conversation ID`'
)
def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotation marks.")],
    audience: AudienceOption = Audience.CLINICIAN,
    conversation: ConversationOption = None,
    document: DocumentOption = None,
    max_words: WordsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
) -> None:
    """Answer one question."""
    assistant = _open_assistant()
    try:
        answer = assistant.ask(
            question, conversation_id=conversation, audience=audience, max_words=max_words, document=document
        )
    finally:
        assistant.close()
    if as_json:
        sys.stdout.write(answer.model_dump_json(indent=2) + "\n")
        return
    terminal = Terminal()
    terminal.answer(answer)
    terminal.say(f'Follow up with: fmqa ask --conversation {answer.conversation_id} "…"', "dim")


@app.command(
    epilog="Examples: `fmqa chat`; `fmqa chat --audience patient`; `fmqa chat --document ID`; "
    "`fmqa chat --conversation ID`"
)
def chat(
    audience: AudienceOption = Audience.CLINICIAN,
    conversation: ConversationOption = None,
    document: DocumentOption = None,
    max_words: WordsOption = None,
) -> None:
    """Hold a conversation: one question a line; /quit or Ctrl-D ends it."""
    terminal, errors = Terminal(), Terminal(stderr=True)
    assistant = _open_assistant()
    try:
        if conversation is not None:
            assistant.conversations.turns(conversation)  # an unknown one is refused before a question is typed
        terminal.say("Ask a question; /quit or Ctrl-D ends the conversation.", "dim")
        while (question := _read_question()) is not None:
            try:
                answer = assistant.ask(
                    question, conversation_id=conversation, audience=audience, max_words=max_words, document=document
                )
            except BadQuestion as error:
                errors.say(f"{error.title}: {error}", "red")
                continue
            if conversation is None:
                terminal.say(f"Conversation {answer.conversation_id}", "dim")
            conversation = answer.conversation_id
            if answer.interpreted_question != question:
                terminal.say(f"Read as: {answer.interpreted_question}", "dim")
            terminal.answer(answer)
    finally:
        assistant.close()
    if conversation is not None:
        terminal.say(f"Go on with: fmqa chat --conversation {conversation}", "dim")


def _read_question() -> str | None:
    """Return the next question that is not empty; None at the end."""
    while True:
        try:
            line = input("? " if sys.stdin.isatty() else "").strip()
        except EOFError:
            return None
        if line == "/quit":
            return None
        if line:
            return line


@app.command(
    epilog="Examples: `fmqa serve`; `FMQA_KEYS=keys FMQA_HOSTS=fmqa.example fmqa serve --host 0.0.0.0 --workers 2`"
)
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else FMQA_HOST.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on; else FMQA_PORT.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer behind the one address.")] = 1,
    allow_anonymous: Annotated[
        bool, typer.Option("--allow-anonymous", help="Let everybody who reaches the address ask without a key.")
    ] = False,
    fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Serve the HTTP interface until Ctrl-C or SIGTERM, which let those be answered who were admitted.

    On an address that others can reach it wants keys: see `fmqa keys`.
    """
    from fmqa.cli import serving  # noqa: PLC0415
    from fmqa.web import gate, logs  # noqa: PLC0415

    settings = _settings()
    changed = {"host": host, "port": port, "allow_anonymous": allow_anonymous or None}
    settings = settings.model_copy(update={name: value for name, value in changed.items() if value is not None})
    warning = gate.warning_of(settings)
    logs.set_up(settings.log)
    if fd is not None or workers == 1:
        from fmqa.assistant import Assistant  # noqa: PLC0415
        from fmqa.web.api import create_app  # noqa: PLC0415

        application = create_app(Assistant.open(settings))  # what is wrong is said before the port opens
    listening = serving.listen(settings.host, settings.port) if fd is None else socket.socket(fileno=fd)
    if fd is None:
        _say_where(settings, warning)
    if fd is None and workers > 1:
        options = ["--host", settings.host, "--port", str(settings.port)]
        options += ["--allow-anonymous"] if settings.allow_anonymous else []
        code = serving.run_workers(listening, workers, options)
        if code:
            raise typer.Exit(code)
        return
    server = serving.Server(
        serving.config_of(application), application.state.line, parent=None if fd is None else os.getppid()
    )
    server.run(sockets=[listening])


def _say_where(settings: Settings, warning: str | None) -> None:
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{shown}:{settings.port}"
    terminal = Terminal()
    terminal.say(f"fmqa {__version__} listens on {address} – open it in a browser, or ask from a program:")
    key = "-H 'Authorization: Bearer KEY' " if settings.keys else ""
    terminal.say(
        f"curl -s {address}/v1/ask {key}-H 'Content-Type: application/json' -d '{{\"question\": \"{EXAMPLE}\"}}'"
    )
    if warning is not None:
        Terminal(stderr=True).say(f"Warning: {warning}", "yellow")
    sys.stdout.flush()


@index_commands.command("build", epilog="Example: `FMQA_CORPUS=~/corpus FMQA_INDEX=~/index fmqa index build`")
def index_build() -> None:
    """Build a new generation if corpus, settings or encoder changed; otherwise do nothing."""
    settings = _settings()
    from fmqa.building import build_index  # noqa: PLC0415

    with Terminal(stderr=True).progress() as progress:
        report = build_index(settings, progress)
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
            more = f" and {len(found) - _TOLD_EACH} more" if len(found) > _TOLD_EACH else ""
            terminal.say(f"{name.replace('_', ' ')}: {len(found)}")
            terminal.say("; ".join(found[:_TOLD_EACH]) + more, "dim", indent=2)


@index_commands.command("status", epilog="Example: `fmqa index status`")
def index_status() -> None:
    """Say which generation answers now, and what it was built from."""
    settings = _settings()
    from fmqa.index import reading  # noqa: PLC0415

    status = reading.status(settings.index)
    if status.state != "usable":
        raise IndexUnusable(status.problem)
    _print_fields(status)


@index_commands.command("rollback", epilog="Examples: `fmqa index rollback`; `fmqa index rollback 0123456789abcdef`")
def index_rollback(
    generation: Annotated[
        str | None, typer.Argument(metavar="GENERATION", help="Which one; else the one that was in use before.")
    ] = None,
) -> None:
    """Put an earlier generation in use again, if it verifies; a running service changes over by itself."""
    settings = _settings()
    from fmqa.index import generations  # noqa: PLC0415

    name = generations.rollback(settings.index, generation, settings.lock_seconds)
    Terminal().say(f"Generation {name} is in use; the next 'fmqa index build' of a changed corpus replaces it")


@index_commands.command("verify", epilog="Example: `fmqa index verify && fmqa serve`")
def index_verify() -> None:
    """Check every file of the current generation against its manifest."""
    settings = _settings()
    from fmqa.index import reading  # noqa: PLC0415

    _print_fields(reading.verify(settings.index))


def _print_fields(record: Record) -> None:
    rows = [(name, _shown(value)) for name, value in record.model_dump(exclude_defaults=True).items()]
    Terminal().table(("field", "value"), rows)


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@corpus_commands.command("new", epilog="Example: `fmqa corpus new asthma && fmqa corpus add --corpus asthma papers/`")
def corpus_new(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new or empty folder.")]) -> None:
    """Make a corpus without a document: folders, and a pack of your field whose every key is explained."""
    from fmqa.corpus import making  # noqa: PLC0415

    made = making.make(folder)
    Terminal().say(
        f"made {folder} with {', '.join(made)}, which may stay as they are; add documents with "
        f"'fmqa corpus add --corpus {folder} FILE', then 'fmqa index build' with FMQA_CORPUS={folder}"
    )


@corpus_commands.command("check", epilog="Examples: `fmqa corpus check`; `fmqa corpus check --corpus drafts`")
def corpus_check(corpus: CorpusOption = None) -> None:
    """Check every document against the rules, each fault with file and line, and the signs of danger."""
    from fmqa.corpus import loading as corpora  # noqa: PLC0415
    from fmqa.danger import checks  # noqa: PLC0415

    folder = corpus or _settings().corpus
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
    terminal.say(f"{folder} keeps every rule" + (f"; {len(faults)} advisory notes" if faults else ""))


@corpus_commands.command(
    "add",
    epilog="Examples: `fmqa corpus add guideline.pdf --organisation WHO --year 2025`; `fmqa corpus add papers/`; "
    "`fmqa corpus add label.xml --kind label && fmqa index build`",
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
    from fmqa.adding import about, ingestion, workers  # noqa: PLC0415
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
    limits = workers.Limits(seconds=seconds, megabytes=megabytes)
    folder = corpus or _settings().corpus
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
        metadata, origin = done.document.metadata, done.document.metadata.origin
        parts = [f"{len(done.document.sections)} blocks", f"{len(done.document.statements)} statements"]
        if origin is not None:
            parts.append(f"{origin.compared} numbers and signs compared, {len(origin.differences)} places differ")
        terminal.say(f"{'replaced' if done.replaced else 'added'} {metadata.id} ({metadata.kind}): {', '.join(parts)}")
        if origin is None:
            continue
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
        wanted = ("year", "doi", "licence") if origin.journal else ("organisation", "year", "licence")
        missing = [name for name in wanted if getattr(metadata, name) in (None, "not stated")]
        if missing and len(result.added) <= _TOLD_EACH:
            terminal.say(f"not stated: {', '.join(missing)}", "dim", indent=2)
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


@corpus_commands.command("remove", epilog="Example: `fmqa corpus remove pmid-22441635 && fmqa index build`")
def corpus_remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of added documents.")],
    corpus: CorpusOption = None,
) -> None:
    """Remove added documents; documents of our own are Markdown files, removed as files are."""
    from fmqa.corpus import added  # noqa: PLC0415

    terminal = Terminal()
    for removed in added.remove(corpus or _settings().corpus, ids):
        terminal.say(f"removed {removed.id}: {removed.metadata.title}")


@corpus_commands.command(
    "show", epilog="Example: `fmqa corpus show eular-2017`; `fmqa corpus show pmid-22441635 --text`"
)
def corpus_show(
    document_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a document.")],
    corpus: CorpusOption = None,
    text: Annotated[bool, typer.Option("--text", help="Print its canonical text too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole record as JSON.")] = False,
) -> None:
    """Show what is known of a document: metadata, origin, review, statements; what is not stated is said so."""
    from fmqa.corpus import loading as corpora  # noqa: PLC0415

    document = corpora.document(corpus or _settings().corpus, document_id)
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
    return "not stated" if value in (None, (), "") else _shown(value)


@corpus_commands.command(
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
    document = ingestion.review(corpus or _settings().corpus, document_id, state, reviewer, day)
    Terminal().say(f"{document.id} is {document.review_state} (text {document.sha256[:12]})")


@corpus_commands.command("list", epilog="Example: `fmqa corpus list`")
def corpus_list(corpus: CorpusOption = None) -> None:
    """List the documents with kind, year, review state and number of statements."""
    from fmqa.corpus import loading as corpora  # noqa: PLC0415

    documents = corpora.load(corpus or _settings().corpus).documents
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


TopicsOption = Annotated[Path, typer.Option("--topics", metavar="FOLDER", help="Folder of the topics.")]


@eval_commands.command(
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
    settings = _settings()
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


@eval_commands.command(
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
    settings = _settings()
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


@eval_commands.command(
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


@eval_commands.command("freeze", epilog="Example: `fmqa eval freeze` after topics or corpus were edited")
def eval_freeze(topics: TopicsOption = Path("eval/topics")) -> None:
    """Place the gold spans anew, check every topic, and write the manifest."""
    manifest = _evaluation().frozen(topics, _settings().corpus)
    Terminal().say(f"{len(manifest.files)} files frozen, with gold in {len(manifest.documents)} documents")


def _evaluation(name: str = "run") -> ModuleType:
    """Return a module of the benchmark, which needs libraries that asking does not.

    Raises: Unavailable that names the command which installs them.
    """
    try:
        return import_module(f"fmqa.evaluation.{name}")
    except ModuleNotFoundError as error:
        raise Unavailable(f"the benchmark needs {error.name}: pip install 'fmqa[eval]'") from error


@feedback_commands.command("list", epilog="Example: `fmqa feedback list`")
def feedback_list() -> None:
    """List all feedback, oldest first: when, on which answer, and what was said."""
    given = _feedback()
    rows = [(f"{each.created:%Y-%m-%d %H:%M}", each.kind, each.answer_id, _one_line(each.comment)) for each in given]
    Terminal().table(("time (UTC)", "kind", "answer", "comment"), rows)
    Terminal(stderr=True).say(f"{len(rows)} entries")


@feedback_commands.command("export", epilog="Example: `fmqa feedback export feedback.jsonl`")
def feedback_export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write; JSON, one entry a line.")],
) -> None:
    """Write all feedback to a file, with what each answer said and the generation that it came from."""
    given = _feedback()
    try:
        file.write_text("".join(each.model_dump_json() + "\n" for each in given), encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{file} cannot be written ({error.strerror}); name another file") from error
    Terminal(stderr=True).say(f"{len(given)} entries in {file}")


def _feedback() -> "list[DatedFeedback]":
    settings = _settings()
    from fmqa.store import feedback  # noqa: PLC0415
    from fmqa.store.conversations import Conversations  # noqa: PLC0415

    conversations = Conversations(settings.database, keep_days=settings.conversation_days)
    try:
        return list(feedback.every(conversations))
    finally:
        conversations.close()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _open_assistant() -> "Assistant":
    settings = _settings()
    from fmqa.assistant import Assistant  # noqa: PLC0415

    return Assistant.open(settings)


def _settings() -> Settings:
    """Return the settings of the environment.

    Raises: BadSettings that names every variable with a wrong value, or that no setting has: a misspelt FMQA_DATABASE
        would otherwise put questions where nobody looks for them.
    """
    known = {f"FMQA_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.upper().startswith("FMQA_") and name.upper() not in known)
    if unknown:
        raise BadSettings(f"there is no setting {', '.join(unknown)}; the README lists them")
    try:
        return Settings()
    except ValidationError as error:
        wrong = (f"FMQA_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        raise BadSettings("; ".join(wrong)) from None


if __name__ == "__main__":
    sys.exit(main())
