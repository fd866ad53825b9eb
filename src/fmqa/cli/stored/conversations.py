"""The commands for stored conversations."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from fmqa.cli.environment import JsonOption, read_settings
from fmqa.cli.terminal import Terminal, json_of
from fmqa.errors import NotFound

if TYPE_CHECKING:
    from fmqa.store.conversations import Conversations

app = typer.Typer(no_args_is_help=True, help="List, show and delete the conversations that are stored here.")
_MOST = 1_000_000


@app.command("list", epilog="Examples: `fmqa conversations list`; `fmqa conversations list --limit 5 --json`")
def conversations_list(
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="Most of them.")] = 50, as_json: JsonOption = False
) -> None:
    """List the conversations, last used first; no question is shown."""
    with _opened() as conversations:
        listed = conversations.list(limit=limit)
    if as_json:
        sys.stdout.write(json_of(listed))
        return
    rows = [(c.id, str(c.turns), f"{c.created:%Y-%m-%d %H:%M}", f"{c.last_turn:%Y-%m-%d %H:%M}") for c in listed]
    Terminal().table(("conversation", "turns", "begun (UTC)", "last used (UTC)"), rows)


@app.command("show", epilog="Example: `fmqa conversations show ID`")
def conversations_show(
    conversation_id: Annotated[str, typer.Argument(metavar="ID", help="Which conversation.")],
    as_json: JsonOption = False,
) -> None:
    """Show the questions of a conversation and what was answered, as it was given."""
    with _opened() as conversations:
        turns = conversations.turns(conversation_id)
        stored = conversations.answers(conversation_id)
    if as_json:
        sys.stdout.write(json_of(stored or turns))
        return
    terminal = Terminal()
    for turn in turns if not stored else ():
        terminal.say(f"? {turn.question}", "bold")
    for each in stored:
        terminal.say(f"? {each.question}", "bold")
        terminal.answer(each.answer)
        terminal.say()


@app.command("delete", epilog="Example: `fmqa conversations delete ID`")
def conversations_delete(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Which conversations.")],
) -> None:
    """Delete conversations for good, with their answers and what was said of them; the words are overwritten."""
    unknown = 0
    with _opened() as conversations:
        for conversation_id in ids:
            try:
                conversations.delete(conversation_id)
            except NotFound:
                unknown += 1
    Terminal(stderr=True).say(f"{len(ids) - unknown} deleted")
    if unknown:
        raise NotFound(f"{unknown} of them are not stored here; 'fmqa conversations list' shows those that are")


@contextmanager
def _opened() -> "Iterator[Conversations]":
    settings = read_settings()
    from fmqa.store.conversations import Conversations  # noqa: PLC0415

    conversations = Conversations(settings.database, keep_days=settings.conversation_days)
    try:
        yield conversations
    finally:
        conversations.close()
