"""The commands that speak to other programs: tools for models and agents, recommendations for record systems."""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from fmqa.cli.environment import open_assistant
from fmqa.errors import Unavailable

app = typer.Typer()
FHIR_EXAMPLES = "Examples: `fmqa corpus fhir eular-2017`; `fmqa corpus fhir eular-2017 --out eular-2017.json`"


@app.command(
    epilog='Example: `{"mcpServers": {"fmqa": {"command": "fmqa", "args": ["mcp"]}}}` in the client\'s settings'
)
def mcp() -> None:
    """Answer the Model Context Protocol on standard input and output until the input ends.

    A running service has the same tools at /mcp.
    """
    if find_spec("mcp") is None:
        raise Unavailable("the Model Context Protocol needs a library more: pip install 'fmqa[mcp]'")
    assistant = open_assistant()
    from fmqa.web.mcp.endpoint import serve_stdio  # noqa: PLC0415 - an extra

    try:
        serve_stdio(assistant)
    finally:
        assistant.close()


def corpus_fhir(
    document: Annotated[str, typer.Argument(metavar="ID", help="Which document; 'fmqa corpus list' shows all.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write; else standard output.")
    ] = None,
) -> None:
    """Print a document's recommendations and their grades as a FHIR R5 bundle (EBMonFHIR)."""
    assistant = open_assistant()
    from fmqa.web.exchange import fhir  # noqa: PLC0415

    try:
        bundle = fhir.bundle(assistant.index.document(document), assistant.index.vocabulary) + "\n"
    finally:
        assistant.close()
    if out is None:
        sys.stdout.write(bundle)
        return
    try:
        out.write_text(bundle, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{out} cannot be written ({error.strerror}); name another file") from error
