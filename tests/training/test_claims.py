"""Claims to train the verifier on: what a row becomes, what is held out, and what an altered statement is."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from training.claims import Claim, Label
from training.sources import is_published_test

from fmqa.errors import Unavailable
from fmqa.evaluation.mutants import World
from fmqa.index.pairs import MODEL_FILE, TOKENIZER_FILE
from fmqa.index.verifier import INFO_FILE, OnnxVerifier
from fmqa.tuning import network
from fmqa.tuning.pack import PackStatement
from fmqa.types import Concept, ConceptKind, Vocabulary
from models import save_tiny_model
from training import altered, claims, shipping, verifier, verifying


def write_rows(path: Path, *rows: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def claims_of(tmp_path: Path, name: str, *rows: dict[str, Any]) -> list[Claim]:
    write_rows(tmp_path / claims.SETS[name].file, *rows)
    return list(claims.public_claims(tmp_path, name))


def row(**changes: Any) -> dict[str, Any]:
    return {
        "id": "x:1",
        "source": "multinli/dev",
        "evidence": "The pain lasted three months.",
        "claim": "The pain was gone in a week.",
        "label": "refuted",
        "abstract_ref": "PMC1",
    } | changes


def test_only_the_wanted_part_of_a_mixed_file_is_taken(tmp_path: Path) -> None:
    found = claims_of(tmp_path, "multinli", row(), row(id="x:2", source="snli/dev"), row(id="x:3", source="rte/train"))
    assert [(claim.id, claim.label) for claim in found] == [("x:1", "contradicted")]


def test_claims_on_one_passage_have_one_fold(tmp_path: Path) -> None:
    rows = [row(id=f"{n}:{m}", evidence=f"Passage number {n} is short.") for n in range(60) for m in range(3)]
    found = claims_of(tmp_path, "multinli", *rows)
    folds = {scope: {claim.fold for claim in found if claim.scope == scope} for scope in {c.scope for c in found}}
    assert len(folds) == 60
    assert all(len(fold) == 1 for fold in folds.values())
    assert {"train", "dev"} == {claim.fold for claim in found}


def test_reports_of_the_published_test_split_are_never_trained_on(tmp_path: Path) -> None:
    rows = [row(id=f"ei2:{n}:t", abstract_ref=f"PMC{n}", label="supported") for n in range(60)]
    kept = {claim.scope for claim in claims_of(tmp_path, "evidence_inference", *rows)}
    assert kept == {f"PMC{n}" for n in range(60) if not is_published_test(f"PMC{n}")}
    assert 0 < len(kept) < 60


def test_a_claim_is_not_said_by_what_the_same_report_says_of_another_outcome(tmp_path: Path) -> None:
    report = next(f"PMC{n}" for n in range(60) if not is_published_test(f"PMC{n}"))
    told = row(id="1", abstract_ref=report, label="supported", evidence="Sleep improved with the tablets.",
               claim="The tablets improved sleep compared with placebo.")  # fmt: skip
    other = row(id="2", abstract_ref=report, label="supported", evidence="Mortality did not differ.",
                claim="There was no difference in mortality between both.")  # fmt: skip
    found = {claim.id: claim for claim in claims_of(tmp_path, "evidence_inference", told, other)}
    assert (found["1:other"].evidence, found["1:other"].label) == ("Mortality did not differ.", "not said")


def test_of_a_long_passage_the_sentences_nearest_to_the_claim_are_read_in_their_order() -> None:
    filler = "Nothing of interest stands here in this long sentence. " * 12
    text = f"Zinc lowered fever. {filler} Fever came back after zinc was stopped."
    kept = claims.nearest_sentences(text, "Fever came back when zinc was stopped.", most=20)
    assert kept.startswith("Zinc lowered fever.")
    assert kept.endswith("Fever came back after zinc was stopped.")
    assert len(kept.split()) <= 20


@pytest.mark.parametrize("name", sorted(claims.MEASURED))
def test_what_only_measures_is_no_set_to_train_on(name: str) -> None:
    wanted = claims.MEASURED[name]
    assert name not in claims.SETS
    assert name not in verifier.WEIGHTS
    assert all(wanted[0] != one.file for one in claims.SETS.values()) or wanted[1] in ("fever-symmetric", "snli")


def test_what_was_written_is_read_again_with_a_manifest(tmp_path: Path) -> None:
    (found,) = claims_of(tmp_path, "multinli", row())
    claims.write(tmp_path / "work", [found])
    assert claims.read(tmp_path / "work") == [found]
    manifest = json.loads((tmp_path / "work" / claims.MANIFEST_FILE).read_text("utf-8"))
    assert manifest["multinli"]["claims"] == {f"{found.fold}, contradicted": 1}


# --- altered statements -----------------------------------------------------------------------------------------------

DRUGS = tuple(
    Concept(id=name, kind=ConceptKind.INTERVENTION, label=name, parents=(), synonyms=())
    for name in ("zolarin", "vemotal")
)
WORLD = World((), Vocabulary(concepts=DRUGS))
TEXT = "Zolarin 20 mg reduced pain in 58 women and did not improve sleep."


def statement(name: str, text: str, plain: str | None = None) -> PackStatement:
    return PackStatement(id=f"d#{name}", document="d", title="T", subjects=frozenset({"x"}), text=text, searched=text,
                         plain=plain, questions=())  # fmt: skip


def test_a_claim_and_what_it_was_made_from_stand_on_both_sides() -> None:
    found = list(altered.pack_claims([statement("a", TEXT)], WORLD))
    wrong = {(claim.evidence, claim.claim) for claim in found if claim.label != "supported"}
    right = {(claim.evidence, claim.claim) for claim in found if claim.label == "supported"}
    assert wrong
    assert all((claim, evidence) in wrong for evidence, claim in wrong)
    assert not any(evidence == claim for evidence, claim in wrong)
    assert {evidence for evidence, _ in wrong} <= {evidence for evidence, _ in right}
    assert len({claim.fold for claim in found}) == 1


def test_an_altered_number_is_held_only_against_a_wording_that_has_it() -> None:
    plain = "Zolarin lowered pain in women but sleep stayed as it was."
    found = altered.pack_claims([statement("a", TEXT, plain)], WORLD)
    for claim in found:
        if claim.label == "contradicted" and any(c.isdigit() for c in claim.claim + claim.evidence):
            texts = {claim.claim, claim.evidence}
            assert plain not in texts or any("20 mg" in text and "58 women" in text for text in texts)


def test_what_another_statement_says_is_not_said() -> None:
    other = "Vemotal caused nausea and dizziness in older adults."
    found = list(altered.pack_claims([statement("a", TEXT), statement("b", other)], WORLD))
    assert (TEXT, other, "not said") in {(claim.evidence, claim.claim, claim.label) for claim in found}


# --- training and export ----------------------------------------------------------------------------------------------


def test_a_row_of_two_classes_costs_the_chance_of_supported_alone() -> None:
    numbers = torch.tensor([[2.0, 0.0, 1.0]])
    chances = torch.softmax(numbers[0], 0)
    allow: dict[Label, list[int]] = {"supported": [0], "contradicted": [1], "not said": [2], "not supported": [1, 2]}
    for label, allowed in allow.items():
        expected = -torch.log(chances[allowed].sum())
        assert verifier.loss_of(numbers, [label]).item() == pytest.approx(expected.item(), abs=1e-6)


def test_the_temperature_makes_chances_as_sure_as_they_are_right() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(0, 2, (1000, 3))
    chances = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    names: tuple[Label, ...] = ("supported", "contradicted", "not said")
    labels: list[Label] = [names[rng.choice(3, p=row)] for row in chances]
    assert verifier.calibrate((2 * true).astype(np.float32), labels) == pytest.approx(2, rel=0.15)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


def made_claims() -> list[Claim]:
    words = ("pain", "sleep", "dose", "memory")
    return [
        Claim(id=f"{one}{other}", source="pack", evidence=f"zinc helps {one}", claim=f"zinc helps {other}", scope=one,
              fold="train", label="supported" if one == other else "not said")
        for one in words for other in words
    ]  # fmt: skip


def test_training_lowers_the_loss_and_goes_on_where_it_was_broken_off(tiny: Path, tmp_path: Path) -> None:
    found = made_claims()
    whole = verifier.fit(tiny, found, tmp_path / "whole", steps=6, rate=3e-3, threads=1)
    first = verifier.Pairs(network.Network(tiny, outputs=3), found).loss(0).item()
    assert verifier.Pairs(whole, found).loss(0).item() < first
    again = verifier.fit(tiny, found, tmp_path / "whole", steps=6, rate=3e-3, threads=1)
    pairs = [(claim.evidence, claim.claim) for claim in found]
    np.testing.assert_array_equal(again.run(pairs), whole.run(pairs))


def test_a_shipped_verifier_says_what_the_network_says_and_notices_other_files(tiny: Path, tmp_path: Path) -> None:
    model = network.Network(tiny, outputs=3)
    opened = shipping.ship_verifier(tiny, model, tmp_path, 2.0)
    pairs = [("pain went down", "pain rose"), ("nothing was said of sleep", "sleep improved"), ("x", "y")]
    numbers = model.run(pairs, verifier.LONGEST) / 2
    expected = np.exp(numbers) / np.exp(numbers).sum(1, keepdims=True)
    np.testing.assert_allclose(np.array(opened.verdicts(pairs)), expected, atol=0.05)
    assert opened.verdicts(pairs * 4) == opened.verdicts(pairs) * 4
    assert opened.verdicts([]) == []
    for name in (MODEL_FILE, TOKENIZER_FILE, INFO_FILE):
        kept = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(kept + b" " if name != INFO_FILE else b"{}")
        with pytest.raises(Unavailable, match="train and export it again"):
            OnnxVerifier(tmp_path)
        (tmp_path / name).write_bytes(kept)


def test_figures_are_by_set_and_of_the_classes_that_a_set_has() -> None:
    from fmqa.index.verifier import Verdict  # noqa: PLC0415

    found = made_claims()
    right = verifying.figures(found, lambda pairs: [Verdict(1, 0, 0) if a == b else Verdict(0, 1, 0) for a, b in pairs])
    assert right["pack, supported or not: accuracy"].value == 1
    assert right["pack, supported or not: macro F1"].value == 1
    assert not any("three classes" in name for name in right)
