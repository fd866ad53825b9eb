"""A generation in a store: what is found and answered is what the files of the index alone find and answer."""

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from commands import run
from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.assistant import Assistant
from fmqa.corpus import loading as corpora
from fmqa.errors import IndexUnusable
from fmqa.evidence.searching import rank_text
from fmqa.index import reading, writing
from fmqa.index.stores import loading, remote
from fmqa.index.stores.filters import Filter
from fmqa.settings import Settings
from fmqa.text.words import tokenize
from fmqa.types import DocumentKind, Trust
from made import MARKDOWN, TEXT

pytest.importorskip("milvus_lite", reason="the extra is not installed: pip install 'fmqa[milvus]'")

QUESTIONS = ("What does EULAR 2017 say of exercise?", "velaxin with alcohol", "tramadol and naltrexone", "c d e")


@pytest.fixture(scope="module")
def chosen(make_small: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with an index that holds texts of our own and as published, and a store that holds nothing yet."""
    folder = tmp_path_factory.mktemp("loaded")
    settings = make_small(folder)
    for name, text in (("home.md", MARKDOWN), ("leaflet.txt", TEXT)):
        (folder / name).write_text(text, encoding="utf-8")
        ingestion.add(settings.corpus, [folder / name], Given(), today=datetime.date(2026, 11, 24))
    loaded = corpora.load(settings.corpus)
    settings = settings.model_copy(update={"database": "sqlite://", "store": f"milvus:///{folder}/vectors.db"})
    writing.build(loaded.documents, loaded.vocabulary, settings)
    return settings


def test_a_store_finds_and_answers_what_the_files_do(
    chosen: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = reading.open_index(chosen.index)
    name = opened.generation
    for variable in ("corpus", "index", "encoder", "store"):
        monkeypatch.setenv(f"FMQA_{variable.upper()}", str(getattr(chosen, variable)))
    code, out, _ = run(capsys, "index", "load")
    assert (code, out) == (0, f"Generation {name} is in use there: {len(opened)} of {len(opened)} passages sent\n")

    store = remote.open_store(chosen.store, name, len(opened))
    stored = reading.open_index(chosen.index)
    stored.search_in(store)
    assert opened.published is not None
    for question in QUESTIONS:
        for of in ("everything", "published", "curated"):
            here, there = (
                rank_text(
                    question,
                    index,
                    chosen,
                    (),
                    None if of == "everything" else getattr(index, of),
                    curated=of == "curated",
                )
                for index in (opened, stored)
            )
            assert here.bm25.keys() == there.bm25.keys()
            assert here.dense == pytest.approx(there.dense, abs=1e-6)
            assert here.bm25 == pytest.approx(there.bm25, rel=1e-5)
            assert here.fused == pytest.approx(there.fused, rel=1e-4)
    store.close()

    with_store, without = Assistant.open(chosen), Assistant.open(chosen.model_copy(update={"store": ""}))
    for question in QUESTIONS:
        told, expected = (assistant.ask(question) for assistant in (with_store, without))
        assert [statement.id for statement in told.statements] == [statement.id for statement in expected.statements]
        assert told.status == expected.status
    with_store.close()
    without.close()


def test_a_load_without_a_store_says_what_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "index", "load")
    assert code == 78
    assert "set FMQA_STORE" in err


def test_a_store_without_the_generation_is_refused(chosen: Settings, tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="run 'fmqa index load'"):
        Assistant.open(chosen.model_copy(update={"store": f"milvus:///{tmp_path}/empty.db"}))


def test_what_is_filtered_on_is_what_the_documents_say(chosen: Settings) -> None:
    opened = reading.open_index(chosen.index)
    name, _ = loading.load(chosen, chosen.store)
    store = remote.open_store(chosen.store, name, len(opened))
    everywhere = opened.encode("velaxin")
    for wanted, among in (
        (Filter(first_year=2017, last_year=2017, organisations=("EULAR",)), ["eular-2017"]),
        (Filter(trust=(Trust.OWN, Trust.FOREIGN)), [n for n in opened.document_ids if opened.document(n).is_added]),
        (Filter(kinds=(DocumentKind.LABEL,), trust=(Trust.TRUSTED,), added=False), ["naltrexone-label"]),
    ):
        rows = store.dense(everywhere, len(opened), wanted)[0]
        assert sorted(rows.tolist()) == [row for document in among for row in opened.rows_of(document)]
        assert np.isin(store.lexical(tokenize("velaxin exercise tramadol"), 99, wanted)[0], rows).all()
    store.close()
