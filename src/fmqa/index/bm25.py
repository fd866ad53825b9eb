"""Lexical search: stemmed words and vocabulary concepts, scored by BM25.

bm25s supplies formulas, matrix layout and file format: one precomputed score a term and row, in columns by term. Two
things are done here because of their measured cost. Term counts are grouped by NumPy and kept, so that a build after an
edit counts only the changed rows (100,000 passages: 6 s in bm25s, 1 s here). And a search adds up the memory-mapped
columns with NumPy, without importing bm25s: its import brings numba and SciPy, half a second and 80 MB, and numba's
functions compile anew in every process, to save less than a millisecond a question.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fmqa.errors import IndexUnusable
from fmqa.types import FloatArray, IntArray

K1, B = 1.5, 0.75
"""Saturation of term frequency and weight of passage length; bm25s' defaults."""

_FEW_ROWS = 20_000
DATA_FILE, ROWS_FILE, STARTS_FILE = "data.csc.index.npy", "indices.csc.index.npy", "indptr.csc.index.npy"
VOCABULARY_FILE, COUNTS_FILE = "vocab.index.json", "counts.npy"


class Bm25:
    """Scores of terms by row, read only. Safe to search from several threads."""

    def __init__(
        self,
        vocabulary: dict[str, int],
        starts: IntArray,
        rows: NDArray[np.int32],
        data: FloatArray,
        counts: NDArray[np.uint16],
        size: int,
    ) -> None:
        """Take the columns of the score matrix: term ``t`` has entries ``starts[t]:starts[t + 1]``, by row."""
        self.vocabulary, self.size = vocabulary, size
        self._starts, self._rows, self._data, self._counts = starts, rows, data, counts

    def frequency(self, term: str) -> int:
        """Return the number of rows that have a stemmed term or concept."""
        column = self.vocabulary.get(term)
        return 0 if column is None else int(self._starts[column + 1] - self._starts[column])

    def idf(self, term: str) -> float:
        """Return the inverse document frequency of a term, Lucene's form; highest for a term of no row."""
        frequency = self.frequency(term)
        return float(np.log1p((self.size - frequency + 0.5) / (frequency + 0.5)))

    def search(
        self, tokens: Sequence[str], k: int, among: NDArray[np.bool_] | None = None
    ) -> tuple[IntArray, FloatArray]:
        """Return the rows with a positive score and the scores, at most k, best first, ties by smaller row.

        A token that is given twice counts twice; unknown tokens count nothing. ``among`` says which rows may be
        returned; None: any.
        """
        columns = sorted(self.vocabulary[token] for token in tokens if token in self.vocabulary)
        scores = np.zeros(self.size, dtype=np.float32)
        for column in columns:
            start, end = self._starts[column], self._starts[column + 1]
            scores[self._rows[start:end]] += self._data[start:end]
        if among is not None:
            scores[~among] = 0
        return _best(scores, k)

    def coverage(self, tokens: Sequence[str], rows: IntArray) -> NDArray[np.float64]:
        """Return for rows the share of the tokens that each has, a token counted once and by its rarity, (rows,)."""
        wanted = dict.fromkeys(tokens)
        share = sum(map(self.idf, wanted)) or 1.0
        if self.size <= _FEW_ROWS:  # a place for every row is filled faster than rows are looked up
            every = np.zeros(self.size, dtype=np.float64)
            for token in wanted:
                if (column := self.vocabulary.get(token)) is not None:
                    every[self._rows[self._starts[column] : self._starts[column + 1]]] += self.idf(token)
            return every[rows] / share
        covered = np.zeros(len(rows), dtype=np.float64)
        rows = rows.astype(self._rows.dtype)  # or each column would be converted
        for token in wanted:
            if (column := self.vocabulary.get(token)) is not None:
                having = self._rows[self._starts[column] : self._starts[column + 1]]
                places = np.minimum(np.searchsorted(having, rows), len(having) - 1)
                covered[having[places] == rows] += self.idf(token)
        return covered / share

    def counted(self, kept: IntArray) -> tuple[list[str], IntArray, IntArray, NDArray[np.uint16]]:
        """Return terms, and by entry its term number, row and count, with row ``r`` moved to ``kept[r]``; -1 drops."""
        columns = np.repeat(np.arange(len(self._starts) - 1), np.diff(self._starts))
        rows = kept[self._rows]
        mask = rows >= 0
        terms = sorted(self.vocabulary, key=self.vocabulary.__getitem__)
        return terms, columns[mask], rows[mask], self._counts[mask]


