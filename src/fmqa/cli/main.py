"""The command line: this module puts the groups of commands together; each command parses, makes one call, and prints.

What takes long to import is imported by the command that needs it, so that help and errors come at once.
"""

import io
import sys
from typing import Annotated

import typer

from fmqa import __version__
from fmqa.cli import asking, doctor, evaluation, keys, programs, starting
from fmqa.cli.environment import EXAMPLE
from fmqa.cli.library import corpus, index
from fmqa.cli.stored import answers, conversations, database, feedback
from fmqa.cli.terminal import Terminal
from fmqa.errors import FmqaError

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Grounded, cited, graded answers to follow-up questions on medical articles and guidelines, offline.",
    epilog=f'Example: `fmqa ask "{EXAMPLE}"`. Settings are environment variables FMQA_…; the README lists them.',
)
for commands in (asking, starting, doctor, programs):
    app.add_typer(commands.app)
app.add_typer(conversations.app, name="conversations")
app.add_typer(index.app, name="index")
app.add_typer(corpus.app, name="corpus")
app.add_typer(answers.app, name="answers")
app.add_typer(evaluation.app, name="eval")
app.add_typer(database.app, name="database")
app.add_typer(feedback.app, name="feedback")
app.add_typer(keys.app, name="keys")


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


if __name__ == "__main__":
    sys.exit(main())
