"""Tests of fmqa.evaluation.public on small sets made here."""

import gzip
import json
from pathlib import Path

import pytest

from fmqa.errors import BadTopics
from fmqa.evaluation import public
from fmqa.evaluation.judging import rule_judge
from fmqa.index import encoders


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    """A set in BEIR layout, packed, and a file of claims, not packed."""
    place = tmp_path / "drugs"
    (place / "qrels").mkdir(parents=True)
    texts = {"d1": "pregabalin for pain", "d2": "exercise for sleep", "d3": "diet and weight"}
    with gzip.open(place / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"_id": i, "title": "", "text": text}) + "\n" for i, text in texts.items())
    with gzip.open(place / "queries.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(
            json.dumps({"_id": i, "text": text}) + "\n" for i, text in {"q1": "pregabalin", "q2": "sleep"}.items()
        )
    (place / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\n", encoding="utf-8")
    claims = [
        {"evidence": "Pain fell by 2 points.", "claim": "Pain fell by 2 points.", "label": "supported"},
        {"evidence": "Pain fell by 2 points.", "claim": "Pain fell by 5 points.", "label": "refuted"},
    ]
    (tmp_path / "claims.jsonl").write_text("".join(json.dumps(c) + "\n" for c in claims), encoding="utf-8")
    return tmp_path


def quiet(_step: str, _done: int, _total: int) -> None:
    return None


def test_retrieval_is_measured_beside_each_half(sets: Path, tiny_model: Path, tmp_path: Path) -> None:
    encoder = encoders.ReferenceEncoder(str(tiny_model))
    (found,) = public.retrieval_sets(sets, encoder, 0.4, quiet)
    assert (found.name, found.documents, found.bm25.n) == ("drugs", 3, 2)
    assert found.bm25.value == 1.0  # the words of each question stand in one text alone
    assert found.hybrid.value is not None
    assert found.dense.value is not None


def test_claims_are_judged(sets: Path) -> None:
    (found,) = public.claim_sets(sets, rule_judge, quiet)
    assert (found.name, found.supported, found.f1.n) == ("claims", 1, 2)
    assert found.balanced_accuracy.value == found.f1.value == 1.0


def test_only_test_qrels_are_refused(sets: Path, tiny_model: Path) -> None:
    (sets / "drugs" / "qrels" / "dev.tsv").rename(sets / "drugs" / "qrels" / "test.tsv")
    with pytest.raises(BadTopics, match="test qrels are not read"):
        public.retrieval_sets(sets, encoders.ReferenceEncoder(str(tiny_model)), 0.4, quiet)


def test_a_broken_line_is_named(sets: Path) -> None:
    (sets / "claims.jsonl").write_text("{}\nnot json\n", encoding="utf-8")
    with pytest.raises(BadTopics, match=r"claims\.jsonl:2: no JSON"):
        public.claim_sets(sets, rule_judge, quiet)
