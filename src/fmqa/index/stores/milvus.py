"""Milvus as the store: a cluster, one server, or Milvus Lite in this process, by the same code.

    milvus://[USER:PASSWORD@]HOST[:PORT][/NAME][?tls=true]    a server or cluster; NAME is fmqa unless given
    milvus:///vectors.db, milvus:////var/lib/fmqa/vectors.db  Milvus Lite: a relative or an absolute path, one process

A generation is a collection, ``NAME_<generation>``; the alias ``NAME`` names the one that is in use and is moved in one
step once every passage is there. A service searches the collection of the generation whose texts it has open, never
through the alias: rows and texts always belong together, whatever is loaded meanwhile.

BM25 is Milvus's own function. It is given our tokens, so that words and concepts are those of ``text.words``; its
scores are ours times ``k1 + 1``, which is taken out here. Milvus Lite counts how rare a word is within each segment,
and a large collection has several: scores are the same as ours in one, and differ by a few hundredths in many.
"""

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
from pymilvus import DataType, Function, FunctionType, MilvusClient, MilvusException

from fmqa.errors import BadSettings, IndexUnusable, Unavailable
from fmqa.index.bm25 import K1, B
from fmqa.index.stores.filters import EVERYTHING, Filter
from fmqa.index.stores.remote import Loaded, Row, Source
from fmqa.types import FloatArray, IntArray

KINDS: Final = {
    "FLAT": ({}, {}),
    "HNSW": ({"M": 32, "efConstruction": 200}, {"ef": 512}),
    "IVF_FLAT": ({"nlist": 4096}, {"nprobe": 64}),
    "DISKANN": ({}, {"search_list": 512}),
}
"""Index types of vectors whose scores are exact cosines, with how each is built and searched."""

_BATCH: Final = 1_000
"""Passages a request: at 384 numbers and some hundred words each about 3 MB, of the 64 MB that a server takes."""
_MORE: Final = 16
"""Rows asked for beyond k, so that rows tied with the last one are seen before the tie is broken by row."""
_MOST: Final = 16_384
"""Rows that Milvus returns at most."""
_LONGEST: Final = 65_535
"""Bytes of a text field at most."""
_ROW, _VECTOR, _TERMS, _BM25 = "row", "vector", "terms", "bm25"
_PORT: Final = 19_530
_WAIT_S: Final = 30.0
_NO_CONNECTION: Final = 2  # the client's own code
# Its messages and logs may quote requests, and so a question's words.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL + 1)


class _Place(NamedTuple):
    """A URL, read."""

    uri: str
    token: str
    name: str
    shown: str  # without user and password


