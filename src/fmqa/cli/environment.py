"""What several commands begin with: the settings of the environment, and the assistant that they open."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from fmqa.errors import BadSettings
from fmqa.settings import Settings

if TYPE_CHECKING:
    from fmqa.assistant import Assistant

EXAMPLE = "What evidence level does EULAR give exercise?"
CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", metavar="FOLDER", help="Folder of the corpus; else FMQA_CORPUS.")
]


def read_settings() -> Settings:
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


def open_assistant() -> "Assistant":
    """Return the assistant that the settings of the environment describe.

    Raises: BadSettings, and IndexUnusable if there is no index for them.
    """
    settings = read_settings()
    from fmqa.assistant import Assistant  # noqa: PLC0415

    return Assistant.open(settings)
