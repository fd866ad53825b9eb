"""SECURITY.md names a test for each promise: they are there, and every row of both lists of OWASP is answered."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "SECURITY.md").read_text("utf-8")


def test_the_tests_that_the_page_names_are_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) >= 15
    missing = []
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        if not any(isinstance(node, ast.FunctionDef) and node.name == name for node in ast.walk(tree)):
            missing.append(f"{file}::{name}")
    assert missing == []


def test_every_row_of_both_lists_is_answered() -> None:
    rows = re.findall(r"^\| (LLM\d\d|API\d+) [^|]+\| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == [f"LLM{n:02}" for n in range(1, 11)] + [f"API{n}" for n in range(1, 11)]
    assert all(len(answer) > 10 for _, answer in rows)


def test_the_files_that_the_page_names_are_there() -> None:
    files = set(re.findall(r"`((?:deploy|docs)/[\w./-]+|[\w.-]+\.(?:lock|json)|Containerfile)`", PAGE))
    assert len(files) >= 5
    assert [name for name in sorted(files) if not (ROOT / name).exists() and not name.startswith("/")] == []
