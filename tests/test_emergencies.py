"""Tests of fmqa.emergencies and fmqa.red_flags: messages of our own making, half of them never tuned on."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.emergencies import EMERGENCIES, Emergency, detect
from fmqa.red_flags import RED_FLAGS


class Labelled(NamedTuple):
    """A message, the red flag that it tells of (None: none), and whether rules were tuned on it (dev) or not."""

    message: str
    rule: str | None
    split: str


def _read() -> list[Labelled]:
    """Return the development messages of the benchmark; its test messages are for the benchmark alone."""
    path = Path(__file__).parent.parent / "eval" / "topics" / "dev" / "emergencies.jsonl"
    found = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [
        Labelled(m["message"], m["topic"] if m["urgent"] else None, "dev" if m["tuned_on"] else "apart") for m in found
    ]


MESSAGES = _read()
URGENT = [labelled for labelled in MESSAGES if labelled.rule]
BENIGN = [labelled for labelled in MESSAGES if not labelled.rule]


def caught(messages: list[Labelled]) -> float:
    return sum(detect(labelled.message) is not None for labelled in messages) / len(messages)


def test_every_rule_has_messages_in_both_parts() -> None:
    assert len(URGENT) >= 160
    assert len(BENIGN) >= 160
    for split in ("dev", "apart"):
        assert {labelled.rule for labelled in URGENT if labelled.split == split} == set(EMERGENCIES)
    assert len({labelled.message for labelled in MESSAGES}) == len(MESSAGES)


@pytest.mark.parametrize("labelled", [one for one in MESSAGES if one.split == "dev"], ids=lambda one: one.message)
def test_messages_that_rules_were_tuned_on_are_all_told_apart(labelled: Labelled) -> None:
    assert (detect(labelled.message) is not None) is (labelled.rule is not None)


def test_most_unseen_emergencies_are_caught() -> None:
    assert caught([one for one in URGENT if one.split == "apart"]) >= 0.90


def test_unseen_look_alikes_are_hardly_ever_alarms() -> None:
    assert caught([one for one in BENIGN if one.split == "apart"]) <= 0.02


def test_the_rule_that_fires_is_nearly_always_the_one_meant() -> None:
    found = [(detect(one.message), one.rule) for one in URGENT]
    fired = [(emergency.rule, rule) for emergency, rule in found if emergency is not None]
    assert sum(one == other for one, other in fired) / len(fired) >= 0.95


@given(st.sampled_from(MESSAGES), st.sampled_from((str.upper, str.lower, str.title, str.swapcase)))
def test_case_does_not_matter(labelled: Labelled, change: Callable[[str], str]) -> None:
    assert detect(change(labelled.message)) == detect(labelled.message)


@given(st.sampled_from(MESSAGES), st.sampled_from(["  ", "\t", " \u00a0", "   "]))
def test_white_space_does_not_matter(labelled: Labelled, space: str) -> None:
    spaced = space.join(labelled.message.split(" "))
    assert detect(f"  {spaced} ") == detect(labelled.message)


@given(st.sampled_from([one for one in MESSAGES if "'" in one.message]), st.sampled_from("’‘ʼ´`"))
def test_the_kind_of_apostrophe_does_not_matter(labelled: Labelled, mark: str) -> None:
    assert detect(labelled.message.replace("'", mark)) == detect(labelled.message)


@given(st.text(max_size=300))
def test_any_text_gets_an_answer_or_none(message: str) -> None:
    emergency = detect(message)
    assert emergency is None or emergency.rule in EMERGENCIES


def test_the_gravest_danger_is_answered_first() -> None:
    emergency = detect("She took a whole box of amitriptyline because she wants to die and now she isn't breathing")
    assert emergency is not None
    assert emergency.rule == "RF-4"


@pytest.mark.parametrize("emergency", EMERGENCIES.values(), ids=list(EMERGENCIES))
def test_safety_texts_say_where_to_turn_and_name_no_dose(emergency: Emergency) -> None:
    for text in (emergency.patient, emergency.clinician):
        assert not re.search(r"\d\s*(?:mg|mcg|µg|g|ml|tablets?)\b", text)
        assert text.endswith(".")
        assert len(text.split()) <= 130
        assert not re.search(r"\b[Ss]top (?:taking )?your medicine", text)
    assert "112" in emergency.patient
    assert "911" in emergency.patient
    assert re.search(r"emergency|urgent|prompt", emergency.clinician)


def test_what_the_text_of_each_danger_must_say() -> None:
    must = {
        "RF-1": ("988", "Do not stay alone", "Tell the prescriber", "Do not stop the medicine on your own decision"),
        "RF-2": ("agitation, fever, sweating, shaking, muscle jerks, diarrhoea and confusion",),
        "RF-3": (
            "precipitated opioid withdrawal",
            "go to emergency care now",
            "how much and when",
            "Do not take more opioid to overcome the block",
        ),
        "RF-4": ("naloxone",),
        "RF-5": ("today",),
        "RF-6": ("airway",),
        "RF-7": ("emergency eye care",),
        "RF-8": ("Do not put this down to fibromyalgia",),
        "RF-9": ("poison centre", "child", "988"),
        "RF-10": ("bladder", "promptly"),
    }
    for rule, phrases in must.items():
        for phrase in phrases:
            assert phrase in EMERGENCIES[rule].patient


def test_every_red_flag_has_a_text_and_every_text_a_red_flag() -> None:
    assert [flag.id for flag in RED_FLAGS] == list(EMERGENCIES)
