"""BM25: the scores are bm25s', whatever way the counts were made."""

from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.errors import IndexUnusable
from fmqa.index import bm25
from fmqa.text.words import tokenize

TEXTS = (
    "Naltrexone blocks opioids such as tramadol.",
    "Aerobic exercise is recommended; exercise programmes are supervised.",
    "Tramadol is a weak opioid.",
    "The dose was 4.5 mg naltrexone a day.",
    "Tramadol is a weak opioid.",
)
TOKENS = [tokenize(text) for text in TEXTS]
words = st.lists(st.sampled_from([*"abcdefgh", "c:tramadol"]), max_size=8)


@pytest.fixture
def index(tmp_path: Path) -> bm25.Bm25:
    bm25.build(TOKENS, tmp_path)
    return bm25.load(tmp_path)


@given(rows=st.lists(words, min_size=1, max_size=12).filter(any), query=words.filter(bool))
def test_scores_are_those_of_the_library(
    rows: list[list[str]], query: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bm25")
    bm25.build(rows, folder)
    found, scores = bm25.load(folder).search(query, 100)
    reference = bm25s.BM25(k1=bm25.K1, b=bm25.B, method="lucene")
    reference.index(rows, show_progress=False)
    expected = reference.get_scores(query)
    assert sorted(found.tolist()) == np.flatnonzero(expected > 0).tolist()
    np.testing.assert_allclose(scores, expected[found], rtol=1e-5)
    assert [-score for score in scores] == sorted(-score for score in scores)


@given(
    old=st.lists(words, min_size=1, max_size=8).filter(any),
    new=st.lists(words, max_size=6),
    dropped=st.sets(st.integers(0, 7)),
    seed=st.randoms(use_true_random=False),
)
def test_counting_only_the_new_rows_gives_the_same_files(
    old: list[list[str]],
    new: list[list[str]],
    dropped: set[int],
    seed: "st.randoms",  # type: ignore[valid-type]
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    before, again, scratch = (tmp_path_factory.mktemp("bm25") for _ in range(3))
    kept_rows = [row for row in range(len(old)) if row not in dropped]
    now: list[tuple[int | None, list[str]]] = [(row, old[row]) for row in kept_rows] + [(None, row) for row in new]
    if not any(tokens for _, tokens in now):
        return
    seed.shuffle(now)  # type: ignore[attr-defined]
    kept = np.full(len(old), -1, dtype=np.int64)
    for position, (row, _) in enumerate(now):
        if row is not None:
            kept[row] = position
    bm25.build(old, before)
    bm25.build([None if row is not None else tokens for row, tokens in now], again, bm25.load(before), kept)
    bm25.build([tokens for _, tokens in now], scratch)
    names = sorted(path.name for path in scratch.iterdir())
    assert names == sorted(path.name for path in again.iterdir())
    for name in names:
        assert (again / name).read_bytes() == (scratch / name).read_bytes()


def test_ties_are_ranked_by_row_and_cut_at_k(index: bm25.Bm25) -> None:
    rows, scores = index.search(tokenize("weak opioid"), 2)
    assert rows.tolist() == [2, 4]
    assert scores[0] == scores[1]


@given(scores=st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=1, max_size=30), k=st.integers(1, 40))
def test_the_best_k_are_the_head_of_the_whole_ranking(
    scores: list[float], k: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [["x"] * int(2 * score) + ["y"] * (4 - int(2 * score)) for score in scores]
    folder = tmp_path_factory.mktemp("bm25")
    bm25.build(rows, folder)
    index = bm25.load(folder)
    whole = index.search(["x"], len(rows))
    part = index.search(["x"], k)
    assert part[0].tolist() == whole[0][:k].tolist()
    assert whole[0].tolist() == sorted(whole[0].tolist(), key=lambda row: (-scores[row], row))


def test_rows_without_any_term_of_the_question_are_not_found(index: bm25.Bm25) -> None:
    assert index.search(["unheard"], 5)[0].tolist() == []
    assert index.search([], 5)[0].tolist() == []
    assert index.search(tokenize("exercises"), 5)[0].tolist() == [1]


def test_rare_terms_weigh_more_and_unknown_ones_most(index: bm25.Bm25) -> None:
    weak, tramadol = tokenize("aerobic tramadol")
    assert index.frequency(weak)
    assert not index.frequency("unheard")
    assert (index.frequency(weak), index.frequency(tramadol), index.frequency("unheard")) == (1, 3, 0)
    assert index.idf("unheard") > index.idf(weak) > index.idf(tramadol) > 0


def test_missing_altered_and_unfitting_files_are_refused(tmp_path: Path) -> None:
    bm25.build(TOKENS, tmp_path)
    counts = (tmp_path / bm25.COUNTS_FILE).read_bytes()
    for content in (None, b"noise", counts[:-2]):
        (tmp_path / bm25.COUNTS_FILE).unlink(missing_ok=True)
        if content is not None:
            (tmp_path / bm25.COUNTS_FILE).write_bytes(content)
        with pytest.raises(IndexUnusable, match="rebuild the index"):
            bm25.load(tmp_path)
    (tmp_path / bm25.COUNTS_FILE).write_bytes(counts)
    np.save(tmp_path / bm25.STARTS_FILE, np.array([0, 1]))
    with pytest.raises(IndexUnusable, match="do not fit"):
        bm25.load(tmp_path)


def test_no_rows_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        bm25.build([], tmp_path)


@given(allowed=st.lists(st.booleans(), min_size=len(TEXTS), max_size=len(TEXTS)))
def test_a_search_among_some_rows_gives_theirs_of_the_whole(
    allowed: list[bool], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("among")
    bm25.build(TOKENS, folder)
    index, among = bm25.load(folder), np.array(allowed)
    rows, scores = index.search(tokenize("tramadol dose"), 10)
    found, its_scores = index.search(tokenize("tramadol dose"), 10, among)
    np.testing.assert_array_equal(found, rows[among[rows]])
    np.testing.assert_array_equal(its_scores, scores[among[rows]])
