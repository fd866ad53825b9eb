"""The order of curated statements: near in question or words, and held to what the records say."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fmqa.ask import read
from fmqa.assistant import Assistant
from fmqa.evidence import ranking
from fmqa.evidence.ranking import FEATURES, WEIGHTS, Ranked, beside, chance_signals, chances, features, ranked
from fmqa.evidence.searching import search
from fmqa.settings import Settings
from fmqa.types import FloatArray

SAFETY = ("populations not asked for", "superseded", "article not asked for", "other drug", "told")
"""Reasons against a statement that no fit may turn round."""


@pytest.fixture(scope="module")
def opened(make_small: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant on a corpus of three documents."""
    one = Assistant.open(make_small(tmp_path_factory.mktemp("ranking")))
    yield one
    one.close()


def table(question: str, assistant: Assistant, said: Sequence[frozenset[str]] = ()) -> dict[str, dict[str, float]]:
    """Return the reasons of each statement, by its id."""
    library = assistant.library
    query = read(question, (), library)
    values = features(query, search(question, query, library), library.statements, library.catalogue, said)
    assert values.shape == (len(library.statements), len(FEATURES))
    rows = zip(library.statements.entries, values.tolist(), strict=True)
    return {entry.id: dict(zip(FEATURES, row, strict=True)) for entry, row in rows}


def order(question: str, assistant: Assistant) -> Ranked:
    library = assistant.library
    query = read(question, (), library)
    return ranked(query, search(question, query, library), library.statements, library.catalogue, ())


def test_every_reason_has_a_weight_and_safety_keeps_its_sense() -> None:
    fitted = json.loads(Path(ranking.__file__).with_name("ranking.json").read_text("utf-8"))
    assert list(fitted["weights"]) == list(FEATURES)
    assert all(fitted["weights"][name] <= -0.3 for name in SAFETY)
    assert all(fitted["weights"][name] >= 0 for name in ("question", "question as typed", "statement", "coverage"))
    assert 0 < fitted["cut"] < 1


def test_a_question_that_a_statement_lists_is_as_near_as_can_be(opened: Assistant) -> None:
    found = table("strong opioids, EULAR 2017?", opened)
    assert found["eular-2017#opioids"]["question as typed"] == pytest.approx(1, abs=1e-3)
    best = order("strong opioids, EULAR 2017?", opened)
    assert best.questions.max() == pytest.approx(1, abs=1e-3)
    assert best.scores.tolist() == sorted(best.scores.tolist(), reverse=True)


def test_what_the_records_say_is_held_against_the_question(opened: Assistant) -> None:
    found = table("Is tramadol safe with naltrexone?", opened)
    assert found["naltrexone-label#tramadol"]["same drug"] == 1
    assert found["eular-2017#exercise"]["other drug"] == 1
    assert found["eular-2017#opioids"]["kindred drug"] == 1
    named = table("What does EULAR 2017 say?", opened)
    assert named["eular-2017#exercise"]["named document"] == 1
    assert named["naltrexone-label#tramadol"]["other document"] == 1
    graded = table("What level of evidence has exercise?", opened)
    assert graded["eular-2017#exercise"]["grade asked for"] == 1
    assert graded["eular-2017#opioids"]["grade asked for"] == 0


def test_what_was_told_is_marked_and_so_are_its_sources(opened: Assistant) -> None:
    last, before = frozenset({"eular-2017#exercise"}), frozenset({"naltrexone-label#tramadol"})
    found = table("And exercise?", opened, said=(last, before))
    marked = {reason: [name for name, row in found.items() if row[reason]] for reason in ("told", "told before")}
    assert marked == {
        "told": ["eular-2017#exercise"],
        "told before": ["eular-2017#exercise", "naltrexone-label#tramadol"],
    }
    assert found["eular-2017#opioids"]["of a document told"] == 1
    assert found["naltrexone-label#tramadol"]["of a document told"] == 0
    assert found["naltrexone-label#tramadol"]["of a document told before"] == 1


def test_the_same_question_has_the_same_order(opened: Assistant) -> None:
    one, other = order("does exercise help", opened), order("does exercise help", opened)
    assert tuple(one.entries) == tuple(other.entries)
    np.testing.assert_array_equal(one.scores, other.scores)


@given(arrays(np.float64, st.integers(1, 30), elements=st.floats(-30, 30)))
def test_a_chance_is_between_nothing_and_all_and_never_rises_down_the_order(scores: FloatArray) -> None:
    falling = np.sort(scores.astype(np.float64))[::-1]
    nearest = np.full(len(falling), 0.5)
    likely = chances(chance_signals(falling, nearest, np.zeros(len(falling), dtype=np.bool_)))
    assert (chances(chance_signals(falling, nearest, np.ones(len(falling), dtype=np.bool_))) >= likely).all()
    assert ((likely > 0) & (likely < 1)).all()
    assert (np.diff(likely) <= 1e-12).all()
    assert len(WEIGHTS) == len(FEATURES)


def test_what_belongs_beside_the_first_statement_is_likelier_than_by_itself(assistant: Assistant) -> None:
    library = assistant.library
    query = read("do only women get fibromyalgia", (), library)
    best = ranked(query, search(query.text, query, library), library.statements, library.catalogue, ())
    alone = {entry.id: chance for entry, chance in zip(best.entries, best.chances.tolist(), strict=True)}
    first = best.entries[0]
    raised = beside(first, best)
    assert set(raised) == set(first.statement.beside)
    assert all(chance > alone[name] for name, chance in raised.items())
    assert beside(next(entry for entry in best.entries if not entry.statement.beside), best) == {}
