"""Training, on models and data small enough to be made in the test."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from training.records import Group

from fmqa.errors import Unavailable
from fmqa.index.encoders import REFERENCE_FOLDER, OnnxEncoder, ReferenceEncoder
from fmqa.index.pairs import MODEL_FILE, TOKENIZER_FILE
from fmqa.index.reader import INFO_FILE, OnnxReader
from fmqa.tuning import loop, network, wearing
from fmqa.tuning.pack import PackStatement
from fmqa.types import FloatArray
from models import save_tiny_model
from training import encoder, mining, reader, shipping

WORDS = ("pain", "sleep", "dose", "nausea", "walking", "opioids", "memory", "fatigue")


def statement(word: str, document: str = "d") -> PackStatement:
    return PackStatement(
        id=f"{document}#{word}",
        document=document,
        title="Title",
        subjects=frozenset({"x"}),
        text=f"the text about {word} says {word} twice",
        searched=f"Title\nthe text about {word} says {word} twice",
        plain=None,
        questions=(f"what of {word}", f"{word} please"),
    )


def groups() -> list[Group]:
    return [
        Group(
            id=word,
            source="medquad",
            query=f"what about {word}",
            positives=(f"here is something of {word} at length",),
            negatives=tuple(f"here is something of {other} at length" for other in WORDS if other != word),
            scope="s",
        )
        for word in WORDS
    ] + [Group(id="none", source="squad_dev", query="what about apples", negatives=("pears are eaten raw",), scope="t")]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("tiny") / "model")


def test_tuning_brings_questions_nearer_to_what_answers_them(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wearing, "WORN", 0.0)  # so small a network knows no word but these
    found = groups()
    asked, texts = [g.query for g in found[:-1]], [g.positives[0] for g in found[:-1]]

    def right(model: network.Network) -> float:
        near = model.run(asked) @ model.run(texts).T
        return float(np.mean(near.diagonal() - near.mean(1)))

    before = right(network.Network(tiny))
    tuned = encoder.tune(tiny, found, [statement(word) for word in WORDS], tmp_path / "c", steps=120, rate=1e-2)
    assert right(tuned) > before


def test_a_run_that_was_interrupted_ends_like_one_that_was_not(tiny: Path, tmp_path: Path) -> None:
    def run(folder: Path, ended_at: int | None = None) -> None:
        model = network.Network(tiny)
        batches = encoder.Batches(model, groups(), [statement(word) for word in WORDS])

        def loss(step: int) -> torch.Tensor:
            if step == ended_at:
                raise KeyboardInterrupt
            return batches.loss(step)

        loop.train(model, loss, folder, steps=6, rate=1e-3, checkpoint_seconds=0)

    run(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", ended_at=3)
    run(tmp_path / "cut")
    whole, cut = (safetensors.torch.load_file(str(tmp_path / name / "model.safetensors")) for name in ("whole", "cut"))
    for name, weight in whole.items():
        np.testing.assert_allclose(weight.numpy(), cut[name].numpy(), atol=1e-4)


def test_half_a_mixture_stands_between_base_and_tuned(tiny: Path) -> None:
    tuned = network.Network(tiny)
    with torch.no_grad():
        for weight in tuned.parameters():
            weight.add_(1)
    base, half, whole = (network.mixed(tiny, tuned, share).state_dict() for share in (0.0, 0.5, 1.0))
    for name, weight in half.items():
        torch.testing.assert_close(weight, (base[name] + whole[name]) / 2)


def test_a_shipped_encoder_is_what_was_trained(tiny: Path, tmp_path: Path) -> None:
    model = network.Network(tiny)
    report = shipping.ship_encoder(tiny, model, tmp_path)
    assert report.mean_cosine > 0.98
    texts = ["pain at night", "does walking help"]
    expected = model.run(texts)
    reference = ReferenceEncoder(str(tmp_path / REFERENCE_FOLDER)).encode(texts)
    assert reference.dtype == np.float32
    np.testing.assert_allclose(reference, expected, atol=0.02)  # float16 weights here, bfloat16 products there
    assert (OnnxEncoder(tmp_path).encode(texts) * expected).sum(axis=1).min() > 0.95


def test_the_reader_learns_what_answers_and_that_nothing_may(tiny: Path, tmp_path: Path) -> None:
    found = groups()
    read = reader.fit(tiny, found, tmp_path / "c", steps=60, layers=(0, 1), rate=2e-3)
    answered = shipping.scores_of(read, [reader.pair(g.query, g.positives[0]) for g in found[:-1]])
    rivals = shipping.scores_of(read, [reader.pair(g.query, text) for g in found[:-1] for text in g.negatives])
    assert answered.mean() > rivals.mean()


def test_a_shipped_reader_says_what_the_network_says_and_notices_other_files(tiny: Path, tmp_path: Path) -> None:
    model = network.Network(tiny, outputs=1)
    opened = shipping.ship_reader(tiny, model, tmp_path, {"scale": 2.0, "offset": -1.0})
    texts = ["pain went down", "Title\nnothing was said of sleep", "x"]
    expected = 2 * shipping.scores_of(model.eval(), [reader.pair("what of pain", text) for text in texts]) - 1
    np.testing.assert_allclose(opened.score("what of pain", texts), expected, atol=0.2)
    alone = [float(opened.score("what of pain", [text])[0]) for text in texts]
    np.testing.assert_array_equal(opened.score("what of pain", texts * 4), np.array(alone * 4, dtype=np.float32))
    assert opened.score("what of pain", []).shape == (0,)
    for name in (MODEL_FILE, TOKENIZER_FILE, INFO_FILE):
        kept = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(kept + b" " if name != INFO_FILE else b"{}")
        with pytest.raises(Unavailable, match="train and export it again"):
            OnnxReader(tmp_path)
        (tmp_path / name).write_bytes(kept)


def test_calibration_makes_numbers_log_odds() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 2, 4000)
    answers = rng.random(4000) < 1 / (1 + np.exp(-truth))
    scores = ((truth + 1) / 3).astype(np.float32)  # what a model might say instead
    fitted = reader.calibrate(scores, answers.tolist())
    assert fitted["scale"] == pytest.approx(3, rel=0.1)
    assert fitted["offset"] == pytest.approx(-1, abs=0.15)


def unit(texts: Sequence[str]) -> FloatArray:
    """Return a vector of the words of each text: texts of the same words are the same."""
    rows = np.array([[word in text.split() for word in WORDS] for text in texts], dtype=np.float32) + 0.01
    vectors: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def test_rivals_are_of_the_same_document_first_and_never_say_the_same() -> None:
    found = [
        Group(id="1", source="covidqa", query="pain dose", positives=("pain dose is low",), scope="a"),
        Group(id="2", source="covidqa", query="pain sleep", positives=("pain sleep is poor",), scope="a"),
        Group(id="3", source="covidqa", query="dose nausea", positives=("dose nausea is rare",), scope="b"),
        Group(id="4", source="covidqa", query="pain dose", positives=("again pain dose is low",), scope="b"),
    ]
    first = mining.mine(found, unit)[0]
    assert first.negatives[0] == "pain sleep is poor"
    assert "again pain dose is low" not in first.negatives
    assert not set(first.negatives) & set(first.positives)


def test_questions_of_the_corpus_meet_statements_of_their_document_first() -> None:
    given = [statement("pain"), statement("sleep"), statement("dose", "e")]
    made = mining.pack_groups(given, unit)
    assert len(made) == 6
    assert made[0].positives == (f"Title\n{given[0].text}",)
    assert made[0].negatives == (f"Title\n{given[1].text}", f"Title\n{given[2].text}")
    assert made[0].scope == "d"
