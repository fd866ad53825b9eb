"""Commands that change the corpus and die half-way: nothing is lost, and what they leave is named and then gone."""

import datetime
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import made
from fmqa import files
from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.corpus import added, loading
from fmqa.errors import Unavailable

TODAY = datetime.date(2026, 11, 24)
REVIEWS = """
import datetime, sys
from pathlib import Path
from fmqa.adding import ingestion
from fmqa.types import ReviewState
folder, day = Path(sys.argv[1]), datetime.date(2026, 11, 24)
print("ready", flush=True)
while True:
    ingestion.review(folder, "eular-2017", ReviewState.UNDER_REVIEW, "Dr A. Name", day)
    ingestion.review(folder, "eular-2017", ReviewState.SUBMITTED, None, day)
"""
ADDS_AND_REMOVES = """
import datetime, sys
from pathlib import Path
from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.corpus import added
folder, files = Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]]
print("ready", flush=True)
while True:
    result = ingestion.add(folder, files, Given(), today=datetime.date(2026, 11, 24))
    ids = [record.document.id for record in added.read(folder)[0]]
    added.remove(folder, ids)
"""
ON_A_FULL_DISK = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
"""


def killed(code: str, arguments: list[str], seconds: float) -> None:
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(seconds)
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_review_on_a_full_disk_says_so_and_leaves_the_source_as_it_was(corpus_folder: Path) -> None:
    source = corpus_folder / "guidelines" / "eular-2017.md"
    before = source.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK + REVIEWS, str(corpus_folder)], capture_output=True, check=False
    )
    assert done.returncode != 0
    assert b"it is as it was" in done.stderr
    assert source.read_bytes() == before
    assert files.unfinished(corpus_folder) == []


def test_adding_and_removing_that_die_leave_nothing_that_the_next_command_does_not_clear(
    corpus_folder: Path, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    contents = {
        "leaflet.txt": made.TEXT.encode(),
        "citations.xml": made.MEDLINE.encode(),
        "page.html": made.HTML.encode(),
    }
    for name, content in contents.items():
        (inbox / name).write_bytes(content)
    paths = [inbox / name for name in contents]
    untouched = {p: p.read_bytes() for p in corpus_folder.rglob("*.md")}
    chance = random.Random(13)  # noqa: S311 - moments to kill at
    for _ in range(4):
        killed(ADDS_AND_REMOVES, [str(corpus_folder), *map(str, paths)], chance.uniform(0, 3))
        faults = added.read(corpus_folder)[1]
        assert faults == ()  # every document is whole
        left = [path for path, _ in added.strays(corpus_folder)]
        named = {fault.path for fault in loading.lint(corpus_folder)}
        assert {path.relative_to(corpus_folder).as_posix() for path in left} <= named
        assert not [fault for fault in loading.lint(corpus_folder) if fault.rule == "original"]
        loading.load(corpus_folder)  # and the corpus can be used as it is
        ingestion.add(corpus_folder, paths, Given(), today=TODAY)
        assert list(added.strays(corpus_folder)) == []
        assert added.cut_short(corpus_folder) == frozenset()
        again = {record.document.metadata.origin.file for record in added.read(corpus_folder)[0]}  # type: ignore[union-attr]
        assert again == set(contents)
    assert {p: p.read_bytes() for p in untouched} == untouched


def test_a_file_of_several_documents_that_was_cut_short_is_taken_up_again(corpus_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "citations.xml"
    second = "Weight rose by 2.5 kg in 40 adults who took Velaxin for a year."
    abstract = f"</ArticleTitle><Abstract><AbstractText>{second}</AbstractText></Abstract></Article>"
    path.write_bytes(made.MEDLINE.replace("</ArticleTitle></Article>", abstract).encode())
    ingestion.add(corpus_folder, [path], Given(), today=TODAY)
    kept, _ = added.read(corpus_folder)
    assert len(kept) > 1
    origin = kept[0].document.metadata.origin
    assert origin is not None
    added.begin(corpus_folder, origin.file_sha256)
    (corpus_folder / kept[0].document.path).unlink()  # as if killed before it was written
    assert "cut-short" in {fault.rule for fault in loading.lint(corpus_folder)}
    result = ingestion.add(corpus_folder, [path], Given(), today=TODAY)
    assert result.unchanged == ()
    assert {r.document.id for r in added.read(corpus_folder)[0]} == {r.document.id for r in kept}
    assert "cut-short" not in {fault.rule for fault in loading.lint(corpus_folder)}


def test_strays_are_named_by_the_check_and_deleted_by_the_next_command(corpus_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "leaflet.txt"
    path.write_bytes(made.TEXT.encode())
    ingestion.add(corpus_folder, [path], Given(), today=TODAY)
    inside = corpus_folder / added.FOLDER
    left = [inside / "documents" / ".a.json.writing-99", inside / "files" / f"{'0' * 64}.pdf"]
    for each in left:
        each.write_bytes(b"cut")
    assert {f"{fault.path}" for fault in loading.lint(corpus_folder) if fault.rule == "stray"} == {
        each.relative_to(corpus_folder).as_posix() for each in left
    }
    before = added.read(corpus_folder)[0]
    ingestion.add(corpus_folder, [path], Given(), today=TODAY)
    assert not any(each.exists() for each in left)
    assert added.read(corpus_folder)[0] == before


def test_put_keeps_permissions_and_links_and_leaves_nothing_beside(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    files.put(link, b"new")
    assert (link.is_symlink(), real.read_bytes(), real.stat().st_mode & 0o777) == (True, b"new", 0o640)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link", "real"]
    shutil.rmtree(tmp_path)
    with pytest.raises(OSError, match="No such file"):
        files.put(real, b"new")


def test_two_commands_do_not_change_the_corpus_at_once(corpus_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(added, "_WAIT_S", 0.1)
    with (
        added.changing(corpus_folder),
        pytest.raises(Unavailable, match="another command"),
        added.changing(corpus_folder),
    ):
        pass