def build(
    tokens: Sequence[Sequence[str] | None], folder: Path, previous: Bm25 | None = None, kept: IntArray | None = None
) -> None:
    """Count, score and write a lexical index; the same rows give the same files, from scratch or from a previous one.

    Args:
        tokens: The tokens of each row, from ``tokenize``; None for a row whose counts are taken from ``previous``.
        folder: Where the files are written; made if missing.
        previous: An index to take counts from.
        kept: For each row of ``previous`` its row now, or -1.

    Raises:
        ValueError: If there are no rows.
    """
    import bm25s  # noqa: PLC0415  # half a second of imports (numba, SciPy) that searching does not need
    from bm25s.scoring import _select_idf_scorer, _select_tfc_scorer  # noqa: PLC0415

    if not tokens:
        raise ValueError("a lexical index needs at least one row")
    terms, columns, rows, counts = _count(tokens)
    if previous is not None and kept is not None:
        old_terms, old_columns, old_rows, old_counts = previous.counted(kept)
        columns = np.concatenate([columns, old_columns + len(terms)])
        rows, counts = np.concatenate([rows, old_rows]), np.concatenate([counts, old_counts])
        terms = terms + old_terms
    # Columns in order of their terms: the matrix depends on the rows alone, not on the way they were counted.
    used = np.unique(columns)
    names = sorted({terms[column] for column in used.tolist()})
    vocabulary = {name: column for column, name in enumerate(names)}
    renumbered = np.full(len(terms), -1, dtype=np.int64)
    renumbered[used] = [vocabulary[terms[column]] for column in used.tolist()]
    key = renumbered[columns] * len(tokens) + rows
    order = np.argsort(key, kind="stable")
    columns, rows, counts = renumbered[columns][order], rows[order], counts[order]

    n, width = len(tokens), len(names)
    frequencies = np.bincount(columns, minlength=width)
    idf_of = _select_idf_scorer("lucene")
    idf_by_frequency = {int(df): idf_of(int(df), n) for df in np.unique(frequencies)}
    idf = np.array([idf_by_frequency[int(df)] for df in frequencies], dtype=np.float32)
    lengths = np.bincount(rows, weights=counts, minlength=n)
    saturation = _select_tfc_scorer("lucene")(
        tf_array=counts.astype(np.float32), l_d=lengths[rows], l_avg=max(lengths.mean(), 1e-9), k1=K1, b=B
    )
    matrix = bm25s.BM25(k1=K1, b=B, method="lucene")
    matrix.scores = {
        "data": (idf[columns] * saturation).astype(np.float32),
        "indices": rows.astype(np.int32),
        "indptr": np.concatenate([[0], np.cumsum(frequencies)]).astype(np.int64),
        "num_docs": n,
    }
    matrix.vocab_dict, matrix.nonoccurrence_array = vocabulary, None
    matrix.save(str(folder), show_progress=False)
    np.save(folder / COUNTS_FILE, counts, allow_pickle=False)


def load(folder: Path) -> Bm25:
    """Open an index that ``build`` wrote, memory-mapped.

    Raises:
        IndexUnusable: If a file is missing or the files do not fit each other.
    """
    try:
        vocabulary: dict[str, int] = json.loads((folder / VOCABULARY_FILE).read_bytes())
        size = int(json.loads((folder / "params.index.json").read_bytes())["num_docs"])
        starts, rows, data, counts = (
            # Views of plain arrays: a memory-mapped array's subclass makes every slice of it slow.
            np.asarray(np.load(folder / name, mmap_mode="r", allow_pickle=False))
            for name in (STARTS_FILE, ROWS_FILE, DATA_FILE, COUNTS_FILE)
        )
    except (OSError, ValueError, KeyError) as error:
        raise IndexUnusable(f"the lexical index in {folder} cannot be read: rebuild the index ({error})") from error
    if not (len(starts) == len(vocabulary) + 1 and len(rows) == len(data) == len(counts) == starts[-1]):
        raise IndexUnusable(f"the files of the lexical index in {folder} do not fit each other: rebuild the index")
    return Bm25(vocabulary, starts, rows, data, counts, size)


def _count(tokens: Sequence[Sequence[str] | None]) -> tuple[list[str], IntArray, IntArray, NDArray[np.uint16]]:
    """Return the terms in order of appearance, and by entry its term number, row and count."""
    numbers: dict[str, int] = {}
    flat = np.array([numbers.setdefault(word, len(numbers)) for words in tokens for word in words or ()], np.int64)
    rows = np.repeat(np.arange(len(tokens)), [len(words or ()) for words in tokens])
    entries, counts = np.unique(flat * len(tokens) + rows, return_counts=True)
    columns, rows = np.divmod(entries, len(tokens))
    return list(numbers), columns, rows, np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16)


def _best(scores: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """Return the rows of the k highest positive scores and the scores, best first, ties by smaller row."""
    rows = np.flatnonzero(scores > 0)
    if len(rows) > k:
        values = scores[rows]
        least = np.partition(values, len(values) - k)[len(values) - k]
        above = rows[values > least]
        rows = np.concatenate([above, rows[values == least][: k - len(above)]])
        rows.sort()
    order = np.argsort(-scores[rows], kind="stable")
    rows = rows[order]
    return rows, scores[rows]
