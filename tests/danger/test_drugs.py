"""Tests of fmqa.danger.drugs and fmqa.danger.cautions."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.danger import cautions, drugs, rows
from fmqa.danger.cautions import raised_by

NAMES = sorted({name for found in drugs.names().values() for name in found})


@pytest.mark.parametrize(
    "brand", ["Norco", "Zomorph", "Butrans", "Dolophine", "OxyNorm", "Sevredol", "Zydol", "Palexia", "Abstral", "Opana"]
)
def test_brands_of_opioids_are_opioids(brand: str) -> None:
    assert rows.drug_classes(brand.lower().removesuffix("s")) >= {"opioid"}


def test_a_brand_stands_for_its_drug_and_a_drug_that_is_not_known_for_its_class() -> None:
    found = drugs.brands({"tramadol": "tramadol", "opioid": "opioid"}.get)
    assert "Zydol" in found["tramadol"]
    assert {"pentazocine", "Talwin"} <= set(found["opioid"])
    assert "Zydol" not in found["opioid"]


def test_naloxone_is_no_opioid_and_no_blocker_to_be_warned_of() -> None:
    assert rows.drug_classes("naloxone") == {"opioid-antidote"}
    assert raised_by("Naloxone kit at home, takes gabapentin") == ()


@given(st.sampled_from(NAMES), st.sampled_from([name for name in drugs.names() if name != "any-drug"]))
def test_a_class_finds_its_own_names_and_no_others(name: str, drug_class: str) -> None:
    found = re.fullmatch(rows.expression(f"{{{drug_class}}}"), name) is not None
    assert found is (name in drugs.names()[drug_class])


def test_every_class_says_where_it_is_from_and_is_not_empty() -> None:
    for each in drugs.classes().values():
        assert drugs.names_of(each), each.id
        assert each.source


@pytest.mark.parametrize("caution", cautions.cautions().values(), ids=list(cautions.cautions()))
def test_cautions_name_no_dose_and_say_where_to_turn(caution: cautions.Caution) -> None:
    for text in (caution.patient, caution.clinician):
        assert not re.search(r"\d\s*(?:mg|mcg|µg|g|ml|tablets?)\b", text)
        assert "{" not in text
    assert "112" in caution.patient


def test_cautions_come_gravest_first() -> None:
    message = "I doubled my tramadol because naltrexone blocks it, and had wine"
    assert [caution.id for caution in raised_by(message)] == ["DC-1", "DC-2"]
