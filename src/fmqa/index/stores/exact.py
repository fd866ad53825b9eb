"""Exact search with NumPy alone: for a few thousand vectors as fast as FAISS, which is slow to load."""

from typing import Final

import numpy as np

from fmqa.types import FloatArray, IntArray

FEW: Final = 4_000
"""Vectors up to which this is used."""


class ExactStore:
    """Exact inner products over all vectors."""

    def __init__(self, vectors: FloatArray) -> None:
        """Copy unit vectors, (n, d) float32, by row."""
        self._vectors = np.array(vectors, dtype=np.float32)

    def search(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Return rows and cosine similarities, two (q, min(k, n)) arrays, best first, ties by smaller row."""
        k = min(k, len(self._vectors))
        rows = np.empty((len(queries), k), dtype=np.int64)
        scores = np.empty((len(queries), k), dtype=np.float32)
        for i, query in enumerate(queries):
            similarity = np.einsum("nd,d->n", self._vectors, query)
            rows[i] = np.argsort(-similarity, kind="stable")[:k]
            scores[i] = similarity[rows[i]]
        return rows, scores


def refine(vectors: FloatArray, queries: FloatArray, candidates: IntArray, k: int) -> tuple[IntArray, FloatArray]:
    """Rank candidate rows by exact similarity, one dot product a pair so that equal vectors score the same.

    Args:
        vectors: (n, d) float32, by row.
        queries: (q, d) float32.
        candidates: (q, any) rows for each query, -1 for none.
        k: Most rows.
    """
    rows = np.empty((len(queries), k), dtype=np.int64)
    scores = np.empty((len(queries), k), dtype=np.float32)
    for i, query in enumerate(queries):
        found = np.sort(candidates[i][candidates[i] >= 0])
        similarity = np.einsum("nd,d->n", vectors[found], query)
        order = np.argsort(-similarity, kind="stable")[:k]
        rows[i], scores[i] = found[order], similarity[order]
    return rows, scores
