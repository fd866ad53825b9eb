"""What is trained on, and what never is."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from training.records import Group, file_sha256, read_groups

from training import data, sources


def write_rows(path: Path, *rows: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def selection(**changes: Any) -> dict[str, Any]:
    return {
        "id": "x:1",
        "question": "How long must the pain last?",
        "positives": ["The pain must have lasted three months."],
        "negatives": ["The pain must be on both sides.", "Too short."],
        "fold": "train",
        "title": "Pain",
        "doc_id": "covidqa:1",
    } | changes


def groups_of(tmp_path: Path, name: str, *rows: dict[str, Any]) -> list[Group]:
    write_rows(tmp_path / sources.SETS[name].file, *rows)
    return list(sources.public_groups(tmp_path, name))


def test_a_row_becomes_a_group_with_its_title_and_without_fragments(tmp_path: Path) -> None:
    (group,) = groups_of(tmp_path, "squad_dev", selection())
    assert group.positives == ("The pain must have lasted three months.",)
    assert group.negatives == ("The pain must be on both sides.",)
    assert (group.context, group.scope, group.fold) == ("Pain", "squad_dev:Pain", "train")


def test_a_question_without_an_answer_keeps_its_texts_as_negatives(tmp_path: Path) -> None:
    (group,) = groups_of(tmp_path, "squad_dev", selection(positives=[]))
    assert group.positives == ()
    assert group.negatives


def test_articles_of_the_published_test_split_are_never_trained_on(tmp_path: Path) -> None:
    rows = [selection(id=f"q{n}", doc_id=f"covidqa:{n}") for n in range(60)]
    groups = groups_of(tmp_path, "covidqa", *rows)
    kept = {group.scope for group in groups}
    tested = {f"covidqa:{n}" for n in range(60) if sources.is_published_test(f"covidqa-{n}")}
    assert kept
    assert tested
    assert kept | tested == {f"covidqa:{n}" for n in range(60)}
    assert not kept & tested


def test_the_questions_to_one_article_are_all_in_one_fold(tmp_path: Path) -> None:
    rows = [selection(id=f"q{n}", doc_id=f"covidqa:{n % 9}") for n in range(90)]
    folds: dict[str, set[str]] = {}
    for group in groups_of(tmp_path, "covidqa", *rows):
        folds.setdefault(group.scope, set()).add(group.fold)
    assert all(len(found) == 1 for found in folds.values())


def test_rows_of_a_test_part_are_not_taken(tmp_path: Path) -> None:
    groups = groups_of(tmp_path, "selqa", selection(id="selqa:dev-1"), selection(id="selqa:test-1"))
    assert [group.id for group in groups] == ["selqa:dev-1"]


def test_claims_of_one_scifact_query_are_held_out_together(tmp_path: Path) -> None:
    rows = [
        {
            "id": f"scifact:{claim}:{abstract}",
            "label": "supported",
            "claim": "Naltrexone lowers pain in adults.",
            "title": "A trial",
            "evidence": "One two three. Pain fell in the trial.",
            "sentences": ["One two three.", "Pain fell in the trial."],
            "rationales": [[1]],
        }
        for claim in range(20)
        for abstract in range(2)
    ]
    groups = groups_of(tmp_path, "scifact", *rows)
    for claim in range(20):
        held = {group.fold for group in groups if group.id.split(":")[1] == str(claim)}
        assert held == {sources.fold_of(f"scifact:{claim}", share=2)}
    assert {group.positives for group in groups if not group.id.endswith(":abstract")} == {("Pain fell in the trial.",)}


def test_the_manifest_names_licence_counts_and_hash_of_every_set(tmp_path: Path) -> None:
    source = sources.SETS["squad_dev"]
    write_rows(
        tmp_path / source.file, selection(id="a"), selection(id="b", positives=[]), selection(id="c", fold="dev")
    )
    groups = data.build(tmp_path, tmp_path / "work", ("squad_dev",))
    assert read_groups(tmp_path / "work" / data.GROUPS_FILE) == groups
    manifest = json.loads((tmp_path / "work" / data.MANIFEST_FILE).read_text("utf-8"))["squad_dev"]
    assert manifest["groups"] == {"dev": 1, "train": 2}
    assert manifest["without an answer"] == 1
    assert manifest["licence"] == source.licence
    assert manifest["sha256"] == file_sha256(tmp_path / source.file)


def test_a_missing_set_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="squad_dev"):
        data.build(tmp_path, tmp_path / "work", ("squad_dev",))


@pytest.mark.parametrize("name", sorted(sources.SETS))
def test_no_set_is_one_that_may_only_measure(name: str) -> None:
    source = sources.SETS[name]
    assert source.licence
    assert source.credit
    for word in ("nfcorpus", "healthver", "wikiqa", "trecqa", "everyday", "followup"):
        assert word not in source.file
