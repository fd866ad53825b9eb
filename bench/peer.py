"""One program that finds passages with one library, as its documentation shows; `peers.py` runs each in a process.

    python bench/peer.py NAME TASK.json RESULT.json

Each class is what a user writes: `__init__` reads the passages in, `search` gives the ids of the ten nearest. All get
the same passages, the same model folder and the same questions, and no library is tuned.
"""

import importlib.metadata
import inspect
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"


class Program(Protocol):
    """What is measured of each library."""

    def search(self, question: str) -> Sequence[str]:
        """Return the ids of the ten nearest passages, best first."""


class Plain:
    """Plain sentence-transformers and a flat FAISS index."""

    package = "sentence-transformers"

    def __init__(self, texts: dict[str, str], model: str) -> None:
        """Encode and add all."""
        import faiss  # noqa: PLC0415
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415

        self.ids, self.model = list(texts), SentenceTransformer(model, device="cpu")
        vectors = self.model.encode(list(texts.values()), normalize_embeddings=True)
        self.index = faiss.IndexFlatIP(vectors.shape[1])
        self.index.add(vectors)

    def search(self, question: str) -> Sequence[str]:
        """Return the ids of the ten nearest passages."""
        rows = self.index.search(self.model.encode([question], normalize_embeddings=True), 10)[1][0]
        return [self.ids[row] for row in rows]


class LlamaIndex:
    """LlamaIndex with its own vector store."""

    package = "llama-index-core"

    def __init__(self, texts: dict[str, str], model: str) -> None:
        """Make nodes and index them."""
        from llama_index.core import VectorStoreIndex  # noqa: PLC0415
        from llama_index.core.schema import TextNode  # noqa: PLC0415
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # noqa: PLC0415

        nodes = [TextNode(id_=name, text=text) for name, text in texts.items()]
        index = VectorStoreIndex(nodes, embed_model=HuggingFaceEmbedding(model_name=model, device="cpu"))
        self.retriever = index.as_retriever(similarity_top_k=10)

    def search(self, question: str) -> Sequence[str]:
        """Return the ids of the ten nearest passages."""
        return [found.node.node_id for found in self.retriever.retrieve(question)]


class LangChain:
    """LangChain with FAISS and BM25, joined by its ensemble."""

    package = "langchain-core"

    def __init__(self, texts: dict[str, str], model: str) -> None:
        """Make documents and index them twice."""
        from langchain_classic.retrievers import EnsembleRetriever  # noqa: PLC0415
        from langchain_community.retrievers import BM25Retriever  # noqa: PLC0415
        from langchain_community.vectorstores import FAISS  # noqa: PLC0415
        from langchain_core.documents import Document  # noqa: PLC0415
        from langchain_huggingface import HuggingFaceEmbeddings  # noqa: PLC0415

        documents = [Document(page_content=text, metadata={"name": name}) for name, text in texts.items()]
        embeddings = HuggingFaceEmbeddings(model_name=model, encode_kwargs={"normalize_embeddings": True})
        dense = FAISS.from_documents(documents, embeddings).as_retriever(search_kwargs={"k": 10})
        lexical = BM25Retriever.from_documents(documents, k=10)
        self.retriever = EnsembleRetriever(retrievers=[dense, lexical], weights=[0.5, 0.5])

    def search(self, question: str) -> Sequence[str]:
        """Return the ids of the ten nearest passages."""
        return [found.metadata["name"] for found in self.retriever.invoke(question)][:10]


class Haystack:
    """Haystack with its in-memory store, vectors and BM25 joined by rank."""

    package = "haystack-ai"

    def __init__(self, texts: dict[str, str], model: str) -> None:
        """Embed documents, write them, and make the retrievers."""
        from haystack import Document  # noqa: PLC0415
        from haystack.components.joiners import DocumentJoiner  # noqa: PLC0415
        from haystack.components.retrievers.in_memory import (  # noqa: PLC0415
            InMemoryBM25Retriever,
            InMemoryEmbeddingRetriever,
        )
        from haystack.document_stores.in_memory import InMemoryDocumentStore  # noqa: PLC0415
        from haystack_integrations.components.embedders.sentence_transformers import (  # noqa: PLC0415
            SentenceTransformersDocumentEmbedder,
            SentenceTransformersTextEmbedder,
        )

        embedder = SentenceTransformersDocumentEmbedder(model=model, normalize_embeddings=True, progress_bar=False)
        self.embedder = SentenceTransformersTextEmbedder(model=model, normalize_embeddings=True, progress_bar=False)
        for each in (embedder, self.embedder):
            each.warm_up()
        store = InMemoryDocumentStore()
        documents = [Document(id=name, content=text) for name, text in texts.items()]
        store.write_documents(embedder.run(documents)["documents"])
        self.dense, self.lexical = InMemoryEmbeddingRetriever(store, top_k=10), InMemoryBM25Retriever(store, top_k=10)
        self.joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=10)

    def search(self, question: str) -> Sequence[str]:
        """Return the ids of the ten nearest passages."""
        near = self.dense.run(self.embedder.run(question)["embedding"])["documents"]
        joined = self.joiner.run([near, self.lexical.run(question)["documents"]])
        return [found.id for found in joined["documents"]]


class Txtai:
    """txtai, hybrid, with the texts in its database."""

    package = "txtai"

    def __init__(self, texts: dict[str, str], model: str) -> None:
        """Index texts."""
        from txtai import Embeddings  # noqa: PLC0415

        self.embeddings = Embeddings(path=model, hybrid=True, content=True)
        self.embeddings.index((name, text, None) for name, text in texts.items())

    def search(self, question: str) -> Sequence[str]:
        """Return the ids of the ten nearest passages."""
        return [found["id"] for found in self.embeddings.search(question, 10)]


PROGRAMS: dict[str, Callable[[dict[str, str], str], Program]] = {
    "plain": Plain,
    "LlamaIndex": LlamaIndex,
    "LangChain": LangChain,
    "Haystack": Haystack,
    "txtai": Txtai,
}


def written(program: Any) -> int:
    """Return the lines of code that a user writes: imports, reading in and searching; no text, no signature."""
    lines = [
        line.strip() for method in (program.__init__, program.search) for line in inspect.getsource(method).splitlines()
    ]
    return sum(bool(line) and not line.startswith(("def ", '"""', ")", "(")) for line in lines)


def main() -> None:
    """Measure one library and write the figures."""
    name, task, result = sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8")), Path(sys.argv[3])
    program: Any = PROGRAMS[name]
    found: dict[str, Any] = {"name": name, "lines": written(program)}
    try:
        found["version"] = importlib.metadata.version(program.package)
        few = dict(list(task["texts"].items())[:8])
        started = time.perf_counter()
        program(few, task["model"]).search(task["questions"][0])
        found["start_s"] = time.perf_counter() - started  # libraries, model, first answer
        started = time.perf_counter()
        ready = program(task["texts"], task["model"])
        found["build_s"] = time.perf_counter() - started
        ready.search(task["questions"][0])
        seconds, rankings = [], []
        for question in task["questions"]:
            started = time.perf_counter()
            rankings.append([str(name) for name in ready.search(question)])
            seconds.append(time.perf_counter() - started)
        found |= {"seconds": seconds, "rankings": rankings}
    except ImportError as error:
        found["problem"] = f"not installed: {error.name}"
    found["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result.write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main()
