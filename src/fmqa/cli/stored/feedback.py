"""The commands for what readers said of answers."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmqa.cli.environment import JsonOption, read_settings
from fmqa.cli.terminal import Terminal, json_of
from fmqa.errors import Unavailable

if TYPE_CHECKING:
    from fmqa.store.feedback import DatedFeedback

app = typer.Typer(no_args_is_help=True, help="Read what readers say of answers; it holds no question.")


@app.command("list", epilog="Example: `fmqa feedback list`")
def feedback_list(as_json: JsonOption = False) -> None:
    """List all feedback, oldest first: when, on which answer, and what was said."""
    given = _feedback()
    if as_json:
        sys.stdout.write(json_of(given))
        return
    rows = [(f"{each.created:%Y-%m-%d %H:%M}", each.kind, each.answer_id, _one_line(each.comment)) for each in given]
    Terminal().table(("time (UTC)", "kind", "answer", "comment"), rows)
    Terminal(stderr=True).say(f"{len(rows)} entries")


@app.command("export", epilog="Example: `fmqa feedback export feedback.jsonl`")
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
    settings = read_settings()
    from fmqa.store import feedback  # noqa: PLC0415
    from fmqa.store.conversations import Conversations  # noqa: PLC0415

    conversations = Conversations(settings.database, keep_days=settings.conversation_days)
    try:
        return list(feedback.every(conversations))
    finally:
        conversations.close()


def _one_line(text: str) -> str:
    return " ".join(text.split())
