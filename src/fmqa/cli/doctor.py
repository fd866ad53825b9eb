"""The command that looks whether everything that fmqa needs is there and in order."""

import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from shutil import disk_usage
from typing import Final, NamedTuple

import typer

from fmqa import __version__
from fmqa.cli.environment import JsonOption, read_settings
from fmqa.cli.terminal import Terminal
from fmqa.errors import BadSettings, FmqaError
from fmqa.settings import Settings, in_checkout

app = typer.Typer()
FAULTY: Final = 78
"""Exit code where something is not in order: sysexits.h's "configuration error"."""
_LEAST_ROOM: Final = 200 * 1024 * 1024
"""Bytes that a new index and the conversations of a while need."""
_NAME: Final = re.compile(r"[\w.-]+")
_STYLES: Final = {"ok": "", "warning": "yellow", "fault": "bold red"}


class State(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


class Finding(NamedTuple):
    """What was found of one thing, and what to do if it is not in order."""

    subject: str
    state: State
    text: str


@app.command(epilog="Examples: `fmqa doctor`; `fmqa doctor --json`")
def doctor(as_json: JsonOption = False) -> None:
    """Look whether libraries, encoder, corpus, index, database, port and permissions are in order.

    Nothing is changed but that the corpus of a fresh installation is laid out. The exit code is 78 if there is a fault.
    """
    found = list(_findings())
    if as_json:
        sys.stdout.write(json.dumps([each._asdict() for each in found], indent=2) + "\n")
    else:
        terminal = Terminal()
        for each in found:
            terminal.say(f"{each.state:<8} {each.subject}: {each.text}", _STYLES[each.state])
    if any(each.state is State.FAULT for each in found):
        raise typer.Exit(FAULTY)


def _findings() -> Iterator[Finding]:
    yield _program()
    yield _libraries()
    yield _encoder()
    try:
        settings = read_settings()
    except FmqaError as error:
        yield Finding("settings", State.FAULT, str(error))
        return
    yield Finding("settings", State.OK, f"home {settings.home}")
    for subject, look in _LOOKS.items():
        try:
            state, text = look(settings)
        except (FmqaError, OSError) as error:
            state, text = State.FAULT, str(error)
        yield Finding(subject, state, text)


def _program() -> Finding:
    python = ".".join(map(str, sys.version_info[:3]))
    where = "from its source" if in_checkout() else "as a package"
    state = State.OK if sys.version_info >= (3, 11) else State.FAULT
    return Finding("program", state, f"fmqa {__version__} {where}, Python {python} on {sys.platform}")


def _libraries() -> Finding:
    try:
        asked = [each for each in metadata.requires("fmqa") or () if "extra ==" not in each]
    except metadata.PackageNotFoundError:
        return Finding(
            "libraries", State.WARNING, "fmqa is not installed, so what it needs is not known: pip install ."
        )
    names = [_NAME.match(each)[0] for each in asked if not _is_elsewhere(each)]  # type: ignore[index]
    missing = [name for name in names if not _has(name)]
    if missing:
        return Finding("libraries", State.FAULT, f"{', '.join(missing)} missing: pip install --force-reinstall fmqa")
    extra = "; torch too, which other encoders need" if _has("torch") else ""
    return Finding("libraries", State.OK, f"all {len(names)} are there{extra}")


def _is_elsewhere(requirement: str) -> bool:
    """Return whether a requirement is for other systems than this one."""
    return "win32" in requirement and sys.platform == "win32"


def _has(library: str) -> bool:
    try:
        metadata.version(library)
    except metadata.PackageNotFoundError:
        return False
    return True


def _encoder() -> Finding:
    from fmqa.index import encoders  # noqa: PLC0415

    for name, wanted in encoders.SHIPPED_SHA256.items():
        path = encoders.SHIPPED_FOLDER / name
        if not path.is_file() and name.startswith(encoders.REFERENCE_FOLDER):
            continue  # a wheel leaves it out
        if not path.is_file() or sha256(path.read_bytes()).hexdigest() != wanted:
            return Finding("encoder", State.FAULT, f"{path} is not the published file: install fmqa again")
    return Finding("encoder", State.OK, "its files have the published SHA-256")


def _corpus(settings: Settings) -> tuple[State, str]:
    from fmqa.corpus import loading  # noqa: PLC0415

    loaded = loading.load(settings.corpus)
    writable = os.access(settings.corpus, os.W_OK)
    text = f"{len(loaded.documents)} documents in {settings.corpus}"
    return (State.OK, text) if writable else (State.WARNING, f"{text}, which cannot be written: nothing can be added")


def _index(settings: Settings) -> tuple[State, str]:
    from fmqa.index import reading  # noqa: PLC0415

    status = reading.status(settings.index)
    if status.state != "usable":
        return State.FAULT, status.problem
    text = f"generation {status.generation} verifies: {status.passages} passages of {status.documents} documents"
    if not os.access(settings.index, os.W_OK):
        return State.WARNING, f"{text}; {settings.index} cannot be written, so no other can be built"
    return State.OK, text


def _database(settings: Settings) -> tuple[State, str]:
    from fmqa.store.conversations import Conversations  # noqa: PLC0415
    from fmqa.store.database import file_of  # noqa: PLC0415

    name = settings.database.removeprefix("sqlite:///")
    if settings.database.startswith("sqlite:///") and name and not Path(name).exists():
        folder = next(parent for parent in Path(name).absolute().parents if parent.exists())
        if os.access(folder, os.W_OK):
            return State.OK, f"{name} is made with the first question"
        return State.FAULT, f"{folder} cannot be written: set FMQA_DATABASE"
    conversations = Conversations(settings.database, keep_days=settings.conversation_days)
    try:
        conversations.check()
        file = file_of(conversations.engine)
    finally:
        conversations.close()
    if file is not None and os.name == "posix" and file.stat().st_mode & 0o077:
        return State.WARNING, f"others on this machine can open {file}: chmod 600 it"
    return State.OK, "it opens, and only its owner can read it" if file is not None else "it opens"


def _port(settings: Settings) -> tuple[State, str]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return State.WARNING, f"{settings.host}:{settings.port} cannot be had now ({error.strerror}): set FMQA_PORT"
    return State.OK, f"{settings.host}:{settings.port} is free"


def _access(settings: Settings) -> tuple[State, str]:
    from fmqa.web import gate  # noqa: PLC0415

    warning = gate.warning_of(settings)
    if settings.keys is not None:
        from fmqa.guard import keys  # noqa: PLC0415

        text = f"{len(keys.read(settings.keys))} keys in {settings.keys}"
    else:
        text = "this machine only" if warning is None else "everybody"
    return (State.OK, text) if warning is None else (State.WARNING, warning)


def _room(settings: Settings) -> tuple[State, str]:
    index = settings.index.absolute()
    free = disk_usage(next(folder for folder in (index, *index.parents) if folder.exists())).free
    state = State.OK if free >= _LEAST_ROOM else State.WARNING
    return state, f"{free / 1e9:.1f} GB are free beside the index"


def _model(settings: Settings) -> tuple[State, str]:
    if settings.llm_url is None:
        return State.OK, "none is set up, and none is needed"
    from fmqa.phrasing.endpoint import LanguageModel  # noqa: PLC0415

    model = LanguageModel(settings)
    try:
        model.complete("Reply with the word ready.", "Are you ready?", model.deadline(), 5)
    except BadSettings:
        raise
    except FmqaError as error:
        return State.WARNING, f"{settings.llm_model} at {settings.llm_url}: {error}; answers are made without it"
    return State.OK, f"{settings.llm_model} at {settings.llm_url} answers"


_LOOKS: Final[dict[str, Callable[[Settings], tuple[State, str]]]] = {
    "corpus": _corpus,
    "index": _index,
    "database": _database,
    "port": _port,
    "access": _access,
    "room": _room,
    "language model": _model,
}
