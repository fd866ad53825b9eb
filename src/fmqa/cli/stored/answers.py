"""The commands for stored answers."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from fmqa.cli.environment import open_assistant
from fmqa.cli.terminal import Terminal

if TYPE_CHECKING:
    from fmqa.answer.standing import Standing
    from fmqa.assistant import Assistant

_CHANGED = 65  # exit code: an answer is no longer what its sources say

app = typer.Typer(no_args_is_help=True, help="Compare stored answers with what their sources say now.")


@app.command(
    "verify",
    epilog="Examples: `fmqa answers verify`; `fmqa answers verify ID`; `fmqa answers verify --json | jq .changes`",
)
def answers_verify(
    answer_ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Which answers; else all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each as JSON, one a line.")] = False,
) -> None:
    """Say of stored answers whether they are still what their sources say, and what changed; no question is shown.

    Ends with exit code 65 if one no longer is.
    """
    assistant = open_assistant()
    try:
        found = _standings(assistant, answer_ids or [])
    finally:
        assistant.close()
    if as_json:
        sys.stdout.write("".join(each.model_dump_json() + "\n" for each in found))
    else:
        _print(found)
    if not all(each.holds for each in found):
        raise typer.Exit(_CHANGED)


def _standings(assistant: "Assistant", answer_ids: list[str]) -> "list[Standing]":
    from fmqa.answer.standing import standing  # noqa: PLC0415

    store, index = assistant.conversations, assistant.index
    stored = map(store.answer, answer_ids) if answer_ids else store.every_answer()
    return [standing(each.answer, index.document, index.generation) for each in stored]


def _print(found: "list[Standing]") -> None:
    terminal = Terminal()
    rows = [
        (each.answer_id, change.kind, f"[{change.source}] {change.document_id}", change.before, change.now or "nothing")
        for each in found
        for change in each.changes
    ]
    if rows:
        terminal.table(("answer", "changed", "source", "before", "now"), rows)
    holding = sum(each.holds for each in found)
    Terminal(stderr=True).say(f"{holding} of {len(found)} stored answers are still what their sources say")
