"""The command that adds published files, from the file to its removal."""

from pathlib import Path

import pytest

from commands import run


@pytest.fixture
def leaflet(tmp_path: Path) -> Path:
    path = tmp_path / "leaflet.txt"
    path.write_bytes(b"Velaxin 25 mg is taken once daily by adults.\n\nIt is not for children under 12 years.")
    return path


def test_a_file_is_added_shown_reviewed_and_removed(
    capsys: pytest.CaptureFixture[str], corpus_folder: Path, leaflet: Path
) -> None:
    at = ("--corpus", str(corpus_folder))
    code, out, err = run(capsys, "corpus", "add", str(leaflet), "--year", "2020", "--kind", "label", *at)
    assert code == 0
    assert "added leaflet (label): 2 blocks, 1 statements, 4 numbers and signs compared, 0 places differ" in out
    assert "not stated: organisation, licence" in out
    assert "1 documents added" in err
    assert run(capsys, "corpus", "check", *at)[0] == 0
    assert "leaflet\tlabel\t2020\tsubmitted\t1" in run(capsys, "corpus", "list", *at)[1]
    code, out, _ = run(capsys, "corpus", "show", "leaflet", "--text", *at)
    assert code == 0
    assert "year\t2020" in out
    assert "doi\tnot stated" in out
    assert "dosing (0-44): Velaxin 25 mg is taken once daily by adults." in out
    assert "It is not for children under 12 years." in out
    code, out, _ = run(capsys, "corpus", "review", "leaflet", "under review", "--reviewer", "Dr A. Made", *at)
    assert (code, out.startswith("leaflet is under review")) == (0, True)
    assert "unchanged leaflet.txt" in run(capsys, "corpus", "add", str(leaflet), *at)[1]
    assert run(capsys, "corpus", "remove", "leaflet", *at)[0] == 0
    assert run(capsys, "corpus", "show", "leaflet", *at)[0] == 66


def test_a_file_that_cannot_be_added_is_named_and_the_exit_code_says_so(
    capsys: pytest.CaptureFixture[str], corpus_folder: Path, leaflet: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pdf"
    empty.write_bytes(b"")
    code, out, err = run(capsys, "corpus", "add", str(empty), str(leaflet), "--corpus", str(corpus_folder))
    assert code == 65
    assert "refused empty.pdf: it is empty" in out
    assert "added leaflet" in out
    assert "1 of the files" in err
