"""Training the query encoder, on talks about four statements."""

from collections.abc import Sequence
from pathlib import Path

import torch

from fmqa.corpus.questions import LabelledTurn
from fmqa.index.query_encoder import together
from fmqa.tuning.network import Network
from fmqa.tuning.pack import PackStatement, Wordings
from fmqa.types import Audience, FloatArray
from models import save_tiny_model
from training import query_encoder

DRUGS, ASKED = ("pain", "sleep"), ("dose", "nausea")
STATEMENTS = [
    PackStatement(
        id=f"{drug}#{asked}",
        document=drug,
        title=drug,
        subjects=frozenset({drug}),
        text=f"{drug} {asked} is long",
        searched=f"{drug} {asked} is long",
        plain=None,
        questions=(f"what about {drug} {asked}",),
        wordings=Wordings((f"{drug} {asked} short",), f"is {asked} rare"),
    )
    for drug in DRUGS
    for asked in ASKED
]


def turn(drug: str, number: int, asked: str) -> LabelledTurn:
    return LabelledTurn(
        conversation=drug,
        turn=number,
        question=f"what about {drug} {asked}" if number == 1 else f"and {asked}",
        alone=f"what about {drug} {asked}",
        audience=Audience.PATIENT,
        facts=((f"{drug}#{asked}", "gone#gone"),),
        also=(f"{drug}#{ASKED[0]}",),
        kind="any",
        yes_no=False,
    )


TURNS = [turn(drug, number, asked) for drug in DRUGS for number, asked in enumerate(ASKED, start=1)]


def test_turns_have_those_before_them_and_the_statements_that_there_are() -> None:
    spoken = query_encoder.spoken(TURNS, STATEMENTS)
    assert [[each.question for each in one.earlier] for one in spoken] == [
        [],
        ["what about pain dose"],
        [],
        ["what about sleep dose"],
    ]
    assert [one.facts for one in spoken] == [((at,),) for at in range(4)]


def test_a_follow_up_comes_to_find_what_the_whole_question_finds(tmp_path: Path) -> None:
    base = save_tiny_model(tmp_path / "tiny")
    encode = Network(base).run
    spoken = query_encoder.spoken(TURNS, STATEMENTS)

    def loss(network: Network) -> float:
        return float(query_encoder.Talks(network.eval(), encode, STATEMENTS, spoken).loss(1000).detach())

    trained = query_encoder.fit(base, encode, STATEMENTS, spoken, tmp_path / "c", steps=16, rate=3e-3)
    assert loss(trained) < loss(Network(base))

    def understand(question: str, earlier: Sequence[str]) -> FloatArray:
        vector: FloatArray = trained.run([together(question, earlier)])[0]
        return vector

    table = query_encoder.table(encode, understand, STATEMENTS, spoken, spoken)
    assert "| query encoder | " in table
    assert table.count("(2)") == 8


def test_a_question_that_is_hidden_is_not_met(tmp_path: Path) -> None:
    encode = Network(save_tiny_model(tmp_path / "tiny")).run
    spoken = query_encoder.spoken(TURNS, STATEMENTS)
    space = query_encoder.Space(encode, STATEMENTS, spoken)
    vectors = torch.from_numpy(encode([one.alone for one in spoken]))
    seen, hidden = (space.by_question(vectors, [which, None, None, None]) for which in (None, spoken[0].alone))
    assert float(seen[0, 0]) > float(hidden[0, 0])
    assert torch.equal(seen[1:], hidden[1:])
