"""Dangerous acts short of an emergency are warned of, and what is denied is not."""

import pytest

from fmqa.danger import cautions
from fmqa.types import Audience


def test_every_caution_keeps_its_own_examples() -> None:
    assert cautions.faults() == []


@pytest.mark.parametrize(
    ("message", "raised"),
    [
        ("does pregabalin mix with alcohol", "DC-2"),
        ("can i just stop cymbalta", "DC-3"),
        ("on Lyrica and oramorph, feeling ok", "DC-5"),
        ("My LDN blocks the tramadol, can I double my tramadol?", "DC-1"),
        ("I have some old tramadol in the cupboard, can I take it?", "DC-4"),
    ],
)
def test_an_act_is_warned_of(message: str, raised: str) -> None:
    assert raised in [caution.id for caution in cautions.raised_by(message)]
    assert len(cautions.warning(message, Audience.PATIENT)) == 1


@pytest.mark.parametrize(
    "message",
    [
        "I don't drink alcohol, can I take Lyrica?",
        "She denies alcohol; on pregabalin 75 bd",
        "No opioids are taken. Is LDN safe?",
        "old people on tramadol?",
        "Is pregabalin or tramadol better for pain?",
    ],
)
def test_what_is_denied_or_only_named_is_not_warned_of(message: str) -> None:
    assert cautions.warning(message, Audience.CLINICIAN) == ()
