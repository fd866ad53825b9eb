"""A watched folder: files that stand still are added, replaced and removed; what is being written is left alone."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import made
from fmqa.adding.about import Given
from fmqa.corpus import added, loading
from fmqa.errors import Conflict, NotFound, Unavailable
from fmqa.settings import Settings
from fmqa.upkeep.changing import Progress
from fmqa.upkeep.watching import Done, Rest, Watcher

TEXT = "# Morovane leaflet\n\nTake {} mg of morovane at night.\n\nDo not drive afterwards.\n"


class Watched:
    """A watched folder beside a corpus, and a clock."""

    def __init__(self, corpus: Path, root: Path) -> None:
        self.settings = Settings(corpus=corpus, index=root / "index")
        self.folder = root / "watched"
        self.folder.mkdir()
        self.now = 100.0
        self.built = 0
        self.failure: Exception | None = None
        self.open()

    def open(self) -> None:
        """Begin to watch, as a new process does."""
        self.watcher = Watcher(self.settings, self.folder, Given(), index=self.index)

    def index(self, settings: Settings, progress: Progress | None) -> str:
        if self.failure is not None:
            raise self.failure
        self.built += 1
        return "0123456789abcdef"

    def look(self, seconds: float = 0.0) -> Done | None:
        self.now += seconds
        done = list(self.watcher.look(self.now))
        assert len(done) <= 1
        return done[0] if done else None

    def settle(self) -> Done | None:
        """Look, and look again when everything has stood still."""
        return self.look() or self.look(2.0)

    def texts(self) -> list[str]:
        return sorted(record.document.text for record in added.read(self.settings.corpus)[0])


@pytest.fixture
def watched(corpus_folder: Path, tmp_path: Path) -> Watched:
    return Watched(corpus_folder, tmp_path)


def test_a_file_is_added_changed_and_removed_as_it_is_in_the_folder(watched: Watched) -> None:
    file = watched.folder / "sub" / "leaflet.md"
    file.parent.mkdir()
    file.write_text(TEXT.format(40))
    done = watched.settle()
    assert done is not None
    assert done.result is not None
    document_id = done.result.added[0].document.id
    file.write_text(TEXT.format(4))
    done = watched.settle()
    assert done is not None
    assert done.result is not None
    assert [(each.document.id, each.replaced) for each in done.result.added] == [(document_id, True)]
    assert [("40" in text, " 4 mg" in text) for text in watched.texts()] == [(False, True)]
    assert loading.lint(watched.settings.corpus) == ()
    file.unlink()
    done = watched.settle()
    assert done is not None
    assert done.removed == (document_id,)
    assert watched.texts() == []
    assert watched.settle() is None
    assert watched.built == 3


def test_a_rewritten_file_replaces_its_document_though_hardly_a_word_is_the_same(watched: Watched) -> None:
    file = watched.folder / "leaflet.md"
    file.write_text(TEXT.format(40))
    watched.settle()
    file.write_text("# Another thing\n\nSarkovin is never given to anyone with a stiff thumb and open wounds.\n")
    watched.settle()
    assert [text.startswith("Another thing") for text in watched.texts()] == [True]


def test_a_file_that_is_still_written_is_left_alone(watched: Watched) -> None:
    file = watched.folder / "leaflet.md"
    for length in (10, 40, 60):
        file.write_text(TEXT.format(40)[:length])
        assert watched.look(0.4) is None
    file.write_text(TEXT.format(40))
    assert watched.look(0.4) is None
    assert watched.look(0.9) is None
    done = watched.look(0.2)
    assert done is not None
    assert "Do not drive afterwards." in watched.texts()[0]


@pytest.mark.parametrize("name", ["a.pdf.part", ".hidden.md", "~$doc.docx", "doc.md~", "README.md", "sub/.git/x.md"])
def test_files_that_are_no_documents_are_passed_over(watched: Watched, name: str) -> None:
    file = watched.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(TEXT.format(40))
    assert watched.settle() is None


def test_a_link_leads_nowhere(watched: Watched, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(TEXT.format(40))
    (watched.folder / "link.md").symlink_to(tmp_path / "secret.md")
    assert watched.settle() is None


def test_a_file_under_a_new_name_is_the_same_document(watched: Watched) -> None:
    file = watched.folder / "leaflet.md"
    file.write_text(TEXT.format(40))
    watched.settle()
    file.rename(watched.folder / "renamed.md")
    done = watched.settle()
    assert done is not None
    assert done.removed == ()
    assert len(watched.texts()) == 1
    assert watched.settle() is None


def test_what_was_done_while_nobody_watched_is_seen_on_the_next_start(watched: Watched) -> None:
    old, kept = watched.folder / "old.md", watched.folder / "kept.html"
    old.write_text(TEXT.format(40))
    kept.write_text(made.HTML)
    watched.settle()
    old.unlink()
    watched.open()
    done = watched.settle()
    assert done is not None
    assert (done.result, len(done.removed)) == (None, 1)
    watched.open()
    assert watched.settle() is None


def test_a_file_that_cannot_be_read_is_told_once_and_again_when_it_changes(watched: Watched) -> None:
    file = watched.folder / "scan.pdf"
    file.write_bytes(made.pdf_file([[]]))
    done = watched.settle()
    assert done is not None
    assert done.result is not None
    assert "scan" in done.result.refused[0].reason
    assert watched.settle() is None
    file.write_bytes(made.PDF)
    done = watched.settle()
    assert done is not None
    assert done.result is not None
    assert len(done.result.added) == 1


def test_a_reference_that_comes_later_tells_what_the_file_is(watched: Watched) -> None:
    (watched.folder / "guideline.pdf").write_bytes(made.PDF)
    watched.settle()
    (watched.folder / "guideline.bib").write_text("@book{a, title={Guideline on velaxin for sleep}, year={1999}}")
    done = watched.settle()
    assert done is not None
    assert done.result is not None
    assert [(each.document.metadata.year, each.replaced) for each in done.result.added] == [(1999, True)]
    assert len(watched.texts()) == 1


def test_when_a_correction_is_taken_out_the_text_that_it_had_displaced_is_there_again(watched: Watched) -> None:
    long = TEXT + "".join(f"\n\nParagraph {n} on how morovane is kept in its box of cardboard.\n" for n in range(9))
    (watched.folder / "first.md").write_text(long.format(40))
    watched.settle()
    (watched.folder / "second.md").write_text(long.format(4))
    watched.settle()
    assert [" 4 mg" in text for text in watched.texts()] == [True]
    (watched.folder / "second.md").unlink()
    watched.settle()
    watched.settle()
    assert [" 40 mg" in text for text in watched.texts()] == [True]


def test_a_change_that_fails_is_told_and_tried_again_later(watched: Watched) -> None:
    (watched.folder / "leaflet.md").write_text(TEXT.format(40))
    watched.failure = Unavailable("no room")
    done = watched.settle()
    assert done is not None
    assert done.problem is watched.failure
    watched.failure = None
    assert watched.look(1.0) is None
    done = watched.look(60.0)
    assert done is not None
    assert done.problem is None
    assert watched.built == 1


def test_the_last_document_of_a_corpus_stays_though_its_file_is_gone(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "new", tmp_path)
    file = watched.folder / "leaflet.md"
    file.write_text(TEXT.format(40))
    watched.settle()
    file.unlink()
    done = watched.settle()
    assert done is not None
    assert isinstance(done.problem, Conflict)
    assert len(watched.texts()) == 1


def test_a_folder_that_cannot_be_watched_is_refused(watched: Watched) -> None:
    with pytest.raises(NotFound):
        Watcher(watched.settings, watched.folder / "nowhere", Given())
    for folder in (watched.settings.corpus, watched.settings.corpus / "guidelines", watched.settings.corpus.parent):
        with pytest.raises(Conflict):
            Watcher(watched.settings, folder, Given())


@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 2)), max_size=20))
def test_a_file_rests_only_if_it_was_the_same_for_the_whole_time(steps: list[tuple[float, int]]) -> None:
    rest, now, since, last = Rest(1.0), 0.0, 0.0, -1
    path = Path("a")
    for seconds, stamp in steps:
        now += seconds
        since, last = (since, last) if stamp == last else (now, stamp)
        assert (path in rest.look({path: (stamp, 0)}, now)) == (now - since >= 1.0)


def test_times_are_compared_and_not_only_sizes(watched: Watched) -> None:
    file = watched.folder / "leaflet.md"
    file.write_text(TEXT.format(40))
    watched.settle()
    facts = file.stat()
    file.write_text(TEXT.format(20))
    os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    watched.settle()
    assert ["20 mg" in text for text in watched.texts()] == [True]