class MilvusStore:
    """One generation in Milvus. Safe to search from several threads."""

    def __init__(self, client: MilvusClient, collection: str, shown: str, passages: int) -> None:
        """Take an open client and the name of a whole collection; see ``open_store``."""
        self._client, self._collection, self._shown, self._passages = client, collection, shown, passages
        [index] = (client.describe_index(collection, name) for name in client.list_indexes(collection, _VECTOR))
        self._searching = {"metric_type": "IP", "params": KINDS[index["index_type"]][1]}

    def search(self, queries: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
        """Return rows and cosine similarities, two (q, min(k, n)) arrays, best first, ties by smaller row."""
        k = min(k, self._passages)
        # A request a query: what one finds then does not depend on the others.
        found = [self.dense(query, k) for query in queries]
        return np.stack([rows for rows, _ in found]), np.stack([scores for _, scores in found])

    def dense(self, vector: FloatArray, k: int, wanted: Filter = EVERYTHING) -> tuple[IntArray, FloatArray]:
        """Return rows and cosine similarities of at most k passages, best first, ties by smaller row."""
        return self._search(_VECTOR, np.asarray(vector, dtype=np.float32), k, wanted, self._searching)

    def lexical(self, tokens: Sequence[str], k: int, wanted: Filter = EVERYTHING) -> tuple[IntArray, FloatArray]:
        """Return rows and BM25 scores, as ``index.bm25`` scores them, of at most k passages that have a token."""
        if not tokens:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        # The embedded form gives scores below 0, the server above.
        rows, scores = self._search(_BM25, _text_of(tokens), k, wanted, {"metric_type": "BM25"})
        return rows, np.divide(np.abs(scores), K1 + 1, dtype=np.float32)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _search(
        self, field: str, asked: FloatArray | str, k: int, wanted: Filter, parameters: dict[str, Any]
    ) -> tuple[IntArray, FloatArray]:
        with _failures(self._shown):
            [found] = self._client.search(
                self._collection,
                data=[asked],
                anns_field=field,
                limit=min(k + _MORE, self._passages, _MOST),
                filter=expression(wanted),
                search_params=parameters,
                output_fields=[_ROW],
                consistency_level="Eventually",  # a whole collection is written to no more
            )
        rows = np.array([hit[_ROW] for hit in found], dtype=np.int64)
        scores = np.array([hit["distance"] for hit in found], dtype=np.float32)
        order = np.lexsort((rows, -np.abs(scores) if field == _BM25 else -scores))[:k]
        return rows[order], scores[order]


def open_store(url: str, generation: str, passages: int) -> MilvusStore:
    """Open the collection of a generation.

    Raises:
        IndexUnusable: Milvus does not hold the generation, or not all of it.
        Unavailable: Milvus cannot be reached.
    """
    place = _place(url)
    client = _connect(place)
    collection = f"{place.name}_{generation}"
    with _closing_on_failure(client, place.shown):
        held = _count(client, collection) if client.has_collection(collection) else 0
        if held != passages:
            raise IndexUnusable(
                f"{place.shown} holds {held} of the {passages} passages of generation {generation}: "
                "run 'fmqa index load'"
            )
        client.load_collection(collection)
        return MilvusStore(client, collection, place.shown, passages)


def load(url: str, source: Source, kind: str | None, progress: Callable[[str, int, int], None]) -> Loaded:
    """Bring a generation into Milvus, move the alias to it in one step, and drop the generations that are not kept.

    A load that was broken off goes on where it stopped: batches that are there are counted, not sent again.

    Raises:
        BadSettings: There is no such kind of index.
        Unavailable: Milvus cannot be reached or refuses the passages; what was in use still is.
    """
    place = _place(url)
    kind = kind or ("FLAT" if place.uri.startswith("/") else "HNSW")
    if kind not in KINDS:
        raise BadSettings(f"there is no kind of index {kind}: choose one of {', '.join(KINDS)}")
    client = _connect(place)
    try:
        with _failures(place.shown):
            collection = f"{place.name}_{source.generation}"
            written = _fill(client, collection, source, kind, progress)
            _use(client, place.name, collection)
            return Loaded(written, source.size, _tidied(client, place.name, source))
    finally:
        client.close()


def expression(wanted: Filter) -> str:
    """Return a filter in Milvus's language; empty if it allows everything.

    >>> from fmqa.types import Trust
    >>> expression(Filter(trust=(Trust.OWN,), organisations=("The Made Society",), first_year=2020))
    'trust in ["own, unreviewed"] and organisation in ["The Made Society"] and year >= 2020'
    """
    terms = [
        f"{field} in [{', '.join(json.dumps(str(value), ensure_ascii=False) for value in values)}]"
        for field, values in (
            ("trust", wanted.trust),
            ("kind", wanted.kinds),
            ("organisation", wanted.organisations),
        )
        if values
    ]
    if wanted.added is not None:
        terms.append(f"added == {str(wanted.added).lower()}")
    if wanted.first_year is not None:
        terms.append(f"year >= {wanted.first_year}")
    if wanted.last_year is not None:
        terms.append(f"year <= {wanted.last_year}")
        if wanted.first_year is None:
            terms.append("year > 0")  # 0 is a year that is not stated
    return " and ".join(terms)


def _place(url: str) -> _Place:
    """Read a URL.

    Raises: BadSettings if it names neither a server nor a file.
    """
    parts = urlsplit(url)
    if not parts.netloc:
        path = unquote(parts.path).removeprefix("/")
        if not path.endswith(".db"):
            raise BadSettings("FMQA_STORE names no server and no file that ends in .db: milvus:////folder/vectors.db")
        return _Place(str(Path(path).absolute()), "", "fmqa", f"milvus:///{path}")
    try:
        host, port = parts.hostname, parts.port or _PORT
    except ValueError as error:
        raise BadSettings("FMQA_STORE has a port that is no number") from error
    scheme = "https" if parse_qs(parts.query).get("tls") == ["true"] else "http"
    token = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}" if parts.username else ""
    name = parts.path.strip("/") or "fmqa"
    if not (name.isidentifier() and name.isascii()):
        raise BadSettings("the name in FMQA_STORE is not made of letters, digits and underscores")
    shown = f"[{host}]" if ":" in (host or "") else host
    return _Place(f"{scheme}://{shown}:{port}", token, name, f"milvus://{shown}:{port}/{name}")


def _connect(place: _Place) -> MilvusClient:
    embedded = place.uri.startswith("/")
    with _failures(place.shown):
        try:
            if embedded:
                logging.getLogger("grpc._server").setLevel(logging.CRITICAL + 1)  # it knows not every call, and says so
                Path(place.uri).parent.mkdir(parents=True, exist_ok=True)
            return MilvusClient(uri=place.uri, token=place.token, timeout=_WAIT_S)
        except Exception as error:
            if not embedded:
                raise
            # Milvus Lite raises whatever its parts do, and needs the file for itself.
            raise Unavailable(
                f"{place.shown} cannot be opened ({type(error).__name__}): is another process using it?"
            ) from None


