"""Milvus, embedded: by value what exact search and our own BM25 find, with every filter; one generation at a time."""

import fcntl
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exact_store import ExactStore
from fmqa.errors import BadSettings, IndexUnusable, Unavailable
from fmqa.index import bm25
from fmqa.index.stores import remote
from fmqa.index.stores.filters import Facts, Filter
from fmqa.types import DocumentKind, FloatArray, Trust

pymilvus = pytest.importorskip("pymilvus", reason="the extra is not installed: pip install 'fmqa[milvus]'")
pytest.importorskip("milvus_lite", reason="the extra is not installed: pip install 'fmqa[milvus]'")

from fmqa.index.stores import milvus  # noqa: E402

SIZE, DIMENSION = 900, 32
BODIES = ("WHO", 'The "Made" Society', "Verein für Schmerz \\ 'Schlaf'", None)
WORDS = [*"abcdefghijklmnop", "c:tramadol", "4.5", "0x61", "κ", "fibro", "2017"]
GENERATION = "0123456789abcdef"
no_progress = lambda _step, _done, _total: None  # noqa: E731


def made_rows(seed: int, size: int = SIZE) -> list[remote.Row]:
    random = np.random.default_rng(seed)
    centres = random.normal(size=(40, DIMENSION))
    vectors = centres[random.integers(40, size=size)] + 0.7 * random.normal(size=(size, DIMENSION))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    vectors[[5, size // 2, size - 1]] = vectors[100]  # the same text four times
    kinds, trusts = list(DocumentKind), list(Trust)
    return [
        remote.Row(
            vector,
            [WORDS[min(int(n), len(WORDS) - 1)] for n in random.exponential(5, size=int(random.integers(1, 30)))],
            Facts(
                trust=trusts[random.integers(len(trusts))],
                added=bool(random.integers(2)),
                kind=kinds[random.integers(len(kinds))],
                year=None if random.random() < 0.1 else int(random.integers(1990, 2027)),
                organisation=BODIES[random.integers(len(BODIES))],
            ),
        )
        for vector in vectors
    ]


ROWS = made_rows(0)
VECTORS: FloatArray = np.stack([row.vector for row in ROWS])


def source_of(
    rows: Sequence[remote.Row], generation: str = GENERATION, kept: tuple[str, ...] = (), breaks_at: int | None = None
) -> remote.Source:
    def of(wanted: range) -> Iterator[remote.Row]:
        if breaks_at is not None and wanted.stop > breaks_at:
            raise ConnectionError
        yield from rows[wanted.start : wanted.stop]

    return remote.Source(generation, len(rows), DIMENSION, of, kept)


def current(url: str) -> str:
    """Return the generation that the alias names."""
    client = pymilvus.MilvusClient(uri=url.removeprefix("milvus:///"))
    name = str(client.describe_alias("fmqa")["collection_name"])
    client.close()
    return name.removeprefix("fmqa_")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[remote.PassageStore]:
    url = f"milvus:///{tmp_path_factory.mktemp('milvus')}/vectors.db"
    remote.load(url, source_of(ROWS))
    opened = remote.open_store(url, GENERATION, SIZE)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def queries() -> FloatArray:
    random = np.random.default_rng(1)
    asked = np.vstack([VECTORS[::45] + 0.1 * random.normal(size=(20, DIMENSION)), VECTORS[100:101]])
    return np.asarray(asked / np.linalg.norm(asked, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> bm25.Bm25:
    folder = tmp_path_factory.mktemp("bm25")
    bm25.build([row.tokens for row in ROWS], folder)
    return bm25.load(folder)


def test_dense_search_is_exact_search_by_value(store: remote.PassageStore, queries: FloatArray) -> None:
    rows, scores = store.search(queries, 10)
    expected_rows, expected = ExactStore(VECTORS).search(queries, 10)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_allclose(scores, expected, atol=1e-6)
    assert rows.dtype == np.int64
    assert scores.dtype == np.float32


def test_no_more_rows_than_there_are(store: remote.PassageStore, queries: FloatArray) -> None:
    rows, scores = store.search(queries[:1], 2 * SIZE)
    assert rows.shape == scores.shape == (1, SIZE)
    assert np.array_equal(np.sort(rows[0]), np.arange(SIZE))


def test_a_query_finds_the_same_alone_and_among_others(store: remote.PassageStore, queries: FloatArray) -> None:
    together = store.search(queries, 10)
    for i, query in enumerate(queries[:5]):
        rows, scores = store.dense(query, 10)
        assert np.array_equal(rows, together[0][i])
        assert np.array_equal(scores, together[1][i])


filters = st.builds(
    Filter,
    trust=st.lists(st.sampled_from(Trust), unique=True).map(tuple),
    added=st.none() | st.booleans(),
    kinds=st.lists(st.sampled_from(DocumentKind), unique=True).map(tuple),
    organisations=st.lists(st.sampled_from([body for body in BODIES if body]), unique=True).map(tuple),
    first_year=st.none() | st.integers(1990, 2026),
    last_year=st.none() | st.integers(1990, 2026),
)


@settings(max_examples=40)
@given(wanted=filters, asked=st.integers(0, 20))
def test_a_filter_leaves_what_it_allows_and_the_scores_as_they_are(
    store: remote.PassageStore, queries: FloatArray, wanted: Filter, asked: int
) -> None:
    rows, scores = store.dense(queries[asked], 30, wanted)
    allowed = np.array([n for n, row in enumerate(ROWS) if wanted.allows(row.facts)], dtype=np.int64)
    if not len(allowed):
        assert not len(rows)
        return
    expected_rows, expected = ExactStore(VECTORS[allowed]).search(queries[asked : asked + 1], 30)
    np.testing.assert_array_equal(rows, allowed[expected_rows[0]])
    np.testing.assert_allclose(scores, expected[0], atol=1e-6)


@settings(max_examples=40)
@given(wanted=filters, asked=st.lists(st.sampled_from([*WORDS, "unknown"]), max_size=6))
def test_lexical_search_scores_as_our_own_does(
    store: remote.PassageStore, words: bm25.Bm25, wanted: Filter, asked: list[str]
) -> None:
    rows, scores = store.lexical(asked, SIZE, wanted)
    expected_rows, expected = words.search(asked, SIZE, np.array([wanted.allows(row.facts) for row in ROWS]))
    assert sorted(rows.tolist()) == sorted(expected_rows.tolist())
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
    by_row = dict(zip(expected_rows.tolist(), expected.tolist(), strict=True))
    np.testing.assert_allclose(scores, [by_row[row] for row in rows.tolist()], rtol=1e-5)


@pytest.mark.parametrize("kind", ["HNSW", "IVF_FLAT"])
def test_an_approximate_index_finds_nearly_all_and_gives_exact_cosines(
    kind: str, queries: FloatArray, tmp_path: Path
) -> None:
    url = f"milvus:///{tmp_path}/vectors.db"
    remote.load(url, source_of(ROWS), kind)
    opened = remote.open_store(url, GENERATION, SIZE)
    rows, scores = opened.search(queries, 10)
    opened.close()
    exact = ExactStore(VECTORS).search(queries, 10)[0]
    kept = [len(set(a) & set(b)) / 10 for a, b in zip(rows.tolist(), exact.tolist(), strict=True)]
    assert np.mean(kept) >= 0.95
    np.testing.assert_allclose(scores, np.einsum("qkd,qd->qk", VECTORS[rows], queries), atol=1e-6)


def test_a_load_that_breaks_changes_nothing_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    url = f"milvus:///{tmp_path}/vectors.db"
    many, first = made_rows(2, 2_500), "a" * 16
    remote.load(url, source_of(ROWS, first))
    with pytest.raises(ConnectionError):
        milvus.load(url, source_of(many, breaks_at=2_200), None, no_progress)
    assert current(url) == first
    with pytest.raises(IndexUnusable, match="holds 2000 of the 2500 passages"):
        remote.open_store(url, GENERATION, 2_500)
    assert remote.load(url, source_of(many, kept=(first,))) == remote.Loaded(500, 2_500, ())
    assert current(url) == GENERATION
    remote.open_store(url, GENERATION, 2_500).close()


def test_the_alias_moves_in_one_step_and_old_generations_go(tmp_path: Path) -> None:
    url = f"milvus:///{tmp_path}/vectors.db"
    names = ["a" * 16, "b" * 16, "c" * 16]
    remote.load(url, source_of(ROWS[:100], names[0]))
    seen: list[int] = []
    client = pymilvus.MilvusClient(uri=f"{tmp_path}/vectors.db")
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(int(client.query("fmqa", output_fields=["count(*)"])[0]["count(*)"]))

    reader = threading.Thread(target=read)
    reader.start()
    dropped = [
        remote.load(url, source_of(ROWS[: 100 * (n + 1)], name, tuple(names[n - 1 : n]))).dropped
        for n, name in enumerate(names[1:], start=1)
    ]
    done.set()
    reader.join()
    client.close()
    assert dropped == [(), (names[0],)]
    assert set(seen) <= {100, 200, 300}  # never a collection that is being filled
    assert seen == sorted(seen)
    assert remote.load(url, source_of(ROWS[:200], names[1], tuple(names))).written == 0  # back: only the alias moves
    assert current(url) == names[1]


def test_a_copy_of_the_file_is_a_backup(tmp_path: Path, queries: FloatArray) -> None:
    urls = [f"milvus:///{tmp_path}/{name}.db" for name in ("kept", "restored")]
    remote.load(urls[0], source_of(ROWS))
    shutil.copytree(tmp_path / "kept.db", tmp_path / "restored.db")
    assert remote.load(urls[1], source_of(ROWS)).written == 0
    found = []
    for url in urls:
        store = remote.open_store(url, GENERATION, SIZE)
        found.append(store.search(queries, 10)[0])
        store.close()
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("chroma://here", "begins with none of milvus"),
        ("milvus:///vectors", "no file that ends in .db"),
        ("milvus://user:hidden@host:port", "a port that is no number"),
        ("milvus://user:hidden@host/a-b", "letters, digits and underscores"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(url: str, says: str) -> None:
    with pytest.raises(BadSettings, match=says) as told:
        remote.open_store(url, GENERATION, 1)
    assert "hidden" not in str(told.value)


def test_a_server_that_does_not_run_is_told_without_the_password() -> None:
    with pytest.raises(Unavailable, match=r"milvus://127\.0\.0\.1:1/fmqa cannot be reached") as told:
        remote.open_store("milvus://user:hidden@127.0.0.1:1", GENERATION, 1)
    assert "hidden" not in str(told.value)


def test_an_unknown_kind_of_index_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="choose one of FLAT"):
        remote.load(f"milvus:///{tmp_path}/vectors.db", source_of(ROWS), "TREE")


def test_a_file_that_another_process_holds_is_told(tmp_path: Path) -> None:
    url = f"milvus:///{tmp_path}/held.db"
    (tmp_path / "held.db").mkdir()
    with (tmp_path / "held.db" / "LOCK").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Unavailable, match="is another process using it"):
            remote.open_store(url, GENERATION, 1)
