"""Generations: built once, changed in part, never trusted unchecked."""

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fmqa.corpus import loading
from fmqa.errors import BadCorpus, IndexBusy, IndexUnusable, NotFound, Unavailable
from fmqa.files import file_sha256
from fmqa.index import encoders, generations, reading, writing
from fmqa.settings import Settings

Loaded = tuple[loading.Corpus, Settings]


@pytest.fixture(scope="session")
def first_build(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where the first test that builds leaves a copy of its index, for the others to start from."""
    return {}


@pytest.fixture
def built(corpus_folder: Path, tiny_model: Path, tmp_path: Path, first_build: dict[str, Path]) -> Settings:
    """Settings with a corpus and its index, which keeps the export of an earlier test."""
    settings = Settings(corpus=corpus_folder, index=tmp_path / "index", encoder=str(tiny_model), lock_seconds=20)
    if "index" in first_build:
        shutil.copytree(first_build["index"], settings.index)
    else:
        build(settings)
        first_build["index"] = tmp_path / "kept"
        shutil.copytree(settings.index, first_build["index"])
    return settings


def build(settings: Settings, **options: Any) -> writing.BuildReport:
    loaded = loading.load(settings.corpus)
    return writing.build(loaded.documents, loaded.vocabulary, settings, questions=loaded.questions, **options)


def edit(settings: Settings, name: str, old: str, new: str) -> None:
    path = settings.corpus / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def add_long_document(settings: Settings, paragraphs: int) -> None:
    source = (settings.corpus / "guidelines/eular-2008.md").read_text(encoding="utf-8")
    front = source.split("# EULAR")[0].replace("eular-2008", "long").replace("EULAR 2008", "Long")
    front = front.replace("superseded_by: eular-2017\n", "")
    words = [f"word{n} tells of {'pain' if n % 2 else 'sleep'} in group {n * 7 % 13}" for n in range(paragraphs)]
    body = "\n\n".join(f"## Part {n}\n\nParagraph {n}: {text}." for n, text in enumerate(words))
    (settings.corpus / "guidelines/long.md").write_text(f"{front}# Long document\n\n{body}\n", encoding="utf-8")


def generation_folder(settings: Settings) -> Path:
    name = generations.current(settings.index)
    assert name is not None
    return settings.index / name


def files(settings: Settings) -> dict[str, str]:
    folder = generation_folder(settings)
    return {path.relative_to(folder).as_posix(): file_sha256(path) for path in folder.rglob("*") if path.is_file()}


# --- what an index holds ----------------------------------------------------------------------------------------------


def test_an_index_gives_back_documents_passages_and_statements(built: Settings) -> None:
    loaded = loading.load(built.corpus)
    opened = reading.open_index(built.index)
    assert opened.document_ids == ("eular-2008", "eular-2017", "naltrexone-label")
    assert opened.documents() == tuple(document.metadata for document in loaded.documents)
    assert [opened.document(name) for name in opened.document_ids] == list(loaded.documents)
    assert opened.vocabulary == loaded.vocabulary
    assert opened.warnings == ()
    assert opened.calibration is None
    for row in range(len(opened)):
        passage = opened.passage(row)
        document = opened.document(passage.anchor.document_id)
        span = passage.anchor.position
        assert document.text[span.start : span.end] == passage.text
        assert opened.row_of(passage.id) == row
        assert opened.passage(passage.id) == passage
        assert row in opened.rows_of(document.id)
    for (document_id, statement), row in opened.statement_rows.items():
        passage = opened.passage(row)
        assert (passage.anchor.document_id, passage.statement) == (document_id, statement)
    wanted = {(d.id, s.id) for d in loaded.documents for s in d.metadata.statements}
    assert set(opened.statement_rows) == wanted


def test_documents_of_running_text_are_no_sources_to_ask_for_by_name(built: Settings) -> None:
    loaded = loading.load(built.corpus)
    label = loaded.documents[-1]
    bare = label.metadata.model_copy(update={"id": "notes", "aliases": (), "organisation": None, "statements": ()})
    sections = tuple(section.model_copy(update={"statement": None}) for section in label.sections)
    notes = label.model_copy(update={"metadata": bare, "statements": (), "sections": sections})
    writing.build((*loaded.documents, notes), loaded.vocabulary, built)
    opened = reading.open_index(built.index)
    assert "notes" in opened.document_ids
    assert opened.named_documents() == tuple(document.metadata for document in loaded.documents)


def test_a_list_item_is_searched_with_its_stem_headings_and_source(built: Settings) -> None:
    opened = reading.open_index(built.index)
    row = opened.statement_rows["eular-2017", "opioids"]
    for word in ("EULAR", "recommend", "drugs"):  # the item itself says "strong opioids"
        assert row in opened.bm25.search(list(opened.stems(word)), 50)[0]


def test_synonyms_meet_by_the_concepts_of_the_vocabulary(built: Settings) -> None:
    opened = reading.open_index(built.index)
    rows = opened.bm25.search(["c:opioid"], 50)[0].tolist()
    assert opened.statement_rows["naltrexone-label", "tramadol"] in rows  # names tramadol, not opioids


def test_dense_search_finds_a_passage_by_its_own_vector(built: Settings) -> None:
    opened = reading.open_index(built.index)
    for row in range(len(opened)):
        rows, scores = opened.dense(np.array(opened.vectors[row]), 3)
        assert scores[0] == pytest.approx(1, abs=1e-5)
        assert np.array_equal(opened.vectors[rows[0]], opened.vectors[row])


def test_known_words_are_those_of_the_corpus_in_any_form(built: Settings) -> None:
    opened = reading.open_index(built.index)
    assert opened.known("recommending")
    assert opened.known("the")
    assert not opened.known("zoledronate")
    assert opened.idf("zoledronate") > opened.idf("tramadol") > opened.idf("EULAR") > opened.idf("the") == 0


def test_what_the_index_does_not_have_is_not_found(built: Settings) -> None:
    opened = reading.open_index(built.index)
    for look_up in (
        lambda: opened.document("nobody"),
        lambda: opened.passage("eular-2017@0-1"),
        lambda: opened.passage("nobody@0-1"),
        lambda: opened.row_of(""),
    ):
        with pytest.raises(NotFound):
            look_up()
    with pytest.raises(IndexError):
        opened.passage(len(opened))


def test_large_corpora_are_scanned_and_found_the_same(built: Settings) -> None:
    add_long_document(built, 60)
    build(built)
    exact = reading.open_index(built.index)
    small = built.model_copy(update={"exact_limit": 10})
    assert build(small).embedded == 0
    scanned = reading.open_index(small.index)
    assert (generation_folder(small) / "scan.faiss").is_file()
    assert exact.generation != scanned.generation
    for text in ("pain in group 3", "exercise", "sleep"):
        found, expected = (opened.dense(opened.encode(text), 3) for opened in (scanned, exact))
        assert found[0][0] == expected[0][0]
        np.testing.assert_array_equal(found[1][0], expected[1][0])


# --- building ---------------------------------------------------------------------------------------------------------


def test_a_build_from_scratch_is_the_same_anywhere_and_in_any_order(built: Settings, tmp_path: Path) -> None:
    elsewhere = built.model_copy(update={"index": tmp_path / "elsewhere"})
    loaded = loading.load(built.corpus)
    report = writing.build(loaded.documents[::-1], loaded.vocabulary, elsewhere)
    assert report.changed
    assert report.embedded == report.passages
    assert report.export is not None
    assert files(elsewhere) == files(built)


def test_nothing_changed_means_nothing_is_built(built: Settings) -> None:
    before = files(built)
    report = build(built)
    assert (report.changed, report.embedded, report.export) == (False, 0, None)
    assert report.generation == generations.current(built.index)
    assert files(built) == before


def test_an_edit_embeds_changed_passages_only_and_gives_what_a_fresh_build_gives(
    built: Settings, tmp_path: Path
) -> None:
    edit(built, "labels/naltrexone-label.md", "Do not combine", "Never combine")
    edit(built, "vocabulary.yaml", "label: tramadol,", "label: tramadol, synonyms: [Ultram],")
    report = build(built)
    assert (report.changed, report.embedded, report.export) == (True, 1, None)
    fresh = built.model_copy(update={"index": tmp_path / "fresh"})
    build(fresh)
    assert files(fresh) == files(built)


def test_a_question_that_people_ask_is_held_once_for_every_statement_that_answers_it(
    built: Settings, tmp_path: Path
) -> None:
    before = reading.open_index(built.index)
    held = [f"{document}#{statement}" for document, statement in sorted(before.statement_rows)]
    both = [{"id": name, "alone": ["is that wise?"], "follow_up": "and for me?"} for name in held[:2]]
    (built.corpus / "questions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in both), encoding="utf-8")
    report = build(built)
    assert (report.changed, report.embedded) == (True, 0)
    after = reading.open_index(built.index)
    assert len(after.wordings) == len(before.wordings) + 1
    (row,) = np.flatnonzero(after.wordings @ after.encode("is that wise?") > 0.999)
    met = after.wording_of[after.wording_of[:, 0] == row]
    names = list(after.statement_rows)
    assert {"#".join(names[number]) for _, number, _ in met} == set(held[:2])
    fresh = built.model_copy(update={"index": tmp_path / "fresh"})
    build(fresh)
    assert files(fresh) == files(built)


def test_the_grading_systems_of_a_corpus_are_kept_with_the_index(built: Settings) -> None:
    stars = "systems: [{id: stars, name: Stars, source: made up, explanation: How sure., called: [Star Society]}]"
    (built.corpus / "grading.yaml").write_text(stars, encoding="utf-8")
    report = build(built)
    assert (report.changed, report.embedded) == (True, 0)
    [system] = reading.open_index(built.index).vocabulary.grading.systems
    assert (system.id, system.called) == ("stars", ("Star Society",))


def test_rows_that_move_keep_their_vectors_and_terms(built: Settings, tmp_path: Path) -> None:
    add_long_document(built, 5)  # sorts before the label
    (built.corpus / "guidelines/eular-2008.md").unlink()
    edit(built, "guidelines/eular-2017.md", "supersedes: [eular-2008]\n", "")
    report = build(built)
    fresh = built.model_copy(update={"index": tmp_path / "fresh"})
    assert report.embedded < build(fresh).embedded
    assert files(fresh) == files(built)


def test_an_undone_edit_returns_to_the_generation_before(built: Settings) -> None:
    first = generations.current(built.index)
    edit(built, "labels/naltrexone-label.md", "Do not combine", "Never combine")
    second = build(built).generation
    edit(built, "labels/naltrexone-label.md", "Never combine", "Do not combine")
    report = build(built)
    assert report.generation == first != second
    assert (report.changed, report.embedded) == (True, 0)
    assert reading.open_index(built.index).generation == first


def test_metadata_and_settings_make_a_new_generation_without_new_vectors(built: Settings) -> None:
    edit(built, "guidelines/eular-2008.md", "last_updated: 2026-11-23", "last_updated: 2026-11-24")
    assert (report := build(built)).changed
    assert report.embedded == 0
    assert not build(built.model_copy(update={"port": 9000, "max_words": 99})).changed


def test_three_generations_are_kept_and_an_opened_one_goes_on_serving(built: Settings) -> None:
    opened = reading.open_index(built.index)
    expected = opened.dense(opened.encode("exercise"), 5)[0].tolist()
    made = [opened.generation]
    for number in range(4):
        edit(built, "labels/naltrexone-label.md", "with it.", f"with it. Case {number}: with it.")
        made.append(build(built).generation)
    assert len(set(made)) == 5
    assert {path.parent.name for path in built.index.glob("*/manifest.json")} == set(made[-3:])
    assert reading.status(built.index).earlier == (made[-2], made[-3])
    assert opened.dense(opened.encode("exercise"), 5)[0].tolist() == expected
    assert [opened.passage(row).id for row in range(len(opened))]
    assert opened.document("eular-2017").id == "eular-2017"


def test_calibration_sees_the_new_index_and_is_stored_with_it(built: Settings) -> None:
    seen: list[int] = []

    def calibrate(opened: reading.Index) -> dict[str, Any]:
        seen.append(len(opened))
        return {"threshold": 0.5}

    report = build(built, calibrate=calibrate, tuned_on=["a question"])
    assert seen == [report.passages]
    assert reading.open_index(built.index).calibration == {"threshold": 0.5}
    assert not build(built, calibrate=calibrate, tuned_on=["a question"]).changed
    assert build(built, calibrate=calibrate, tuned_on=["another"]).changed
    assert len(seen) == 2


def test_progress_counts_to_the_end(built: Settings) -> None:
    add_long_document(built, 4)
    seen: dict[str, tuple[int, int]] = {}
    build(built, progress=lambda step, done, total: seen.__setitem__(step, (done, total)))
    assert set(seen) == {"split", "embed", "index"}
    assert all(done == total for done, total in seen.values())


def test_a_corpus_without_documents_or_with_an_id_twice_is_refused(built: Settings) -> None:
    loaded = loading.load(built.corpus)
    with pytest.raises(BadCorpus, match="no document"):
        writing.build([], loaded.vocabulary, built)
    with pytest.raises(BadCorpus, match="two documents have the id eular-2008"):
        writing.build([*loaded.documents, loaded.documents[0]], loaded.vocabulary, built)


def test_an_index_folder_that_is_a_file_is_unavailable(built: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Unavailable, match="cannot be written"):
        build(built.model_copy(update={"index": tmp_path / "file"}))


def test_up_to_date_builds_and_questions_import_no_torch(built: Settings) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from fmqa.corpus import loading; from fmqa.evidence import searching\n"
        "from fmqa.index import reading, writing\n"
        "from fmqa.settings import Settings\n"
        "settings = Settings.model_validate_json(sys.argv[1]); loaded = loading.load(settings.corpus)\n"
        "assert not writing.build(loaded.documents, loaded.vocabulary, settings).changed\n"
        "assert searching.rank_text('exercise', reading.open_index(settings.index), settings).fused\n"
        "print(sorted({'torch', 'onnx', 'bm25s', 'numba', 'sentence_transformers'} & set(sys.modules)))"
    )
    arguments = [sys.executable, "-c", program, built.model_dump_json()]
    assert subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.strip() == "[]"


# --- two builds, and builds that die ----------------------------------------------------------------------------------


def test_a_second_build_says_that_the_first_is_running_or_waits_for_it(built: Settings) -> None:
    entered, leave = threading.Event(), threading.Event()

    def calibrate(_: reading.Index) -> dict[str, Any]:
        entered.set()
        assert leave.wait(30)
        return {}

    first = threading.Thread(target=lambda: build(built, calibrate=calibrate))
    first.start()
    try:
        assert entered.wait(30)
        with pytest.raises(IndexBusy, match="another build"):
            build(built.model_copy(update={"lock_seconds": 0.05}), calibrate=lambda _: {})
        waiting: list[writing.BuildReport] = []
        second = threading.Thread(target=lambda: waiting.append(build(built, calibrate=lambda _: {})))
        second.start()
    finally:
        leave.set()
        first.join(30)
    second.join(30)
    assert [report.changed for report in waiting] == [False]


def test_a_build_that_fails_leaves_the_last_generation_and_nothing_else(built: Settings) -> None:
    before = reading.open_index(built.index).generation

    def calibrate(_: reading.Index) -> dict[str, Any]:
        raise ArithmeticError("no calibration")

    with pytest.raises(ArithmeticError):
        build(built, calibrate=calibrate)
    assert reading.open_index(built.index).generation == before
    assert {path.name for path in built.index.iterdir()} - {".checked"} == {".lock", before, "current"}


def test_a_build_that_is_killed_is_cleared_away_by_the_next(built: Settings) -> None:
    before = generations.current(built.index)
    edit(built, "labels/naltrexone-label.md", "Do not combine", "Never combine")
    program = (
        "import os, sys; from fmqa.corpus import loading; from fmqa.index import writing\n"
        "from fmqa.settings import Settings\n"
        "settings = Settings.model_validate_json(sys.argv[1]); loaded = loading.load(settings.corpus)\n"
        "writing.build(loaded.documents, loaded.vocabulary, settings, calibrate=lambda _: os._exit(9))"
    )
    run = subprocess.run([sys.executable, "-c", program, built.model_dump_json()], check=False)
    assert run.returncode == 9
    assert list(built.index.glob(".building-*"))
    assert reading.open_index(built.index).generation == before
    assert build(built).changed
    assert not list(built.index.glob(".building-*"))
    assert reading.verify(built.index).state == "usable"


def test_a_build_that_dies_before_it_moves_the_pointer_is_finished_by_the_next(built: Settings) -> None:
    pointer = (built.index / "current").read_bytes()
    edit(built, "labels/naltrexone-label.md", "Do not combine", "Never combine")
    name = build(built).generation
    (built.index / "current").write_bytes(pointer)
    assert reading.open_index(built.index).generation != name
    assert build(built).generation == name
    assert reading.open_index(built.index).generation == name


def test_a_damaged_folder_under_the_name_of_the_new_generation_is_replaced(built: Settings) -> None:
    pointer = (built.index / "current").read_bytes()
    edit(built, "labels/naltrexone-label.md", "Do not combine", "Never combine")
    name = build(built).generation
    (built.index / "current").write_bytes(pointer)
    (built.index / name / "vectors.npy").write_bytes(b"")
    assert build(built).generation == name
    assert reading.verify(built.index).generation == name


# --- damage -----------------------------------------------------------------------------------------------------------


def test_every_altered_truncated_or_missing_file_is_refused_by_name(built: Settings) -> None:
    folder = generation_folder(built)
    names = sorted(files(built))
    assert len(names) >= 17
    for name in names:
        path = folder / name
        content = path.read_bytes()
        middle = len(content) // 2
        for damaged in (content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :], content[:-1], None):
            path.unlink()
            if damaged is not None:
                path.write_bytes(damaged)
            with pytest.raises(IndexUnusable, match=path.name) as caught:
                reading.open_index(built.index)
            assert "fmqa index build" in str(caught.value)
        path.write_bytes(content)
    assert reading.open_index(built.index).warnings == ()


def test_size_checks_find_missing_and_truncated_files(built: Settings) -> None:
    path = generation_folder(built) / "vectors.npy"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(IndexUnusable, match=r"vectors\.npy has"):
        reading.open_index(built.index, check="size")
    state = reading.status(built.index)
    assert state.state == "damaged"
    assert "vectors.npy" in state.problem


@pytest.mark.parametrize("name", ["vectors.npy", "passages.jsonl", "manifest.json"])
def test_a_file_of_another_generation_is_refused(name: str, built: Settings) -> None:
    old = (generation_folder(built) / name).read_bytes()
    edit(built, "labels/naltrexone-label.md", "Do not combine", "Never combine")
    build(built)
    (generation_folder(built) / name).write_bytes(old)
    with pytest.raises(IndexUnusable, match=name):
        reading.open_index(built.index)


def test_another_encoder_is_refused_and_used_only_by_a_new_build(
    built: Settings, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path / "other-model"
    shutil.copytree(built.encoder, other)
    settings = json.loads((other / "sentence_bert_config.json").read_text())
    (other / "sentence_bert_config.json").write_text(json.dumps(settings | {"max_seq_length": 16}))
    encoders.export(str(other), tmp_path / "export")
    folder = generation_folder(built) / "encoder"
    originals = {name: (folder / name).read_bytes() for name in encoders.EXPORT_FILES}
    for name in encoders.EXPORT_FILES:
        (folder / name).write_bytes((tmp_path / "export" / name).read_bytes())
    with pytest.raises(IndexUnusable, match="encoder"):
        reading.open_index(built.index)
    for name, content in originals.items():
        (folder / name).write_bytes(content)
    report = build(built.model_copy(update={"encoder": str(other)}))
    assert report.embedded == report.passages
    assert reading.open_index(built.index).encoder.info.max_tokens == 16


def test_a_file_that_is_not_listed_is_refused(built: Settings) -> None:
    (generation_folder(built) / "scan.faiss").write_bytes(b"planted")
    with pytest.raises(IndexUnusable, match="does not belong"):
        reading.open_index(built.index)


def test_a_manifest_that_lies_is_found_by_looking_inside(built: Settings) -> None:
    folder = generation_folder(built)
    hashes = np.array(np.load(folder / "row_hashes.npy"))
    np.save(folder / "row_hashes.npy", hashes[::-1])
    republish(built, folder)
    reading.open_index(built.index)  # every file is what the manifest says
    with pytest.raises(IndexUnusable, match="row 0"):
        reading.verify(built.index)


def test_files_that_do_not_fit_each_other_are_refused_even_with_a_true_manifest(built: Settings) -> None:
    folder = generation_folder(built)
    for name, content in {
        "vectors.npy": np.load(folder / "vectors.npy")[:-1],
        "passages.npy": np.array([0, 5]),
        "row_hashes.npy": np.zeros(3),
    }.items():
        original = (folder / name).read_bytes()
        np.save(folder / name, content)
        folder = republish(built, folder)
        with pytest.raises(IndexUnusable, match="fmqa index build"):
            reading.open_index(built.index)
        (folder / name).write_bytes(original)


def republish(settings: Settings, folder: Path) -> Path:
    """Write a true manifest for files that were tampered with, put it in use, and return the new folder."""
    digest = generations.history(settings.index)[0]
    manifest = generations.Manifest.model_validate_json((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").unlink()
    staging = settings.index / ".building-tampered"
    shutil.copytree(folder, staging)
    assert generations.name_of(digest) == folder.name
    changed = manifest.model_copy(update={"files": generations.list_files(staging)})
    return settings.index / generations.publish(settings.index, staging, changed)


def test_an_older_generation_serves_only_when_it_is_asked_for_and_says_so(built: Settings) -> None:
    older = generations.current(built.index)
    edit(built, "labels/naltrexone-label.md", "Do not combine", "Never combine")
    newer = build(built).generation
    (built.index / newer / "vectors.npy").write_bytes(b"noise")
    with pytest.raises(IndexUnusable, match=newer):
        reading.open_index(built.index)
    opened = reading.open_index(built.index, fallback=True)
    assert opened.generation == older
    assert len(opened.warnings) == 1
    assert "vectors.npy" in opened.warnings[0]
    report = build(built)
    assert report.generation == newer
    assert reading.open_index(built.index).warnings == ()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"../../etc\n", b"0" * 64 + b"\n"])
def test_a_damaged_pointer_is_refused_and_mended_by_a_build(content: bytes, built: Settings) -> None:
    name = generations.current(built.index)
    (built.index / "current").write_bytes(content)
    with pytest.raises(IndexUnusable, match="fmqa index build"):
        reading.open_index(built.index)
    if not content.startswith(b"0"):
        opened = reading.open_index(built.index, fallback=True)
        assert opened.generation == name
        assert opened.warnings
    assert build(built).generation == name
    assert reading.verify(built.index).generation == name


def test_a_missing_index_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match=r"there is no index in .*fmqa index build"):
        reading.open_index(tmp_path / "nowhere")
    assert reading.status(tmp_path / "nowhere").state == "missing"
    assert generations.current(tmp_path / "nowhere") is None


def test_no_file_of_an_index_is_a_pickle(built: Settings) -> None:
    for path in generation_folder(built).rglob("*.npy"):
        assert np.load(path, allow_pickle=False).dtype != object
    assert not list(generation_folder(built).rglob("*.pkl"))


def test_a_change_of_the_pack_is_a_new_generation_with_the_same_rows(built: Settings) -> None:
    before = reading.open_index(built.index)
    (built.corpus / "pack.yaml").write_text("subject: [fibromyalgia]\n", encoding="utf-8")
    report = build(built)
    after = reading.open_index(built.index)
    assert report.changed
    assert report.embedded == 0
    assert before.vocabulary.pack.subject == ()
    assert after.vocabulary.pack.subject == ("fibromyalgia",)
    np.testing.assert_array_equal(before.vectors, after.vectors)


def test_an_index_from_before_the_pack_is_refused(built: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "older"
    shutil.copytree(built.index / reading.open_index(built.index).generation, folder)
    stored = json.loads((folder / "vocabulary.json").read_text("utf-8"))
    del stored["pack"]
    (folder / "vocabulary.json").write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(IndexUnusable, match=r"before it held the pack.*fmqa index build"):
        reading.Index(folder, "older")