@contextmanager
def _failures(shown: str) -> Iterator[None]:
    """Turn Milvus's errors into ours. They are not chained: their messages may quote a request."""
    try:
        yield
    except MilvusException as error:
        if error.code == _NO_CONNECTION:
            raise Unavailable(f"{shown} cannot be reached: is Milvus running there?") from None
        raise Unavailable(f"{shown} cannot be used (Milvus error {error.code}): look at its log") from None


@contextmanager
def _closing_on_failure(client: MilvusClient, shown: str) -> Iterator[None]:
    try:
        with _failures(shown):
            yield
    except BaseException:
        client.close()
        raise


def _fill(
    client: MilvusClient,
    collection: str,
    source: Source,
    kind: str,
    progress: Callable[[str, int, int], None],
) -> int:
    """Send what a collection has not, and return how many passages were sent once all can be searched."""
    fresh = not client.has_collection(collection)
    if fresh:
        _create(client, collection, source.dimension, kind)
    client.load_collection(collection)
    written = 0
    if fresh or _count(client, collection) != source.size:
        for start in range(0, source.size, _BATCH):
            batch = range(start, min(start + _BATCH, source.size))
            if fresh or _count(client, collection, batch) != len(batch):
                client.upsert(collection, [_entity(n, row) for n, row in zip(batch, source.rows(batch), strict=True)])
                written += len(batch)
            progress("load", batch.stop, source.size)
        client.flush(collection)
    held = _count(client, collection)
    if held != source.size:
        raise Unavailable(f"{held} of {source.size} passages arrived in {collection}: run 'fmqa index load' again")
    return written


def _create(client: MilvusClient, collection: str, dimension: int, kind: str) -> None:
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field(_ROW, DataType.INT64, is_primary=True)
    schema.add_field(_VECTOR, DataType.FLOAT_VECTOR, dim=dimension)
    plain = {"tokenizer": "standard"}  # parts at what is neither letter nor digit: our words have none
    schema.add_field(_TERMS, DataType.VARCHAR, max_length=_LONGEST, enable_analyzer=True, analyzer_params=plain)
    schema.add_field(_BM25, DataType.SPARSE_FLOAT_VECTOR)
    for name in ("trust", "kind", "organisation"):
        schema.add_field(name, DataType.VARCHAR, max_length=1024)
    schema.add_field("year", DataType.INT64)
    schema.add_field("added", DataType.BOOL)
    schema.add_function(
        Function(
            name="bm25_of_terms",
            function_type=FunctionType.BM25,
            input_field_names=[_TERMS],
            output_field_names=[_BM25],
        )
    )
    indexes = MilvusClient.prepare_index_params()
    indexes.add_index(_VECTOR, index_type=kind, metric_type="IP", params=KINDS[kind][0])
    weighing = {"bm25_k1": K1, "bm25_b": B}
    indexes.add_index(_BM25, index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=weighing)
    client.create_collection(collection, schema=schema, index_params=indexes, consistency_level="Strong")


def _entity(number: int, row: Row) -> dict[str, Any]:
    facts = row.facts
    return {
        _ROW: number,
        _VECTOR: row.vector,
        _TERMS: _text_of(row.tokens),
        "trust": str(facts.trust),
        "kind": str(facts.kind),
        "organisation": facts.organisation or "",
        "year": facts.year or 0,
        "added": facts.added,
    }


def _text_of(tokens: Iterable[str]) -> str:
    """Return tokens as words that an analyser takes as they are: ASCII letters and digits, injectively."""
    return " ".join(map(_word_of, tokens))


def _word_of(token: str) -> str:
    plain = token.isascii() and token.isalnum() and token == token.lower() and not token.startswith("0x")
    return token if plain else f"0x{token.encode().hex()}"


def _count(client: MilvusClient, collection: str, rows: range | None = None) -> int:
    among = f"{_ROW} >= {rows.start} and {_ROW} < {rows.stop}" if rows is not None else ""
    [found] = client.query(collection, filter=among, output_fields=["count(*)"], consistency_level="Strong")
    return int(found["count(*)"])


def _aliased(client: MilvusClient, alias: str) -> str | None:
    for collection in client.list_collections():
        if alias in client.list_aliases(collection)["aliases"]:
            return str(collection)
    return None


def _use(client: MilvusClient, alias: str, collection: str) -> None:
    """Let the alias name a collection: from one request to the next, all who search through it see the new one."""
    before = _aliased(client, alias)
    if before is None:
        client.create_alias(collection, alias)
    elif before != collection:
        client.alter_alias(collection, alias)


def _tidied(client: MilvusClient, alias: str, source: Source) -> tuple[str, ...]:
    """Drop the generations of this name that are not kept, and return them."""
    held = {name.removeprefix(f"{alias}_") for name in client.list_collections() if name.startswith(f"{alias}_")}
    dropped = sorted(name for name in held - {source.generation, *source.kept} if re.fullmatch("[0-9a-f]{16}", name))
    for name in dropped:
        client.drop_collection(f"{alias}_{name}")
    return tuple(dropped)
