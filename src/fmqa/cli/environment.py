"""What several commands begin with: the settings of the environment, and the assistant that they open.

An installed fmqa brings its corpus and mostly an index along; they are laid out before the first command.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from fmqa import packaged
from fmqa.cli.terminal import Terminal
from fmqa.errors import BadSettings
from fmqa.settings import Settings

if TYPE_CHECKING:
    from fmqa.assistant import Assistant

EXAMPLE = "What evidence level does EULAR give exercise?"
CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", metavar="FOLDER", help="Folder of the corpus; else FMQA_CORPUS.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def read_settings() -> Settings:
    """Return the settings of the environment, once what a wheel brings along lies where they say.

    Raises: BadSettings that names every variable with a wrong value, or that no setting has: a misspelt FMQA_DATABASE
        would otherwise put questions where nobody looks for them.
    """
    known = {f"FMQA_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.upper().startswith("FMQA_") and name.upper() not in known)
    if unknown:
        raise BadSettings(f"there is no setting {', '.join(unknown)}; the README lists them")
    try:
        settings = Settings()
    except ValidationError as error:
        wrong = (f"FMQA_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors())
        raise BadSettings("; ".join(wrong)) from None
    kept = packaged.lay_out(settings)
    if kept:
        Terminal(stderr=True).say(
            f"This release has other texts of {', '.join(kept)} in {settings.corpus}; they were changed here and are "
            "kept. 'fmqa index build' takes up the others.",
            "yellow",
        )
    return settings


def open_assistant() -> "Assistant":
    """Return the assistant that the settings of the environment describe.

    Raises: BadSettings, and IndexUnusable if there is no index for them.
    """
    settings = read_settings()
    build_first(settings)
    from fmqa.assistant import Assistant  # noqa: PLC0415

    return Assistant.open(settings)


def build_first(settings: Settings) -> None:
    """Build the index of fmqa's own corpus if there never was one: the first command after it was installed."""
    if settings.index != settings.home / "index" or settings.corpus != settings.home / "corpus":
        return  # where an index is named, it is for whoever named it to build
    if (settings.index / "current").exists() or not settings.corpus.is_dir():
        return
    from fmqa.building import build_index  # noqa: PLC0415

    errors = Terminal(stderr=True)
    errors.say("There is no index yet: building it, once, takes about a minute.")
    with errors.progress() as progress:
        build_index(settings, progress)
