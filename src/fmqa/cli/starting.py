"""The command that starts the service, in one process or in several."""

import os
import socket
import sys
from typing import Annotated

import typer

from fmqa import __version__
from fmqa.cli.environment import EXAMPLE, build_first, read_settings
from fmqa.cli.terminal import Terminal
from fmqa.settings import Settings

app = typer.Typer()


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

    settings = read_settings()
    changed = {"host": host, "port": port, "allow_anonymous": allow_anonymous or None}
    settings = settings.model_copy(update={name: value for name, value in changed.items() if value is not None})
    warning = gate.warning_of(settings)
    logs.set_up(settings.log)
    build_first(settings)
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
