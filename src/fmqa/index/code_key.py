"""Which of fmqa's own code something rests on: what a module reaches through its imports, by meaning and not by place.

A generation of the index is stale when the code that shaped it has changed. Moving a module to another folder, or
editing a comment or a page, changes no answer; so the key of a module is its syntax tree without docstrings and
imports, and only modules that are reached count.
"""

import ast
import json
from collections.abc import Collection, Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from fmqa.files import file_sha256

PACKAGE: Final = Path(__file__).parent.parent
"""Folder of the package ``fmqa``."""
_DATA: Final = frozenset({".json", ".yaml"})
_NOT_DATA: Final = frozenset({"packaged", "sentence-transformers"})
"""Folders that shape no answer: the corpus that a wheel brings along, and weights that a wheel leaves out."""


class _Module(NamedTuple):
    """What counts of a module: the SHA-256 of what it does, and the dotted names that it may import."""

    meaning: str
    imports: tuple[str, ...]


def code_sha256(*roots: str, package: Path = PACKAGE, within: Collection[str] = (), made: Collection[str] = ()) -> str:
    """Return one SHA-256 over the modules that some modules reach, themselves included, and over the data beside them.

    Args:
        roots: Dotted names, e.g. ``fmqa.index.writing``.
        package: Folder of the package.
        within: Folders of the package that count; none given: all.
        made: Names of data files that do not count, because they are made with this code.

    Raises: ValueError if there is no such module.
    """
    paths = reached(*roots, package=package)
    if within:
        paths = frozenset(path for path in paths if path.relative_to(package).parts[0] in within)
    keys = sorted(_module(path, package).meaning for path in paths)
    files = {file for folder in {path.parent for path in paths} for file in _data(folder) if file.name not in made}
    return sha256(json.dumps([keys, sorted({file_sha256(file) for file in files})]).encode()).hexdigest()


def _data(folder: Path) -> Iterator[Path]:
    """Return the data beside the modules of a folder, also in folders of its own that hold no module."""
    for path in folder.iterdir():
        if path.is_dir() and not any(path.glob("*.py")) and path.name not in _NOT_DATA:
            yield from _data(path)
        elif path.suffix in _DATA:
            yield path


def reached(*roots: str, package: Path = PACKAGE) -> frozenset[Path]:
    """Return the files of the modules of fmqa that some modules import, directly or not, also inside functions.

    Raises: ValueError if there is no such module.
    """
    found: set[Path] = set()
    waiting = [_path(root, package) for root in roots]
    if None in waiting:
        raise ValueError(f"one of {', '.join(roots)} is no module of fmqa")
    while waiting:
        path = waiting.pop()
        if path is None or path in found:
            continue
        found.add(path)
        waiting += [_path(name, package) for name in _module(path, package).imports]
    return frozenset(found)


def _path(module: str, package: Path) -> Path | None:
    """Return the file of a module of fmqa; None where the name is that of a package, or of something in a module."""
    path = package.joinpath(*module.split(".")[1:]).with_suffix(".py")
    return path if path.is_file() else None


def _module(path: Path, package: Path) -> _Module:
    facts = path.stat()
    return _read(path, package.name, facts.st_size, facts.st_mtime_ns)


@lru_cache(maxsize=1024)  # several keys are made of the same modules
def _read(path: Path, package: str, _size: int, _modified_ns: int) -> _Module:
    tree = ast.parse(path.read_text("utf-8"))
    imports = tuple(_imports(tree, package))  # before they are taken out of the tree
    return _Module(_meaning(tree), imports)


def _imports(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield the dotted names below fmqa that a module may import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == package:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == package)


def _meaning(tree: ast.Module) -> str:
    """Return the SHA-256 of a module's syntax tree without imports and without texts that stand by themselves."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [statement for statement in body if _counts(statement)]  # type: ignore[attr-defined]
    return sha256(ast.dump(tree).encode()).hexdigest()


def _counts(statement: ast.stmt) -> bool:
    text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return not text and not isinstance(statement, ast.Import | ast.ImportFrom)
