"""The commands for the keys of those who may ask."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from fmqa.cli.environment import JsonOption, read_settings
from fmqa.cli.terminal import Terminal
from fmqa.errors import BadSettings
from fmqa.guard import keys
from fmqa.guard.keys import Scope

app = typer.Typer(no_args_is_help=True, help="Make, list and remove the keys of those who may ask.")
NameArgument = Annotated[str, typer.Argument(help="Whose key it is: a ward, a person, a program.")]
FileOption = Annotated[Path | None, typer.Option("--file", metavar="FILE", help="File of the keys; else FMQA_KEYS.")]


@app.command("new", epilog="Examples: `fmqa keys new ward-3`; `fmqa keys new monitor --scope admin`")
def new(
    name: NameArgument,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What it may do; can be given several times. Without: ask and read.")
    ] = None,
    file: FileOption = None,
) -> None:
    """Make a key and print it, once: only its hash is kept."""
    scopes = frozenset(scope or (Scope.ASK, Scope.READ))
    typer.echo(keys.new(_file(file), name, scopes))
    Terminal(stderr=True).say(f"This is the key of {name} ({', '.join(sorted(scopes))}); it is not shown again.")


@app.command("list", epilog="Example: `fmqa keys list`")
def list_keys(file: FileOption = None, as_json: JsonOption = False) -> None:
    """List the keys: name, scopes, day of making."""
    if as_json:
        shown = (key.model_dump(mode="json", exclude={"sha256"}) for key in keys.read(_file(file)))
        sys.stdout.write(json.dumps(list(shown), indent=2) + "\n")
        return
    rows = [(key.name, ", ".join(sorted(key.scopes)), str(key.created)) for key in keys.read(_file(file))]
    Terminal().table(("name", "scopes", "made"), rows)


@app.command("remove", epilog="Example: `fmqa keys remove ward-3`")
def remove(name: NameArgument, file: FileOption = None) -> None:
    """Remove a key; a running service refuses it at once. Its conversations are kept until they expire."""
    keys.remove(_file(file), name)
    Terminal(stderr=True).say(f"removed {name}")


def _file(given: Path | None) -> Path:
    file = given or read_settings().keys
    if file is None:
        raise BadSettings("say where the keys are kept: set FMQA_KEYS, or give --file")
    return file
