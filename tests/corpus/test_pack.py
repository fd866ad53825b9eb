"""The domain pack: what it may say, and that every fault is told with file and line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fmqa.corpus import loading, making, pack
from fmqa.errors import BadCorpus
from fmqa.types import FOLLOW_UPS, Pack

VOCABULARY = """\
interventions:
  - {id: salbutamol, label: salbutamol}
  - {id: propranolol, label: propranolol, blocks: [salbutamol], implies: [adults]}
conditions:
  - {id: asthma, label: asthma}
populations:
  - {id: adults, label: adults}
outcomes:
  - {id: symptoms, label: symptoms}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    making.make(tmp_path / "corpus")
    (tmp_path / "corpus" / "vocabulary.yaml").write_text(VOCABULARY, "utf-8")
    return tmp_path / "corpus"


def faults(folder: Path, **files: str) -> list[str]:
    """Write files of the pack and return the faults of the corpus but for that it is empty."""
    for name, source in files.items():
        (folder / f"{name}.yaml").write_text(source, "utf-8")
    return [str(fault) for fault in loading.lint(folder) if fault.rule != "empty"]


def test_a_pack_in_order_is_read_whole(folder: Path) -> None:
    source = """\
subject: [asthma]
usual: {conditions: [asthma], populations: [adults], outcomes: [symptoms]}
main_result: symptoms
follow_ups: ["Does {label} help in {subject}?"]
ages: {adults: ">=18"}
cues: {diagnosis: [peak flow, spirometr*]}
"""
    assert faults(folder, pack=source, bodies="GINA: [GINA, Global Initiative for Asthma]\n") == []
    found = loading.vocabulary(folder).pack
    assert found.subject == ("asthma",)
    assert found.usual.everybody == {"asthma", "adults"}
    assert found.bodies[0].forms == ("GINA", "Global Initiative for Asthma")
    assert found.foreign(["asthma", "gout"]) == {"gout"}


def test_an_empty_pack_is_the_neutral_one(folder: Path) -> None:
    assert faults(folder, pack="", bodies="", vocabulary="") == []
    assert loading.vocabulary(folder).pack == Pack()
    assert Pack().foreign(["gout"]) == frozenset()
    assert all(form.format(label="salbutamol") for form in FOLLOW_UPS)


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("subject: [asthma]\nsubjects: [asthma]\n", 2, "subjects: Extra inputs are not permitted"),
        ("usual:\n  conditions: [asthma]\n  people: [adults]\n", 3, "usual.people"),
        ("subject: [asthma]\nmain_result: pain\n", 2, "no pain under outcomes"),
        ("subject:\n  - asthma\n  - gout\n", 3, "no gout under conditions"),
        ("at_large: [asthma]\n", 1, "no asthma under interventions"),
        ("\nstart: nowhere\n", 2, "no document nowhere"),
        ('ages:\n  adults: ">=18"\n  children: "<18"\n', 3, "no children under populations"),
        ('ages: {adults: "18+"}\n', 1, "ages.adults"),
        ('follow_ups:\n  - "Does {label} help in {subject}?"\n', 2, "needs a subject"),
        ('follow_ups: ["Does it help?"]\n', 1, "must hold {label}"),
        ("cues: {cooking: [boil]}\n", 1, "cues.cooking"),
        ("cues: {diagnosis: ['(']}\n", 1, "cues.diagnosis"),
        ("bodies: {WHO: [WHO]}\n", 1, "they stand in bodies.yaml"),
        ("- asthma\n", 1, "no mapping"),
        ("subject: [asthma\n", 2, "expected"),
    ],
)
def test_what_is_wrong_with_a_pack_is_told_with_its_line(folder: Path, source: str, line: int, words: str) -> None:
    (fault,) = faults(folder, pack=source)
    assert fault.startswith(f"pack.yaml:{line}: ")
    assert words in fault
    with pytest.raises(BadCorpus, match=f"pack.yaml:{line}"):
        loading.load(folder)


def test_what_is_wrong_with_publishers_is_told_with_its_line(folder: Path) -> None:
    (fault,) = faults(folder, bodies="WHO: [WHO]\nNICE: []\n")
    assert fault.startswith("bodies.yaml:2: schema: NICE")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("blocks: [salbutamol]", "blocks: [asthma]", "cannot have asthma under blocks"),
        ("implies: [adults]", "implies: [salbutamol]", "cannot have salbutamol under implies"),
        ("implies: [adults]", "capitals_only: [PROP]", "PROP is no name of one word"),
    ],
)
def test_what_a_concept_blocks_and_implies_must_exist(folder: Path, old: str, new: str, words: str) -> None:
    (fault,) = faults(folder, vocabulary=VOCABULARY.replace(old, new))
    assert fault.startswith("vocabulary.yaml:3: ")
    assert words in fault


def test_a_folder_of_something_else_is_not_taken_for_a_corpus(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("Dear all", "utf-8")
    with pytest.raises(BadCorpus, match="fmqa corpus new"):
        loading.vocabulary(tmp_path)
    with pytest.raises(BadCorpus, match="not an empty folder"):
        making.make(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_every_key_of_the_stub_can_be_used(folder: Path) -> None:
    """The commented examples name every key of a pack, and each is of the right form."""
    template = (folder / "pack.yaml").read_text("utf-8")
    examples = [line.removeprefix("# ") for line in template.splitlines() if line.startswith("# ") and ": " in line]
    keys = [key for key in Pack.model_fields if key != "bodies"]
    used = "\n".join(line for line in examples if line.partition(":")[0] in keys)
    (folder / "pack.yaml").write_text(used, "utf-8")
    found, wrong = pack.examine(folder)
    assert wrong == ()
    assert sorted(found.model_fields_set - {"bodies"}) == sorted(keys)


PIECES = (
    "{label}",
    "{subject}",
    "{",
    "}",
    "{{",
    "}}",
    "{0}",
    "{}",
    "{label!r}",
    "{label:>{x}}",
    "{label.x}",
    " Is it ",
)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join))
def test_a_follow_up_is_taken_only_if_it_can_be_filled(form: str) -> None:
    try:
        (taken,) = Pack(follow_ups=(form,)).follow_ups
    except ValidationError:
        assert form != "{label}"
    else:
        assert "salbutamol" in taken.format(label="salbutamol", subject="asthma")
