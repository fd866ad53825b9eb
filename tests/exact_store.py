"""Exact search with NumPy alone: the plain reference that every other store is compared with."""

import numpy as np

from fmqa.types import FloatArray, IntArray


class ExactStore:
    """All vectors in memory, one matrix product a search."""

    def __init__(self, vectors: FloatArray) -> None:
        """Keep unit vectors, (n, d) float32, by row."""
        self._vectors = vectors

    def search(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Return rows and cosine similarities, two (q, min(k, n)) arrays, best first, ties by smaller row."""
        # One dot product a pair, not a blocked matrix product: equal vectors then have equal scores, whatever their
        # row, and ties are real ties.
        scores = np.stack([np.einsum("nd,d->n", self._vectors, query) for query in queries]).astype(np.float32)
        rows = np.argsort(-scores, axis=1, kind="stable")[:, :k].astype(np.int64)
        return rows, np.take_along_axis(scores, rows, axis=1)
