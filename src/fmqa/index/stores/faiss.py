"""Search with FAISS: exact for small corpora, exhaustive fast-scan with exact refinement for large ones.

Measured on 100,000 real passages (d = 384, two cores): exact 5.8 ms a query; fast-scan 0.12 ms at recall@10 .99. A
graph (HNSW) is no faster and stays at .95. The scan reads 48 bytes a vector, so it is bound by memory bandwidth and
needs no tuning up to about a million passages.
"""

from pathlib import Path

import faiss
import numpy as np

from fmqa.errors import IndexUnusable
from fmqa.index.stores.exact import refine
from fmqa.types import FloatArray, IntArray

TRAINING_ROWS = 4_096
"""Vectors that the quantiser is trained on, evenly spaced over the corpus; 256 a centroid, more is ignored by FAISS."""

LEAST_VECTORS = 16
"""Vectors that the quantiser needs: one for each of its centroids."""

REFINE_FACTOR, REFINE_LEAST = 3, 400
"""Candidates taken from the scan for each result, and at least, to be ranked by exact similarity. Of 600 candidates for
200 results, the first 10 are all right, the first 50 to .999 and all 200 to .95, on 8,800 abstracts and on 100,000
mixtures of their vectors; 1,600 candidates cost twice the time for the last ones, which fusion hardly weighs."""


class FlatStore:
    """Exact inner products over all vectors."""

    def __init__(self, vectors: FloatArray) -> None:
        """Copy unit vectors, (n, d) float32, by row."""
        self._vectors = vectors
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def search(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Return rows and cosine similarities, two (q, min(k, n)) arrays, best first, ties by smaller row."""
        # Some more than k, so that rows tied with the last one are seen before the tie is broken by row.
        k = min(k, self._index.ntotal)
        return refine(self._vectors, queries, _candidates(self._index, queries, k + 16), k)


class FastScanStore:
    """Product-quantised scan of all vectors, refined with the exact ones, which may be memory-mapped."""

    def __init__(self, vectors: FloatArray, scan: faiss.IndexPQFastScan) -> None:
        """Join a scan index with its exact vectors, (n, d) float32, by row.

        Raises:
            IndexUnusable: If the two do not belong together.
        """
        if (scan.ntotal, scan.d) != vectors.shape:
            raise IndexUnusable(
                f"the scan index holds {scan.ntotal} vectors of length {scan.d}, the vector file "
                f"{vectors.shape[0]} of length {vectors.shape[1]}: rebuild the index"
            )
        self._vectors, self._scan = vectors, scan

    def search(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Return rows and cosine similarities, two (q, min(k, n)) arrays, best first, ties by smaller row."""
        k = min(k, len(self._vectors))
        return refine(self._vectors, queries, _candidates(self._scan, queries, max(k * REFINE_FACTOR, REFINE_LEAST)), k)


def build_scan(vectors: FloatArray, path: Path) -> None:
    """Train and write the scan index of unit vectors, (n, d) float32; the same vectors give the same file.

    Raises:
        ValueError: If d is not a multiple of 4, or there are fewer vectors than the quantiser has centroids (16).
    """
    n, d = vectors.shape
    if d % 4 or n < LEAST_VECTORS:
        raise ValueError(f"fast-scan needs a length divisible by 4 and at least 16 vectors, not {n} of length {d}")
    scan = faiss.IndexPQFastScan(d, d // 4, 4, faiss.METRIC_INNER_PRODUCT)
    scan.pq.cp.seed = 0
    rows = np.linspace(0, n - 1, min(n, TRAINING_ROWS)).astype(np.int64)
    # One thread: training is many short parallel loops, whose spinning waits cost 50 s instead of 1 on a busy machine.
    faiss.omp_set_num_threads(1)
    scan.train(np.ascontiguousarray(vectors[rows]))
    scan.add(np.ascontiguousarray(vectors))
    faiss.write_index(scan, str(path))


def open_scan(vectors: FloatArray, path: Path) -> FastScanStore:
    """Open a scan index that ``build_scan`` wrote.

    Raises:
        IndexUnusable: If the file is missing or is no such index, or does not fit the vectors.
    """
    try:
        scan = faiss.read_index(str(path))
    except RuntimeError as error:
        raise IndexUnusable(f"{path} cannot be read: rebuild the index") from error
    if not isinstance(scan, faiss.IndexPQFastScan):
        raise IndexUnusable(f"{path} is no fast-scan index: rebuild the index")
    return FastScanStore(vectors, scan)


def _candidates(index: faiss.Index, queries: FloatArray, count: int) -> IntArray:
    # OpenMP keeps this number by calling thread. One: FAISS and onnxruntime pools would fight for the cores.
    faiss.omp_set_num_threads(1)
    rows: IntArray = index.search(np.ascontiguousarray(queries, dtype=np.float32), min(count, index.ntotal))[1]
    return rows
