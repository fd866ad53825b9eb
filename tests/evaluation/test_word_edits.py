"""Edits of words: each does what its name says, and nothing where there is nothing to do."""

import re
import unicodedata
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.evaluation import word_edits as edits
from fmqa.evaluation.mutants import Edits, World
from fmqa.types import Concept, ConceptKind, Vocabulary


def concept(concept_id: str, kind: ConceptKind, *synonyms: str, **more: object) -> Concept:
    values = {"id": concept_id, "kind": kind, "label": concept_id, "synonyms": synonyms} | more
    return Concept.model_validate(values)


WORLD = World(
    (),
    Vocabulary(
        concepts=(
            concept("opioids", ConceptKind.INTERVENTION),
            concept("tramadol", ConceptKind.INTERVENTION, "Ultram", parents=("opioids",)),
            concept("codeine", ConceptKind.INTERVENTION, parents=("opioids",)),
            concept("paracetamol", ConceptKind.INTERVENTION, "acetaminophen", exact=("acetaminophen",)),
            concept("women", ConceptKind.POPULATION),
            concept("children", ConceptKind.POPULATION),
            concept("approval", ConceptKind.OUTCOME, "approved", "off-label"),
        )
    ),
)


def seeded() -> Random:
    return Random(1)  # noqa: S311 - the same draws in every run


def made(operator: Edits, text: str) -> list[str]:
    """Return the texts that an operator makes."""
    return [edit.applied(text) for edit in operator(text, WORLD, seeded())]


@pytest.mark.parametrize(
    ("operator", "text", "expected"),
    [
        (edits.scaled(Decimal(10)), "Take 4.5 mg.", ["Take 45 mg."]),
        (edits.scaled(Decimal(10)), "In 1,200 women.", ["In 12000 women."]),
        (edits.scaled(Decimal("0.1")), "Take 4.5 mg.", ["Take 0.45 mg."]),
        (edits.scaled(Decimal(10)), "Grade 0.", []),
        (edits.point_moved, "From 1.5 mg to 60 mg.", ["From 15 mg to 60 mg.", "From 1.5 mg to 6.0 mg."]),
        (edits.ends_swapped, "Wait 7-10 days.", ["Wait 10-7 days."]),
        (edits.ends_swapped, "CI −0.95 to 0.27.", ["CI 0.27 to −0.95."]),
        (edits.ends_swapped, "Wait 7 days.", []),
        (edits.after_number(("mg", "g")), "Take 4.5 mg daily.", ["Take 4.5 g daily."]),
        (edits.after_number(("mg", "g")), "5 mg/kg and 2 mgs", []),
        (edits.swapped(("must", "may")), "It must. Must it?", ["It may. Must it?", "It must. May it?"]),
        (edits.swapped(("<", "≥")), "GFR <30", ["GFR ≥30"]),
        (edits.negation_out, "Do not start it.", ["Do start it."]),
        (edits.negation_out, "Without food", ["With food"]),
        (edits.negation_in, "It is safe.", ["It is not safe."]),
        (edits.negation_in, "It is not safe.", []),
        (edits.without_clause("if|unless"), "Stop this medicine, unless pain returns.", ["Stop this medicine."]),
        (edits.without_clause("at"), "It fell by -0.33 at 3.5 months, then rose.", ["It fell by -0.33, then rose."]),
        (edits.without_brackets, "NICE (for adults only) says (2021) no.", ["NICE says (2021) no."]),
        (edits.sibling(ConceptKind.INTERVENTION), "Stop tramadol.", ["Stop codeine."]),
        (edits.sibling(ConceptKind.POPULATION), "For women.", ["For children."]),
        (edits.related_name, "It is off-label.", ["It is approval.", "It is approved."]),
        (edits.related_name, "Take paracetamol.", []),
        (edits.synonym, "Take paracetamol or tramadol.", ["Take acetaminophen or tramadol."]),
        (edits.same_mass("mg", "g"), "Take 500 mg.", ["Take 0.5 g."]),
        (edits.same_mass("mg", "g"), "Take 1-5 mg, or 2 to 3 mg, or 5 mg/kg.", []),
        (edits.thousands, "2228 people in 2017.", ["2,228 people in 2017.", "2\u2009228 people in 2017."]),
        (edits.spelt, "A randomised centre.", ["A randomized centre.", "A randomised center."]),
        (edits.case, "ACT.", []),
    ],
)
def test_an_edit_does_what_its_name_says(operator: Edits, text: str, expected: list[str]) -> None:
    found = made(operator, text)
    if operator is edits.related_name and expected:  # draws one of several names
        assert len(found) == 1
        assert found[0] in expected
    else:
        assert found == expected


SENTENCES = st.lists(
    st.sampled_from(
        [
            "tramadol",
            "4.5",
            "mg",
            "60",
            "women",
            "must",
            "not",
            "fibromyalgia",
            "if",
            "pain",
            "-0.3",
            "7-10",
            "is",
            "finally",
        ]
    ),
    min_size=1,
    max_size=12,
).map(" ".join)


@given(SENTENCES)
def test_a_changed_digit_changes_one_character(text: str) -> None:
    for changed in made(edits.digit, text):
        assert len(changed) == len(text)
        assert sum(a != b for a, b in zip(changed, text, strict=True)) == 1


@given(SENTENCES)
def test_a_misspelt_medicine_differs_by_one_letter(text: str) -> None:
    found = made(edits.misspelt, text)
    assert len(found) == text.split().count("tramadol")
    for changed in found:
        assert sum(a != b for a, b in zip(changed, text, strict=True)) == 1


@given(SENTENCES)
def test_harmless_edits_keep_the_letters(text: str) -> None:
    def letters(said: str) -> str:
        return re.sub(r"[^\w.]", "", unicodedata.normalize("NFKC", said)).casefold()

    for operator in (edits.spaced, edits.unicode_form, edits.case, edits.dashes):
        for changed in made(operator, text):
            assert letters(changed) == letters(text)


@given(SENTENCES)
def test_edits_replace_what_they_name_and_leave_the_rest(text: str) -> None:
    for operator in (
        edits.digit,
        edits.negation_in,
        edits.negation_out,
        edits.case,
        edits.sentence_added(("It is so.",)),
    ):
        for edit in operator(text, WORLD, seeded()):
            changed = edit.applied(text)
            assert changed.startswith(text[: edit.start])
            assert changed.endswith(text[edit.end :])
            assert changed[edit.start : edit.start + len(edit.into)] == edit.into
