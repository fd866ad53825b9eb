"""Distilling, with a reader that likes one word."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from training.measures import Score
from training.records import Group

from fmqa.tuning.network import Network
from fmqa.types import FloatArray
from models import save_tiny_model
from training import distilling

WORDS = ("pain", "sleep", "dose", "nausea")
GROUPS = [
    Group(
        id=word,
        source="medquad",
        query=f"what about {word}",
        positives=(f"{word} is long",),
        negatives=tuple(f"{word} is {how}" for how in ("short", "rare", "usual")),
        context="Title",
        scope="s",
    )
    for word in WORDS
]


def likes(wanted: str) -> Score:
    def score(_question: str, texts: Sequence[str]) -> FloatArray:
        assert all(text.startswith("Title\n") for text in texts)
        return np.array([5.0 if text.endswith(wanted) else -5.0 for text in texts], dtype=np.float32)

    return score


def test_the_encoder_comes_to_order_texts_as_the_reader_does(tmp_path: Path) -> None:
    base = save_tiny_model(tmp_path / "tiny")
    model = Network(base)
    start = distilling.Distilled(model, likes("rare"), GROUPS, ())

    def divergence(network: Network) -> float:
        start.network = network.eval()
        return float(np.mean([float(start.loss(step).detach()) for step in range(1, 20, 2)]))

    before = divergence(model)
    distilled = distilling.distil(base, likes("rare"), GROUPS, (), tmp_path / "c", steps=40, rate=5e-3)
    assert divergence(distilled) < before
