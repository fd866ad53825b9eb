"""The commands for the corpus: make, check, list, show, review, remove."""

from pathlib import Path

import pytest

from commands import run


def test_corpus_new_makes_a_corpus_that_check_accepts_and_touches_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "asthma")
    assert run(capsys, "corpus", "new", folder)[0] == 0
    code, out, _ = run(capsys, "corpus", "check", "--corpus", folder)
    assert code == 0
    assert "no document yet" in out
    code, _, err = run(capsys, "corpus", "new", folder)
    assert code == 65
    assert "name a new one" in err


def test_corpus_check_passes_a_good_corpus(capsys: pytest.CaptureFixture[str], corpus_folder: Path) -> None:
    code, out, err = run(capsys, "corpus", "check", "--corpus", str(corpus_folder))
    assert (code, err) == (0, "")
    assert "keeps every rule" in out


def test_corpus_check_names_file_and_line_of_a_fault(capsys: pytest.CaptureFixture[str], corpus_folder: Path) -> None:
    path = corpus_folder / "guidelines" / "eular-2017.md"
    source = path.read_text("utf-8").replace("interventions: [exercise]", "interventions: [exorcise]")
    path.write_text(source, "utf-8")
    line = next(n for n, text in enumerate(source.split("\n"), start=1) if "exorcise" in text)
    code, out, err = run(capsys, "corpus", "check", "--corpus", str(corpus_folder))
    assert code == 65
    assert f"{path}:{line}: " in out
    assert err.startswith("fmqa: The corpus has faults: 1 ")


def test_wordings_are_read_by_the_verifier_only_where_somebody_asks(
    capsys: pytest.CaptureFixture[str], corpus_folder: Path
) -> None:
    path = corpus_folder / "guidelines" / "eular-2017.md"
    source = path.read_text("utf-8")
    assert run(capsys, "corpus", "check", "--wordings", "--corpus", str(corpus_folder))[1].count("plain-doubt") == 0
    turned = source.replace("plain: EULAR strongly recommends", "plain: EULAR strongly advises against")
    assert turned != source
    path.write_text(turned, "utf-8")
    code, out, _ = run(capsys, "corpus", "check", "--corpus", str(corpus_folder))
    assert (code, out.count("plain-doubt")) == (0, 0)
    code, out, _ = run(capsys, "corpus", "check", "--wordings", "--corpus", str(corpus_folder))
    assert (code, out.count("plain-doubt")) == (0, 1)
    assert f"{path}:" in out
    assert "1 advisory note" in out


def test_corpus_list_shows_kind_review_state_and_statements(
    capsys: pytest.CaptureFixture[str], corpus_folder: Path
) -> None:
    code, out, err = run(capsys, "corpus", "list", "--corpus", str(corpus_folder))
    assert code == 0
    rows = [line.split("\t") for line in out.splitlines()]
    assert ["eular-2017", "guideline", "2017", "submitted", "2", ""] in rows
    assert ["eular-2008", "guideline", "2008", "submitted", "0", "eular-2017"] in rows
    assert err == "3 documents, 3 statements\n"


def test_an_approval_without_a_reviewer_is_refused(capsys: pytest.CaptureFixture[str], corpus_folder: Path) -> None:
    code, _, err = run(capsys, "corpus", "review", "eular-2017", "under review", "--corpus", str(corpus_folder))
    assert code == 65
    assert "--reviewer NAME" in err
