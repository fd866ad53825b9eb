"""Collections, whole and in part."""

import gzip
import json
from pathlib import Path

import numpy as np

from training import measures


def test_a_part_keeps_every_relevant_document_and_is_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    lines = ["query-id\tcorpus-id\tscore", *(f"q{n}\td{n}\t1" for n in range(20)), "q0\td30\t0"]
    (tmp_path / "qrels" / "dev.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, count, letter in (("corpus", 100, "d"), ("queries", 20, "q")):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            for n in range(count):
                file.write(json.dumps({"_id": f"{letter}{n}", "title": "", "text": f"text {n}"}) + "\n")
    whole = measures.collection(tmp_path, "dev", lambda query: query != "q1")
    part = measures.collection(tmp_path, "dev", lambda query: query != "q1", most=(5, 12))
    assert (len(whole.ids), len(whole.queries)) == (100, 19)
    assert (len(part.ids), len(part.queries)) == (12, 5)
    assert {document for found in part.relevant.values() for document in found} <= set(part.ids)
    assert part == measures.collection(tmp_path, "dev", lambda query: query != "q1", most=(5, 12))
    eye = {f"text {n}": np.eye(100, dtype=np.float32)[n] for n in range(100)}
    assert measures.ndcg(whole, lambda texts: np.array([eye[text] for text in texts])).values == [1.0] * 19
