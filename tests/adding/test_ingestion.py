"""Adding files to a corpus: whole or not at all, once, with the reason where not, and nothing else harmed."""

import datetime
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import made
from fmqa.adding import ingestion, inside
from fmqa.adding.about import Given
from fmqa.corpus import added, loading
from fmqa.errors import BadCorpus, BadFile, NotFound
from fmqa.types import ReviewState

TODAY = datetime.date(2026, 11, 24)
GOOD = {
    "page.html": made.HTML.encode(),
    "trial.xml": made.JATS.encode(),
    "citations.xml": made.MEDLINE.encode(),
    "label.xml": made.SPL.encode(),
    "protocol.docx": made.docx_file(),
    "home.md": made.MARKDOWN.encode(),
    "leaflet.txt": made.TEXT.encode(),
    "guideline.pdf": made.PDF,
}
DEEP = b"<html><body>" + b"<div>" * 5000 + b"x 5 mg" + b"</div>" * 5000 + b"</body></html>"
HOSTILE = {
    "entity_bomb.xml": (made.ENTITY_BOMB.encode(), "declares entities"),
    "external.xml": (made.EXTERNAL_ENTITY.encode(), "declares entities"),
    "zip_bomb.docx": (made.archive(word__document_xml=b"<a>" + b" " * 30_000_000), "decompression bomb"),
    "path.docx": (made.archive(**{"..__..__etc__x_xml": b"<a/>"}), "path that leads out"),
    "encrypted.pdf": (made.ENCRYPTED_PDF, "encrypted"),
    "cut.pdf": (made.PDF[:400], "damaged"),
    "scan.pdf": (made.pdf_file([[]]), "scan"),
    "image.pdf": (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "PNG image"),
    "empty.txt": (b"", "it is empty"),
    "blank.html": (b"   \n", "white space"),
    "rubbish.bin": (bytes(range(256)) * 20, "binary"),
    "latin.txt": (b"caf\xe9 25 mg", "not text in utf-8"),
    "scripts.html": (b"<html><script>fetch('http://example.org')</script></html>", "no words"),
}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def add(folder: Path, *paths: Path, **options: object) -> ingestion.Result:
    return ingestion.add(folder, paths, Given(), today=TODAY, **options)  # type: ignore[arg-type]


def contents(folder: Path) -> dict[str, bytes]:
    found = (p for p in folder.rglob("*") if p.is_file() and p.name != ".lock")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ingestion.Result]:
    """A corpus with one file of every format."""
    from conftest import make_corpus  # noqa: PLC0415

    folder = make_corpus(tmp_path_factory.mktemp("filled"))
    return folder, add(folder, write(tmp_path_factory.mktemp("files"), GOOD))


@pytest.fixture
def copy(filled: tuple[Path, ingestion.Result], tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled[0], tmp_path / "corpus"))


def test_a_folder_of_every_format_is_added_and_keeps_every_rule(filled: tuple[Path, ingestion.Result]) -> None:
    folder, result = filled
    assert sorted(a.document.metadata.origin.file for a in result.added if a.document.metadata.origin) == sorted(GOOD)
    assert result.refused == ()
    assert result.wordless == 1
    assert loading.lint(folder) == ()
    loaded = loading.load(folder)
    assert {a.document.id for a in result.added} <= {d.id for d in loaded.documents}
    assert [d for d in loaded.documents if d.is_added] == sorted((a.document for a in result.added), key=lambda d: d.id)


def test_the_original_is_kept_as_it_was(filled: tuple[Path, ingestion.Result]) -> None:
    folder, _ = filled
    assert sorted(p.read_bytes() for p in (folder / "added/files").iterdir()) == sorted(GOOD.values())


def test_adding_again_changes_nothing(copy: Path, tmp_path: Path) -> None:
    before = contents(copy)
    result = add(copy, write(tmp_path / "again", GOOD))
    assert (result.added, len(result.unchanged)) == ((), len(GOOD))
    assert contents(copy) == before


def test_reading_again_gives_the_same_records(copy: Path, tmp_path: Path) -> None:
    before = contents(copy)
    result = add(copy, write(tmp_path / "again", GOOD), replace=True)
    assert all(a.replaced for a in result.added)
    assert contents(copy) == before


