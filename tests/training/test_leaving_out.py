"""What each set adds, on sets that can be counted."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from training.measures import Scores
from training.records import Fold, Group

from fmqa.tuning.network import Network
from fmqa.tuning.pack import PackStatement
from models import save_tiny_model
from training import leaving_out, mining

WORDS = ("pain", "sleep", "dose", "nausea", "walking", "opioids", "memory", "fatigue", "diet")
STATEMENTS = [
    PackStatement(f"d#{word}", "d", "Title", frozenset(), f"{word} text", f"{word} text", None, (f"what of {word}",))
    for word in WORDS
]


def group(source: str, number: int, *, fold: Fold = "train", answered: bool = True) -> Group:
    return Group(
        id=f"{source}{number}",
        source=source,
        query=f"what of {WORDS[number]}",
        positives=(f"here is {WORDS[number]} at length",) * answered,
        negatives=("no",),
        scope="s",
        fold=fold,
    )


GROUPS = [
    *(group("squad_dev", n) for n in range(3)),
    *(group("squad_dev", n, answered=False) for n in range(4, 9)),
    *(group("covidqa", n, fold="dev") for n in range(9)),
    *(group("medquad", n) for n in range(4)),
    *(group(mining.PACK, n) for n in range(2)),
]


def test_only_questions_that_are_trained_on_make_a_set_large() -> None:
    assert leaving_out.largest(GROUPS, 2) == {"medquad": 4, "squad_dev": 3}


def test_a_corpus_that_is_left_out_takes_its_statements_with_it() -> None:
    kept, statements = leaving_out.without(GROUPS, STATEMENTS, mining.PACK)
    assert (len(kept), list(statements)) == (len(GROUPS) - 2, [])
    kept, statements = leaving_out.without(GROUPS, STATEMENTS, "medquad")
    assert (len(kept), list(statements)) == (len(GROUPS) - 4, STATEMENTS)


def test_runs_are_compared_item_by_item_and_not_done_again(tmp_path: Path) -> None:
    base = save_tiny_model(tmp_path / "tiny")
    measured: list[Network] = []

    def measure(network: Network) -> Mapping[str, Scores]:
        measured.append(network)
        return {"lead": Scores([1.0, 1.0] if len(measured) == 1 else [1.0, 0.0], ["a", "b"])}

    for _ in range(2):
        *_, found = leaving_out.run(base, GROUPS, STATEMENTS, tmp_path / "w", measure, sets=["medquad"], steps=6)
    assert len(measured) == 2
    rows = leaving_out.table(found).splitlines()
    assert rows[0] == "| figure | all sets | without medquad |"
    assert rows[2].startswith("| lead | 1.000 (1.000 to 1.000) | -0.500 (")
    first, second = (network.state_dict() for network in measured)
    assert any(not first[name].equal(second[name]) for name in first), "what is left out changes what is learned"
    with pytest.raises(FileNotFoundError):
        (tmp_path / "w" / "6 steps, without medquad" / "checkpoint").stat()
