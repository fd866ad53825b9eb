"""Retrieval: one ranking from two searches, the same each time."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.corpus import loading
from fmqa.evidence.searching import RRF_K, convex_fusion, passages, rank_text, reciprocal_rank_fusion
from fmqa.index import reading, writing
from fmqa.settings import Settings
from fmqa.text.words import tokenize
from fmqa.types import FloatArray, IntArray, RetrievedPassage

QUESTIONS = ("Is exercise recommended?", "naltrexone with tramadol", "which drugs does EULAR 2017 not recommend?", "?")


@pytest.fixture(scope="module")
def settings(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(index=tmp_path_factory.mktemp("retrieval") / "index", encoder=str(tiny_model), candidates=5)


@pytest.fixture
def opened(settings: Settings, corpus_folder: Path) -> reading.Index:
    loaded = loading.load(corpus_folder)
    writing.build(loaded.documents, loaded.vocabulary, settings)
    return reading.open_index(settings.index)


def retrieve(
    text: str, index: reading.Index, settings: Settings, k: int | None = None, terms: Sequence[str] = ()
) -> tuple[RetrievedPassage, ...]:
    """Return the passages of one ranking, best first."""
    return passages(rank_text(text, index, settings, terms), index, k)


@pytest.mark.parametrize("fusion", ["rrf", "convex"])
def test_passages_come_best_first_with_the_scores_of_both_searches(
    fusion: str, opened: reading.Index, settings: Settings
) -> None:
    settings = settings.model_copy(update={"fusion": fusion})
    for question in QUESTIONS:
        found = retrieve(question, opened, settings)
        assert [passage.rank for passage in found] == list(range(1, len(found) + 1))
        assert found == tuple(sorted(found, key=lambda passage: (-passage.score, passage.row)))
        assert len({passage.row for passage in found}) == len(found)
        vector = opened.encode(question)
        lexical = dict(zip(*(a.tolist() for a in opened.bm25.search(tokenize(question), 5)), strict=True))
        for passage in found:
            assert passage.passage == opened.passage(passage.row)
            assert passage.bm25 == lexical.get(passage.row)
            if passage.dense is not None:
                assert passage.dense == pytest.approx(float(vector @ opened.vectors[passage.row]), abs=1e-5)
            assert passage.dense is not None or passage.bm25 is not None
        assert sum(passage.dense is not None for passage in found) == min(5, len(opened))
        assert sum(passage.bm25 is not None for passage in found) == len(lexical)


def test_the_words_of_the_question_decide_with_all_weight_on_them(opened: reading.Index, settings: Settings) -> None:
    lexical = settings.model_copy(update={"dense_weight": 0.0})
    assert retrieve("aerobic exercise", opened, lexical)[0].passage.statement == "exercise"
    dense = settings.model_copy(update={"dense_weight": 1.0})
    row = opened.statement_rows["naltrexone-label", "tramadol"]
    near = retrieve(opened.passage(row).text, opened, dense)
    assert near[0].dense == max(passage.dense or -1 for passage in near)


def test_concepts_find_passages_that_share_no_word_with_the_question(opened: reading.Index, settings: Settings) -> None:
    lexical = settings.model_copy(update={"dense_weight": 0.0})
    best = retrieve("Ultram?", opened, lexical, terms=["c:tramadol"])[0]
    assert best.passage.statement == "tramadol"
    assert best.bm25


def test_no_more_passages_than_asked_for(opened: reading.Index, settings: Settings) -> None:
    whole = retrieve(QUESTIONS[0], opened, settings)
    assert retrieve(QUESTIONS[0], opened, settings, k=2) == whole[:2]


def test_every_run_gives_the_same_bytes_also_from_several_threads(opened: reading.Index, settings: Settings) -> None:
    def run(question: str) -> list[str]:
        return [passage.model_dump_json() for passage in retrieve(question, opened, settings)]

    expected = [run(question) for question in QUESTIONS]
    again = reading.open_index(settings.index)
    assert [
        [passage.model_dump_json() for passage in retrieve(question, again, settings)] for question in QUESTIONS
    ] == expected
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, QUESTIONS * 5)) == expected * 5


rankings = st.lists(st.lists(st.integers(0, 20), unique=True, max_size=10).map(np.array), min_size=1, max_size=3)


@given(rankings)
def test_reciprocal_rank_fusion_is_its_formula(found: list[IntArray]) -> None:
    fused = reciprocal_rank_fusion(found)
    for row in range(21):
        expected = sum(1 / (RRF_K + 1 + list(rows).index(row)) for rows in found if row in rows)
        assert fused.get(row, 0.0) == pytest.approx(expected)


def scored(scores: dict[int, float]) -> tuple[IntArray, FloatArray]:
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return np.array([row for row, _ in ranked], np.int64), np.array([score for _, score in ranked], np.float32)


cosines = st.dictionaries(st.integers(0, 20), st.floats(-1, 1, width=32), max_size=8).map(scored)
bm25_scores = st.dictionaries(st.integers(0, 20), st.floats(0.125, 50, width=32), max_size=8).map(scored)


@given(cosines, bm25_scores, st.floats(0, 1))
def test_convex_fusion_stays_in_the_unit_interval_and_keeps_each_order(
    dense: tuple[IntArray, FloatArray], lexical: tuple[IntArray, FloatArray], weight: float
) -> None:
    fused = convex_fusion(dense, lexical, weight)
    assert set(fused) == set(dense[0].tolist()) | set(lexical[0].tolist())
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in fused.values())
    for rows, alone in ((dense[0], convex_fusion(dense, lexical, 1)), (lexical[0], convex_fusion(dense, lexical, 0))):
        scores = [alone[row] for row in rows.tolist()]
        assert scores == sorted(scores, reverse=True)


def test_a_passage_that_both_searches_find_first_scores_one() -> None:
    fused = convex_fusion(scored({3: 0.8, 4: 0.2}), scored({3: 9.0, 5: 4.5}), 0.4)
    assert fused == pytest.approx({3: 1.0, 4: 0.0, 5: 0.3})
