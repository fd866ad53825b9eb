"""Every store agrees with plain NumPy."""

from collections.abc import Callable
from pathlib import Path

import faiss as faiss_library
import numpy as np
import pytest
from numpy.typing import NDArray

from exact_store import ExactStore
from fmqa.errors import IndexUnusable
from fmqa.index.stores import exact, faiss
from fmqa.types import FloatArray, VectorStore


def unit(vectors: NDArray[np.floating]) -> FloatArray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def vectors() -> FloatArray:
    random = np.random.default_rng(0)
    centres = random.normal(size=(40, 32))
    found = unit(centres[random.integers(40, size=800)] + 0.7 * random.normal(size=(800, 32)))
    found[[5, 300, 700]] = found[100]  # the same text four times
    return found


@pytest.fixture(scope="module")
def queries(vectors: FloatArray) -> FloatArray:
    random = np.random.default_rng(1)
    return unit(np.vstack([vectors[::40] + 0.1 * random.normal(size=(20, 32)), vectors[100:101]]))


Make = Callable[[FloatArray, Path], VectorStore]


def scan(vectors: FloatArray, folder: Path) -> VectorStore:
    faiss.build_scan(vectors, folder / "scan.faiss")
    return faiss.open_scan(vectors, folder / "scan.faiss")


STORES: dict[str, Make] = {
    "exact": lambda vectors, _: ExactStore(vectors),
    "few": lambda vectors, _: exact.ExactStore(vectors),
    "flat": lambda vectors, _: faiss.FlatStore(vectors),
    "scan": scan,
}


@pytest.mark.parametrize("name", STORES)
def test_scores_are_cosines_best_first(name: str, vectors: FloatArray, queries: FloatArray, tmp_path: Path) -> None:
    rows, scores = STORES[name](vectors, tmp_path).search(queries, 5)
    cosines = queries.astype(float) @ vectors.astype(float).T
    np.testing.assert_allclose(scores, np.take_along_axis(cosines, rows, axis=1), atol=1e-5)
    assert np.all(np.diff(scores, axis=1) <= 0)
    assert rows.dtype == np.int64
    assert scores.dtype == np.float32


@pytest.mark.parametrize("name", ["exact", "few", "flat"])
def test_exact_stores_miss_nothing(name: str, vectors: FloatArray, queries: FloatArray, tmp_path: Path) -> None:
    scores = STORES[name](vectors, tmp_path).search(queries, 5)[1]
    cosines = queries.astype(float) @ vectors.astype(float).T
    np.testing.assert_allclose(scores, -np.sort(-cosines, axis=1)[:, :5], atol=1e-5)


def test_the_scan_misses_next_to_nothing(vectors: FloatArray, queries: FloatArray, tmp_path: Path) -> None:
    found, expected = (STORES[name](vectors, tmp_path).search(queries, 10)[0].tolist() for name in ("scan", "exact"))
    kept = [len(set(a) & set(b)) / 10 for a, b in zip(found, expected, strict=True)]
    assert np.mean(kept) >= 0.98


@pytest.mark.parametrize("name", STORES)
def test_equal_vectors_are_ranked_by_row(name: str, vectors: FloatArray, queries: FloatArray, tmp_path: Path) -> None:
    rows, scores = STORES[name](vectors, tmp_path).search(queries[-1:], 4)
    assert rows.tolist() == [[5, 100, 300, 700]]
    assert len(set(scores[0].tolist())) == 1


@pytest.mark.parametrize("name", STORES)
def test_no_more_rows_than_there_are(name: str, vectors: FloatArray, queries: FloatArray, tmp_path: Path) -> None:
    rows, scores = STORES[name](vectors[:20], tmp_path).search(queries[:3], 50)
    assert rows.shape == scores.shape == (3, 20)
    assert np.array_equal(np.sort(rows, axis=1), np.tile(np.arange(20), (3, 1)))


@pytest.mark.parametrize("name", STORES)
def test_a_query_finds_the_same_alone_and_among_others(
    name: str, vectors: FloatArray, queries: FloatArray, tmp_path: Path
) -> None:
    store = STORES[name](vectors, tmp_path)
    together = store.search(queries, 10)
    for i, query in enumerate(queries):
        rows, scores = store.search(query[np.newaxis], 10)
        assert np.array_equal(rows[0], together[0][i])
        assert np.array_equal(scores[0], together[1][i])


def test_the_scan_file_is_the_same_each_time(vectors: FloatArray, tmp_path: Path) -> None:
    faiss.build_scan(vectors, tmp_path / "one")
    faiss.build_scan(vectors, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_scan_of_other_vectors_is_refused(vectors: FloatArray, tmp_path: Path) -> None:
    faiss.build_scan(vectors, tmp_path / "scan")
    with pytest.raises(IndexUnusable, match="holds 800 vectors"):
        faiss.open_scan(vectors[:-1], tmp_path / "scan")


def test_a_file_that_is_no_scan_is_refused(vectors: FloatArray, tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"noise" * 100)
    flat = faiss_library.IndexFlatIP(32)
    faiss_library.write_index(flat, str(tmp_path / "flat"))
    for name in ("missing", "noise", "flat"):
        with pytest.raises(IndexUnusable, match="rebuild the index"):
            faiss.open_scan(vectors, tmp_path / name)


def test_too_few_vectors_for_a_scan_are_an_error(vectors: FloatArray, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 16 vectors"):
        faiss.build_scan(vectors[:15], tmp_path / "scan")
