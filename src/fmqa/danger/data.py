"""Reads the YAML files of this folder into records; each file is read once."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from fmqa.errors import BadCorpus

_T = TypeVar("_T")
FOLDER: Traversable = files("fmqa.danger")


def load(file: Traversable, kind: type[_T] | Any) -> _T:
    """Return what a YAML file holds, as a record or as records.

    Args:
        file: A file of this folder.
        kind: The type to be read; a field that it does not have is an error.

    Raises: BadCorpus naming the file and each field that is wrong.
    """
    # Imported here: most messages are read long after the program has started.
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415

    try:
        found: _T = TypeAdapter(kind).validate_python(YAML(typ="safe").load(file.read_text(encoding="utf-8")))
    except YAMLError as error:
        raise BadCorpus(f"{file.name}: not readable as YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise BadCorpus(f"{file.name}: {faults}") from error
    return found


@cache
def of_folder(name: str, kind: type[_T]) -> tuple[_T, ...]:
    """Return the records of all YAML files of a folder beside this module, in the order of their names."""
    found = sorted((file for file in (FOLDER / name).iterdir() if file.name.endswith(".yaml")), key=lambda f: f.name)
    return tuple(load(file, kind) for file in found)
