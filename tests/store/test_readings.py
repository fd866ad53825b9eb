"""Readings: whose last word on which words counts, and when two reviewers agree."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from fmqa.store import readings
from fmqa.store.conversations import Conversations
from fmqa.store.readings import Judgement, Reading, Reviewer

WORDS = "EULAR 2017 recommends aerobic and strengthening exercise for fibromyalgia."


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    opened = Conversations(f"sqlite:///{tmp_path / 'conversations.db'}")
    yield opened
    opened.close()


def reading(name: str, judgement: Judgement = Judgement.HOLDS, words: str = WORDS) -> Reading:
    reviewer = Reviewer(name=name, role="rheumatologist", disclosure="none")
    return Reading(
        document_id="eular-2017", statement_id="exercise", words=words, judgement=judgement, reviewer=reviewer
    )


def test_readings_come_back_in_order_with_their_time(conversations: Conversations) -> None:
    day = datetime.datetime(2026, 11, 30, tzinfo=datetime.UTC)
    assert readings.add(conversations, [reading("Reader One"), reading("Reader Two")], now=lambda: day) == 2
    stored = readings.every(conversations, "eular-2017")
    assert [each.reviewer.name for each in stored] == ["Reader One", "Reader Two"]
    assert {each.created for each in stored} == {day}
    assert readings.every(conversations, "nice-ng193") == ()
    assert readings.every(conversations) == stored


@pytest.mark.parametrize(
    ("given", "agreed"),
    [
        ((), False),
        ((reading("One Reader"),), False),
        ((reading("One Reader"), reading("one reader")), False),
        ((reading("One Reader"), reading("Two Reader")), True),
        ((reading("One Reader"), reading("Two Reader", words="other words")), False),
        ((reading("One Reader"), reading("Two Reader"), reading("Three Reader", Judgement.CHANGE)), False),
        ((reading("One Reader", Judgement.CHANGE), reading("One Reader"), reading("Two Reader")), True),
    ],
)
def test_two_reviewers_must_agree_on_the_words_as_they_are(
    conversations: Conversations, given: tuple[Reading, ...], agreed: bool
) -> None:
    readings.add(conversations, given)
    assert readings.agreed(readings.every(conversations), WORDS) is agreed
