"""What code an index rests on: reached through imports, and by meaning."""

from pathlib import Path

import pytest

from fmqa.index import code_key


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A small package in the place of fmqa: ``line`` imports ``stage``, ``page`` imports ``line``."""
    folder = tmp_path / "fmqa"
    (folder / "inner").mkdir(parents=True)
    (folder / "line.py").write_text('"""The line."""\nfrom fmqa.inner import stage\n\nX = stage.Y\n')
    (folder / "inner" / "stage.py").write_text("Y = 1\n")
    (folder / "page.py").write_text("from fmqa.line import X\n\nPAGE = X\n")
    return folder


def key(package: Path) -> str:
    return code_key.code_sha256("fmqa.line", package=package)


def test_only_what_is_reached_counts(package: Path) -> None:
    assert {path.name for path in code_key.reached("fmqa.line", package=package)} == {"line.py", "stage.py"}
    before = key(package)
    (package / "page.py").write_text("from fmqa.line import X\n\nPAGE = X + 1\n")
    assert key(package) == before
    (package / "inner" / "stage.py").write_text("Y = 2\n")
    assert key(package) != before


def test_comments_docstrings_and_places_do_not_count(package: Path) -> None:
    before = key(package)
    (package / "inner" / "stage.py").write_text('"""What it says."""\n# why\nY = 1\n')
    assert key(package) == before
    (package / "other").mkdir()
    (package / "inner" / "stage.py").rename(package / "other" / "stage.py")
    (package / "line.py").write_text('"""The line."""\nfrom fmqa.other import stage\n\nX = stage.Y\n')
    assert key(package) == before


def test_data_beside_what_is_reached_counts(package: Path) -> None:
    before = key(package)
    (package / "inner" / "weights.json").write_text("{}")
    assert key(package) != before


def test_an_unknown_module_is_refused() -> None:
    with pytest.raises(ValueError, match="is no module"):
        code_key.code_sha256("fmqa.nothing")


def test_what_an_index_rests_on_holds_no_page_and_no_command() -> None:
    folders = {path.parent.name for path in code_key.reached("fmqa.assistant")}
    assert {"evidence", "question", "answer"} <= folders
    assert not folders & {"web", "cli", "evaluation"}