def test_every_bad_file_is_named_with_its_reason_and_the_good_go_on(copy: Path, tmp_path: Path) -> None:
    before = {name: content for name, content in contents(copy).items() if "refused" not in name}
    files = {name: content for name, (content, _) in HOSTILE.items()} | {
        "deep.html": DEEP,
        "good.txt": b"Velaxin 50 mg is new.",
    }
    result = add(copy, write(tmp_path / "bad", files))
    reasons = {refused.file: refused.reason for refused in result.refused}
    for name, (_, reason) in HOSTILE.items():
        assert reason in reasons[name], name
    assert [a.document.id for a in result.added if a.document.id != "deep"] == ["good"]
    assert len(reasons) + len(result.added) == len(files)
    after = contents(copy)
    assert before.items() <= after.items()
    new = {name for name in after if name not in before and "refused" not in name}
    assert all(name.endswith("good.json") or "deep" in name or name.startswith("added/files/") for name in new)
    assert loading.lint(copy) == ()
    assert {r.file for r in added.refused(copy)} == set(reasons)


def test_a_file_that_is_too_large_is_not_even_read(copy: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(500_000_000)  # a hole: it takes no room
    (refused,) = add(copy, large).refused
    assert refused.reason == "it has 500 MB, more than the 200 that are read"
    assert refused.file_sha256 is None


def test_a_reader_that_takes_too_long_is_ended_and_the_next_file_read(copy: Path, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "slow",
        {"a_slow.pdf": made.pdf_file([made.paragraph(50, 50, "x 5 mg " * 30)] * 400), "b.txt": b"Velaxin 60 mg."},
    )
    result = add(copy, folder, limits=inside.Limits(seconds=1))
    assert [(r.file, r.reason) for r in result.refused] == [("a_slow.pdf", "its reader did not finish in 1 s")]
    assert [a.document.id for a in result.added] == ["b"]


def test_a_reader_that_needs_too_much_memory_is_ended(copy: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "big", {"big.txt": b"5 mg of velaxin daily. " * 3_000_000, "b.txt": b"Velaxin 60 mg."})
    result = add(copy, folder, limits=inside.Limits(megabytes=700))
    assert [r.file for r in result.refused] == ["big.txt"]
    assert "700 MB of memory" in result.refused[0].reason
    assert [a.document.id for a in result.added] == ["b"]


def test_a_script_without_a_guard_is_told_so_and_does_not_wait_for_ever(copy: Path, tmp_path: Path) -> None:
    script = write(tmp_path, {"leaflet.txt": made.TEXT.encode()}) / "add.py"
    script.write_text(
        "from pathlib import Path\nfrom fmqa.adding import ingestion\nfrom fmqa.adding.about import Given\n"
        f"ingestion.add(Path({str(copy)!r}), [Path({str(tmp_path / 'leaflet.txt')!r})], Given(), replace=True)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert "if __name__ == '__main__'" in done.stderr.splitlines()[-1]


def test_a_path_that_is_not_there_is_said(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file or folder"):
        add(copy, tmp_path / "nowhere")


# --- duplicates and editions ------------------------------------------------------------------------------------------


def test_of_two_files_of_one_work_the_fuller_is_kept(copy: Path, tmp_path: Path) -> None:
    abstract = made.MEDLINE.replace("99000002", "99000001").replace("10.1234/made.2", "10.1234/made.1")
    result = add(copy, write(tmp_path / "dup", {"abstract.xml": abstract.encode()}))
    assert result.duplicates == (("abstract.xml", "pmid-99000001", "the same DOI or PMID"),)
    assert result.added == ()


def test_a_text_that_is_nearly_the_same_is_not_kept_twice(copy: Path, tmp_path: Path) -> None:
    words = " ".join(f"word{n} goes with velaxin" for n in range(400))
    first = add(copy, write(tmp_path / "one", {"one.txt": f"{words}.".encode()}))
    second = add(copy, write(tmp_path / "two", {"two.txt": f"{words} indeed.".encode()}))
    assert len(first.added) == 1
    assert len(second.duplicates) == 1
    assert sum(d.id in ("one", "two") for d in loading.load(copy).documents) == 1


def test_files_of_one_name_get_ids_apart(copy: Path, tmp_path: Path) -> None:
    one = write(tmp_path / "a", {"same.txt": b"Velaxin is taken at night with 5 mg of something."})
    two = write(tmp_path / "b", {"same.txt": b"Quite another text on falls in 12 older adults."})
    assert [a.document.id for a in add(copy, one, two).added] in (["same", "same-2"], ["same-2", "same"])


def edition(year: int, dose: str) -> bytes:
    page = made.HTML.replace("2022-04-01", f"{year}-04-01").replace("25&nbsp;mg", dose)
    return page.replace("<h1>Guideline on velaxin</h1>", f"<h1>Guideline on velaxin, {year} update</h1>").encode()


def test_a_newer_edition_supersedes_the_older_whatever_comes_first(copy: Path, tmp_path: Path) -> None:
    added.remove(copy, ["page"])
    files = {"new.html": edition(2025, "10 mg"), "old.html": edition(2020, "50 mg")}
    given = Given(organisation="Made Society")
    result = ingestion.add(copy, [write(tmp_path / "editions", files)], given, today=TODAY)
    assert result.superseded == (("old", "new"),)
    loaded = {d.id: d.metadata for d in loading.load(copy).documents}
    assert (loaded["old"].superseded_by, loaded["new"].supersedes) == ("new", ("old",))
    assert loading.lint(copy) == ()


OURS = "eular-2017"  # a document of our own


def test_what_is_told_to_supersede_a_document_of_ours_does_so_until_it_is_removed(copy: Path, tmp_path: Path) -> None:
    before = (copy / "guidelines" / f"{OURS}.md").read_bytes()
    files = write(tmp_path / "newer", {"newer.html": edition(2026, "10 mg")})
    result = ingestion.add(copy, [files], Given(supersedes=(OURS,)), today=TODAY)
    assert (OURS, "newer") in result.superseded
    loaded = {d.id: d.metadata for d in loading.load(copy).documents}
    assert (loaded[OURS].superseded_by, OURS in loaded["newer"].supersedes) == ("newer", True)
    assert loading.lint(copy) == ()
    assert (copy / "guidelines" / f"{OURS}.md").read_bytes() == before
    added.remove(copy, ["newer"])
    assert {d.id: d.metadata for d in loading.load(copy).documents}[OURS].superseded_by is None


def test_a_newer_edition_of_the_same_title_supersedes_ours_by_itself(copy: Path, tmp_path: Path) -> None:
    ours = loading.document(copy, OURS).metadata
    page = made.HTML.replace("Guideline on velaxin", f"{ours.title}: 2026 update").replace("2022-04-01", "2026-04-01")
    files = write(tmp_path / "newer", {"newer.html": page.encode()})
    given = Given(organisation=ours.organisation, title=f"{ours.title}: 2026 update")
    assert (OURS, "newer") in ingestion.add(copy, [files], given, today=TODAY).superseded
    assert {d.id: d.metadata for d in loading.load(copy).documents}[OURS].superseded_by == "newer"


def test_what_was_told_of_editions_stays_when_a_file_is_read_again(copy: Path, tmp_path: Path) -> None:
    files = write(tmp_path / "newer", {"newer.html": edition(2026, "10 mg")})
    ingestion.add(copy, [files], Given(supersedes=(OURS,)), today=TODAY)
    add(copy, files, replace=True)
    assert OURS in loading.document(copy, "newer").metadata.supersedes


def test_a_document_that_is_not_there_cannot_be_superseded(copy: Path, tmp_path: Path) -> None:
    files = write(tmp_path / "newer", {"newer.html": edition(2026, "10 mg")})
    with pytest.raises(NotFound, match="no-such"):
        ingestion.add(copy, [files], Given(supersedes=("no-such",)), today=TODAY)
    assert "added/documents/newer.json" not in contents(copy)


def test_when_the_newer_edition_is_removed_the_older_is_current_again(copy: Path, tmp_path: Path) -> None:
    added.remove(copy, ["page"])
    files = write(tmp_path / "editions", {"new.html": edition(2025, "10 mg"), "old.html": edition(2020, "50 mg")})
    ingestion.add(copy, [files], Given(organisation="Made Society"), today=TODAY)
    assert loading.document(copy, "old").metadata.superseded_by == "new"
    added.remove(copy, ["new"])
    assert loading.document(copy, "old").metadata.superseded_by is None
    assert loading.lint(copy) == ()


# --- removal, damage, review ------------------------------------------------------------------------------------------


def test_a_removed_document_leaves_nothing(copy: Path) -> None:
    added.remove(copy, ["leaflet"])
    assert not any("leaflet" in name for name in contents(copy))
    assert made.TEXT.encode() not in contents(copy).values()
    before = contents(copy)
    with pytest.raises(NotFound):
        added.remove(copy, ["page", "leaflet"])
    assert contents(copy) == before


def test_an_altered_original_or_record_is_found(copy: Path) -> None:
    next((copy / "added/files").glob("*.txt")).write_bytes(b"other words")
    (fault,) = loading.lint(copy)
    assert (fault.path, fault.rule) == ("added/documents/leaflet.json", "original")
    path = copy / "added/documents/home.json"
    record = json.loads(path.read_text())
    record["document"]["text"] = record["document"]["text"].replace("4,5", "45")
    path.write_text(json.dumps(record))
    assert "schema" in {fault.rule for fault in loading.lint(copy)}
    with pytest.raises(BadCorpus, match=r"home\.json"):
        loading.load(copy)


@pytest.mark.parametrize("document_id", ["leaflet", "eular-2017"])
def test_a_review_goes_step_by_step_and_lapses_with_the_text(copy: Path, document_id: str) -> None:
    def review(state: ReviewState, reviewer: str | None = "Dr A. Made") -> ReviewState:
        return ingestion.review(copy, document_id, state, reviewer, TODAY).review_state

    with pytest.raises(BadFile, match="next state is 'under review'"):
        review(ReviewState.APPROVED)
    with pytest.raises(BadFile, match="needs the name"):
        review(ReviewState.UNDER_REVIEW, None)
    assert review(ReviewState.UNDER_REVIEW) is ReviewState.UNDER_REVIEW
    assert review(ReviewState.APPROVED) is ReviewState.APPROVED
    document = loading.document(copy, document_id)
    assert document.review_state is ReviewState.APPROVED
    assert (document.metadata.review.reviewer, document.metadata.review.date) == ("Dr A. Made", TODAY)
    assert document.metadata.review.state_for("0" * 64) is ReviewState.SUBMITTED
    assert loading.lint(copy) == ()


def test_a_confined_process_can_neither_connect_nor_write_nor_run(tmp_path: Path) -> None:
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    code = """
import socket, subprocess, os
from fmqa.adding import inside
inside.confine(inside.Limits())
for name, attempt in [
    ("connect", lambda: socket.create_connection(("127.0.0.1", 9), 1)),
    ("look-up", lambda: socket.getaddrinfo("example.org", 80)),
    ("run", lambda: subprocess.run(["true"])),
    ("write", lambda: open("x", "w")),
    ("create", lambda: os.open("x", os.O_WRONLY | os.O_CREAT)),
    ("delete", lambda: os.remove("x")),
]:
    try:
        attempt()
    except PermissionError:
        print(name)
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert shown.stdout.split() == ["connect", "look-up", "run", "write", "create", "delete"]


# --- corrections ------------------------------------------------------------------------------------------------------

ADVICE = " ".join(f"Advice number{n} on subject{n} is given at visit number{n}." for n in range(60))
WRONG = f"Plan for the shoulder. {ADVICE} The dose is 40 mg once daily. It may be taken during pregnancy.".encode()
RIGHT = f"Plan for the shoulder. {ADVICE} The dose is 4 mg once daily.".encode()


@pytest.mark.parametrize("name", ["plan.txt", "corrected.txt"])
def test_a_correction_takes_the_place_of_what_it_corrects_though_it_is_shorter(
    copy: Path, tmp_path: Path, name: str
) -> None:
    add(copy, write(tmp_path / "one", {"plan.txt": WRONG}))
    result = add(copy, write(tmp_path / "two", {name: RIGHT}))
    assert [each.replaced for each in result.added] == [True]
    assert "40" in result.warnings[0]
    texts = [document.text for document in loading.load(copy).documents if "shoulder" in document.text]
    assert len(texts) == 1
    assert "4 mg once daily." in texts[0]
    assert "pregnancy" not in texts[0]


def test_of_two_nearly_the_same_texts_of_one_batch_neither_is_kept(copy: Path, tmp_path: Path) -> None:
    result = add(copy, write(tmp_path / "both", {"a.txt": WRONG, "b.txt": RIGHT}))
    assert result.added == ()
    assert sorted(refused.file for refused in result.refused) == ["a.txt", "b.txt"]
    assert all("by itself" in refused.reason for refused in result.refused)
    assert not any("shoulder" in document.text for document in loading.load(copy).documents)


def test_an_older_edition_that_nobody_vouches_for_stays_beside_the_newer_with_a_warning(
    copy: Path, tmp_path: Path
) -> None:
    new = made.HTML.replace("<h1>", f"<h1>On {ADVICE} ").replace("2022-04-01", "2024-04-01")
    old = new.replace("2024-04-01", "2023-04-01").replace("25&nbsp;mg", "50 mg")
    title = Given(title="One title of both")
    ingestion.add(copy, [write(tmp_path / "new", {"new.html": new.encode()})], title, today=TODAY)
    result = ingestion.add(copy, [write(tmp_path / "old", {"older.html": old.encode()})], title, today=TODAY)
    assert [each.replaced for each in result.added] == [False]
    assert any("has the same title and other content" in warning for warning in result.warnings)


def test_what_a_reviewer_approved_is_not_replaced_by_what_is_nearly_the_same(copy: Path, tmp_path: Path) -> None:
    add(copy, write(tmp_path / "one", {"plan.txt": WRONG}))
    for state in (ReviewState.UNDER_REVIEW, ReviewState.APPROVED):
        ingestion.review(copy, "plan", state, "Dr A. Made", TODAY)
    result = add(copy, write(tmp_path / "two", {"other.txt": RIGHT}))
    assert (result.added, "approved" in result.refused[0].reason) == ((), True)
    assert "40 mg" in loading.document(copy, "plan").text


def test_another_content_under_a_name_that_is_there_is_a_warning(copy: Path, tmp_path: Path) -> None:
    one, two = (
        b"A leaflet. Velaxin is safe for babies of 1 week.",
        b"Quite another text of 12 words on falls in old age.",
    )
    add(copy, write(tmp_path / "one", {"sheet.txt": one}))
    result = add(copy, write(tmp_path / "two", {"sheet.txt": two}))
    assert len(result.added) == 1
    assert "same file name and other content" in result.warnings[0]
    assert "--supersedes sheet" in result.warnings[0]


def test_what_a_file_says_of_itself_supersedes_nothing_and_is_told(copy: Path, tmp_path: Path) -> None:
    ours = loading.document(copy, OURS).metadata
    page = made.HTML.replace("Guideline on velaxin", f"{ours.title}: 2026 update").replace("2022-04-01", "2026-04-01")
    page = page.replace('content="Made Society"', f'content="{ours.organisation}"')
    result = add(copy, write(tmp_path / "newer", {"newer.html": page.encode()}))
    assert result.superseded == ()
    assert any(OURS in warning and "--supersedes" in warning for warning in result.warnings)
    assert {d.id: d.metadata for d in loading.load(copy).documents}[OURS].superseded_by is None


def test_two_records_with_one_abstract_and_two_numbers_are_two_works(corpus_folder: Path, tmp_path: Path) -> None:
    words = " ".join(f"Finding {n} was that velaxin helped {n + 3} of 120 adults with poor sleep." for n in range(12))
    records = "".join(
        f"<PubmedArticle><MedlineCitation><PMID>{number}</PMID><Article><ArticleTitle>Velaxin {end}</ArticleTitle>"
        f"<Abstract><AbstractText>{words} Case report{end}</AbstractText></Abstract></Article></MedlineCitation>"
        "</PubmedArticle>"
        for number, end in ((99000011, ""), (99000012, "."))
    )
    files = write(tmp_path / "files", {"two.xml": f"<PubmedArticleSet>{records}</PubmedArticleSet>".encode()})
    result = add(corpus_folder, files)
    assert [each.document.metadata.pmid for each in result.added] == ["99000011", "99000012"]
    assert (result.refused, result.duplicates) == ((), ())
