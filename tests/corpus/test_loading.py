import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.corpus.loading import ADVISORY, lint, load, negation_lost, numbers_missing_from
from fmqa.errors import BadCorpus
from fmqa.types import ReviewState

EULAR_2017, EULAR_2008 = "guidelines/eular-2017.md", "guidelines/eular-2008.md"
LABEL, VOCABULARY = "labels/naltrexone-label.md", "vocabulary.yaml"
REAL_CORPUS = Path(__file__).parents[2] / "corpus"


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    source = path.read_text(encoding="utf-8")
    assert source.count(old) == 1, f"{old!r} must stand once in {name}"
    path.write_text(source.replace(old, new), encoding="utf-8")


def line_of(folder: Path, name: str, words: str) -> int:
    source = (folder / name).read_text(encoding="utf-8")
    return source[: source.index(words)].count("\n") + 1


def found(folder: Path) -> list[tuple[str, int, str]]:
    return [(fault.path, fault.line, fault.rule) for fault in lint(folder)]


def test_a_corpus_that_keeps_the_rules_has_no_fault_and_loads(corpus_folder: Path) -> None:
    assert lint(corpus_folder) == ()
    corpus = load(corpus_folder)
    assert [document.id for document in corpus.documents] == ["eular-2008", "eular-2017", "naltrexone-label"]
    assert {concept.id for concept in corpus.vocabulary.concepts} >= {"exercise", "fibromyalgia", "adults", "pain"}


def test_the_corpus_of_this_project_has_no_fault() -> None:
    assert "\n".join(str(fault) for fault in lint(REAL_CORPUS)) == ""


EXERCISE_PLAIN = "plain: EULAR strongly recommends aerobic and strengthening exercise."
OPIOIDS_PLAIN = "plain: EULAR 2017 does not recommend strong opioids."
RULE_BESIDE = "    role: rule\n    beside: "
TRAMADOL = "interventions: [naltrexone, tramadol]"


@pytest.mark.parametrize(
    ("name", "old", "new", "rule", "at"),
    [
        # records
        (EULAR_2017, "kind: safety", "kind: advice", "schema", "kind: advice"),
        (
            EULAR_2017,
            "    sources: [EULAR2017]\n    basis: primary\n---",
            "    sources: []\n    basis: primary\n---",
            "schema",
            "sources: []",
        ),
        (LABEL, "    sources: [LABEL]\n", "", "schema", "- id: tramadol"),
        (EULAR_2017, "{state: submitted}", "{state: approved, reviewer: Dr A}", "schema", "review:"),
        (VOCABULARY, "label: exercise}", "name: exercise}", "schema", "name: exercise"),
        # places
        (LABEL, "id: naltrexone-label", "id: revia-label", "file-name", "id: revia-label"),
        (LABEL, "kind: label", "kind: trial", "folder", "kind: trial"),
        # editions
        (EULAR_2017, "[eular-2008]", "[eular-1998]", "dangling", "supersedes:"),
        (EULAR_2008, "superseded_by: eular-2017", "superseded_by: eular-2027", "dangling", "superseded_by:"),
        # concepts
        (EULAR_2017, "interventions: [opioid]", "interventions: [opium]", "dangling", "interventions: [opium]"),
        (EULAR_2017, "populations: [adults]", "populations: [elves]", "dangling", "populations: [elves]"),
        (EULAR_2017, "outcomes: [pain]", "outcomes: [joy]", "dangling", "outcomes: [joy]"),
        (EULAR_2008, "year: 2008", "year: 2008\nconditions: [gout]", "dangling", "conditions: [gout]"),
        (EULAR_2008, "year: 2008", "year: 2008\ninterventions: [tea]", "dangling", "interventions: [tea]"),
        (VOCABULARY, "parents: [opioid]", "parents: [poppy]", "dangling", "parents: [poppy]"),
        (VOCABULARY, "#tramadol", "#codeine", "dangling", "#codeine"),
        (
            VOCABULARY,
            "{id: opioid, label: opioids}",
            "{id: opioid, label: o, parents: [opioid]}",
            "concept-cycle",
            "id: opioid",
        ),
        (VOCABULARY, "label: exercise}", "label: exercise, synonyms: [Opioid]}", "concept-name", "id: exercise"),
        (VOCABULARY, "{id: pain, label: pain}", "{id: adults, label: pain}", "concept-id", "{id: adults, label: pain}"),
        # references
        (LABEL, "sources: [LABEL]", "sources: [LABEL, OTHER]", "dangling", "sources: [LABEL, OTHER]"),
        (
            LABEL,
            "statements:",
            "  - {id: SPARE, citation: A spare source. 2001.}\nstatements:",
            "unused-reference",
            "SPARE",
        ),
        (
            LABEL,
            "statements:",
            "  - {id: LABEL, citation: The same again. 2001.}\nstatements:",
            "reference-id",
            "- {id: LABEL",
        ),
        # statements
        (LABEL, TRAMADOL, "interventions: [naltrexone]", "interaction", "interventions: [naltrexone]"),
        (LABEL, TRAMADOL, "interventions: [naltrexone, naltrexone]", "interaction", "interventions: [naltrexone, n"),
        (LABEL, "Do not combine", "Do not combine" + " or mix" * 30, "length", "- id: tramadol"),
        (LABEL, "together with tramadol.", "within 7 days of tramadol.", "plain-number", "plain:"),
        (LABEL, "together with tramadol.", "with tramadol for two days.", "plain-number", "plain:"),
        (LABEL, "Do not take naltrexone", "Take naltrexone", "plain-negation", "plain:"),
        (
            EULAR_2017,
            OPIOIDS_PLAIN,
            "plain: EULAR 2017 recommends strong opioids.",
            "plain-negation",
            "plain: EULAR 2017 rec",
        ),
        (EULAR_2017, "- EULAR 2017 recommends", "- It recommends", "alone", "- id: exercise"),
        (LABEL, "    role: rule\n", "", "role", "- id: tramadol"),
        (LABEL, "    role: rule\n", "    role: headline\n", "schema", "role: headline"),
        # questions
        (LABEL, "      - can i take ultram on naltrexone\n", "", "answers", "answers:"),
        (LABEL, "can i take ultram on naltrexone", "Naltrexone, tramadol", "schema", "- id: tramadol"),
        (LABEL, "can i take ultram on naltrexone", "x" * 121, "schema", "- xxx"),
        (LABEL, "can i take ultram on naltrexone", "4.5 ?", "schema", "- 4.5 ?"),
        (LABEL, "can i take ultram on naltrexone", '"ultram on\\nnaltrexone"', "schema", '- "ultram on'),
        (
            EULAR_2017,
            "- are strong painkillers recommended for fibro",
            "- Should I work out with fibro?",
            "answers",
            "- Should I work out",
        ),
        # what stands beside a statement
        (LABEL, "    role: rule\n", f"{RULE_BESIDE}[nobody#nothing]\n", "beside", "beside: [nobody#nothing]"),
        (LABEL, "    role: rule\n", f"{RULE_BESIDE}[naltrexone-label#tramadol]\n", "beside", "beside: [nal"),
        (LABEL, "    role: rule\n", f"{RULE_BESIDE}[tramadol]\n", "schema", "beside: [tramadol]"),
        (LABEL, "    role: rule\n", f"{RULE_BESIDE}[a#b, a#b]\n", "schema", "- id: tramadol"),
        # grades
        (EULAR_2017, "level: Ia,", "level: IX,", "grade-system", "- {system:"),
        (EULAR_2017, "grading_system: eular-2017", "grading_system: stars", "grade-system", "grading_system"),
        (EULAR_2017, "level: Ia,", "level: Ib,", "grade-printed", "- {system:"),
        (EULAR_2017, "grade: A,", "grade: B,", "grade-printed", "- {system:"),
        (EULAR_2017, "strength: strong for", "strength: weak for", "grade-printed", "- {system:"),
        (EULAR_2017, 'agreement: "100"', 'agreement: "10"', "grade-printed", "- {system:"),
        (EULAR_2017, "exercise. [level Ia, ", "exercise. [level Ib, ", "grade-printed", "- EULAR 2017 recommends"),
        (EULAR_2017, " direction: for,", "", "grade-direction", "- {system:"),
        # marks
        (EULAR_2017, " {#opioids}", "", "mark", "- id: opioids"),
        (EULAR_2017, "- corticosteroids", "- corticosteroids {#steroids}", "mark", "- corticosteroids"),
    ],
)
def test_a_breach_is_found_at_its_line(corpus_folder: Path, name: str, old: str, new: str, rule: str, at: str) -> None:
    spoil(corpus_folder, name, old, new)
    faults = found(corpus_folder)
    assert (name, line_of(corpus_folder, name, at), rule) in faults
    if rule in ADVISORY:
        load(corpus_folder)
    else:
        with pytest.raises(BadCorpus, match=re.escape(f"{name}:{line_of(corpus_folder, name, at)}: {rule}: ")):
            load(corpus_folder)


@pytest.mark.parametrize(
    ("spoilt", "said", "blamed"),
    [
        (EULAR_2017, "supersedes: [eular-2008]\n", (EULAR_2008, "superseded_by:")),
        (EULAR_2008, "superseded_by: eular-2017\n", (EULAR_2017, "supersedes:")),
    ],
)
def test_two_editions_must_name_each_other(
    corpus_folder: Path, spoilt: str, said: str, blamed: tuple[str, str]
) -> None:
    spoil(corpus_folder, spoilt, said, "")
    assert found(corpus_folder) == [(blamed[0], line_of(corpus_folder, *blamed), "edition")]


def test_two_documents_with_one_id_are_both_named(corpus_folder: Path) -> None:
    source = (corpus_folder / EULAR_2008).read_text(encoding="utf-8")
    (corpus_folder / "guidelines" / "copy.md").write_text(source, encoding="utf-8")
    faults = found(corpus_folder)
    assert ("guidelines/copy.md", 2, "document-id") in faults
    assert (EULAR_2008, 2, "document-id") in faults


def test_a_document_cannot_supersede_itself_in_the_end(corpus_folder: Path) -> None:
    spoil(corpus_folder, EULAR_2017, "supersedes: [eular-2008]", "supersedes: [eular-2008]\nsuperseded_by: eular-2008")
    spoil(corpus_folder, EULAR_2008, "superseded_by:", "supersedes: [eular-2017]\nsuperseded_by:")
    assert [rule for _, _, rule in found(corpus_folder)] == ["edition", "edition"]


def test_a_concept_that_stands_twice_is_named_both_times(corpus_folder: Path) -> None:
    spoil(corpus_folder, VOCABULARY, "  - {id: opioid,", "  - {id: exercise, label: sport}\n  - {id: opioid,")
    assert found(corpus_folder) == [(VOCABULARY, 2, "concept-id"), (VOCABULARY, 3, "concept-id")]


def test_an_approval_holds_for_one_text_and_lapses_with_a_warning(corpus_folder: Path) -> None:
    approved = load(corpus_folder).documents[0].sha256
    review = f"review: {{state: approved, reviewer: Dr A, date: 2026-11-01, text_sha256: {approved}}}"
    spoil(corpus_folder, EULAR_2008, "references:", f"{review}\nreferences:")
    assert lint(corpus_folder) == ()
    assert load(corpus_folder).documents[0].review_state is ReviewState.APPROVED
    spoil(corpus_folder, EULAR_2008, "were replaced", "had been replaced")
    assert found(corpus_folder) == [(EULAR_2008, line_of(corpus_folder, EULAR_2008, "review:"), "approval")]
    assert load(corpus_folder).documents[0].review_state is ReviewState.SUBMITTED


@pytest.mark.parametrize("name", ["notes.txt", "guidelines/old.docx", "leaflets/a.md", "guidelines/deep/a.md", "a.md"])
def test_a_file_that_belongs_nowhere_is_named(corpus_folder: Path, name: str) -> None:
    path = corpus_folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    assert found(corpus_folder) == [(name, 1, "unknown-file")]


@pytest.mark.parametrize("name", ["calibration.jsonl", "emergencies.jsonl"])
def test_what_a_build_is_fitted_on_may_lie_beside_the_vocabulary_only(corpus_folder: Path, name: str) -> None:
    (corpus_folder / name).write_text("{}\n", encoding="utf-8")
    assert found(corpus_folder) == []
    (corpus_folder / "guidelines" / name).write_text("{}\n", encoding="utf-8")
    assert found(corpus_folder) == [(f"guidelines/{name}", 1, "unknown-file")]


def test_hidden_files_are_none_of_ours(corpus_folder: Path) -> None:
    (corpus_folder / ".DS_Store").write_bytes(b"\0")
    assert lint(corpus_folder) == ()


def test_a_folder_without_documents_is_no_corpus_yet(tmp_path: Path) -> None:
    assert [fault.rule for fault in lint(tmp_path)] == ["empty"]
    assert load(tmp_path).documents == ()
    with pytest.raises(BadCorpus, match="no folder"):
        load(tmp_path / "nowhere")


def test_every_fault_of_every_file_is_returned_in_order(corpus_folder: Path) -> None:
    spoil(corpus_folder, LABEL, TRAMADOL, "interventions: [naltrexone]")
    spoil(corpus_folder, LABEL, "kind: label", "kind: trial")
    spoil(corpus_folder, EULAR_2017, "kind: safety", "kind: advice")  # no record can be made of this document …
    spoil(corpus_folder, EULAR_2017, "- corticosteroids", "- corticosteroids {#steroids}")  # … and its body is read
    faults = found(corpus_folder)
    assert faults == sorted(faults)
    assert [(path, rule) for path, _, rule in faults] == [
        (EULAR_2017, "schema"),
        (EULAR_2017, "mark"),
        (LABEL, "folder"),
        (LABEL, "interaction"),
    ]
    with pytest.raises(BadCorpus) as caught:
        load(corpus_folder)
    assert all(f"{path}:{line}: {rule}" in str(caught.value) for path, line, rule in faults)


def test_the_hash_covers_names_and_bytes_of_documents_and_vocabulary(corpus_folder: Path) -> None:
    hashes = [load(corpus_folder).sha256, load(corpus_folder).sha256]
    assert len(set(hashes)) == 1
    (corpus_folder / "README.md").write_text("# Changed\n", encoding="utf-8")
    assert load(corpus_folder).sha256 == hashes[0]
    for name, old, new in [(EULAR_2008, "year: 2008", "year:  2008"), (VOCABULARY, "label: pain", "label: pains")]:
        spoil(corpus_folder, name, old, new)
        hashes.append(load(corpus_folder).sha256)
    assert len(set(hashes)) == 3


def test_sixty_documents_are_read_and_checked_in_well_under_two_seconds(corpus_folder: Path) -> None:
    source = (corpus_folder / LABEL).read_text(encoding="utf-8")
    row = source[source.index("  - id: tramadol") : source.index("---\n#")]
    for number in range(60):
        rows = "".join(row.replace("id: tramadol", f"id: t{n}") for n in range(10))
        body = "".join(f"Do not combine naltrexone with tramadol. {{#t{n}}}\n\n" for n in range(10))
        front = source[: source.index("  - id: tramadol")].replace("id: naltrexone-label", f"id: label-{number}")
        (corpus_folder / f"labels/label-{number}.md").write_text(f"{front}{rows}---\n{body}", encoding="utf-8")
    started = time.process_time()
    assert len(load(corpus_folder).documents) == 63
    assert time.process_time() - started < 1.5


# --- plain wordings ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "plain", "missing"),
    [
        ("Dose 1.5 to 4.5 mg", "Between 1.5 and 4.5 mg", []),
        ("Dose 4.5 mg", "Dose 45 mg", ["45"]),
        ("Dose 4·5 mg", "Dose 4.5 mg", []),
        ("In 1,200 people", "In 1200 people", []),
        ("In two trials", "In 2 trials", []),
        ("In 2 trials", "In three trials", ["3"]),
        ("70 % agreed", "70% agreed", []),
        ("Ten people", "Some people", []),
    ],
)
def test_numbers_of_a_plain_wording_must_be_the_statements(statement: str, plain: str, missing: list[str]) -> None:
    assert numbers_missing_from(statement, plain) == missing


@given(st.lists(st.one_of(st.integers(0, 10**6).map(str), st.floats(0, 99).map(lambda x: f"{x:.2f}")), max_size=6))
def test_a_wording_with_the_same_numbers_in_any_order_misses_none(numbers: list[str]) -> None:
    assert numbers_missing_from(" mg ".join(numbers), " or ".join(reversed(numbers))) == []


@pytest.mark.parametrize(
    ("statement", "plain", "lost"),
    [
        ("LDN did not reduce pain.", "LDN reduced pain.", True),
        ("LDN didn't reduce pain.", "LDN reduced pain.", True),
        ("No difference in pain was found.", "Pain was the same.", True),
        ("It is no longer recommended.", "It is recommended.", True),
        ("LDN did not reduce pain.", "LDN failed to reduce pain.", False),
        ("Do not combine them.", "Never take them together.", False),
        ("With or without depression it helps.", "It helps.", False),
        ("No more than 4.5 mg a day.", "At most 4.5 mg a day.", False),
        ("LDN reduced pain.", "LDN eased pain.", False),
    ],
)
def test_a_plain_wording_must_not_lose_a_negation(statement: str, plain: str, lost: bool) -> None:
    assert negation_lost(statement, plain) is lost


# --- grading systems of its own ---------------------------------------------------------------------------------------

STARS = """\
systems:
  - id: stars
    name: Stars
    source: the handbook of a made-up society
    explanation: One to three stars for how sure the society is.
    called: [Star Society]
    grade:
      terms:
        - {value: three, meaning: very sure}
        - {value: one, meaning: not sure}
contrasts:
  - systems: [stars, grade]
    reason: Stars are no certainty.
"""


def test_a_corpus_may_have_grading_systems_of_its_own(corpus_folder: Path) -> None:
    before = load(corpus_folder)
    (corpus_folder / "grading.yaml").write_text(STARS, encoding="utf-8")
    assert lint(corpus_folder) == ()
    loaded = load(corpus_folder)
    assert [system.id for system in loaded.vocabulary.grading.systems] == ["stars"]
    assert loaded.sha256 != before.sha256
    spoil(corpus_folder, EULAR_2017, "grading_system: eular-2017", "grading_system: stars")
    assert lint(corpus_folder) == ()


@pytest.mark.parametrize(
    ("old", "new", "rule", "at"),
    [
        ("id: stars", "id: grade", "schema", None),
        ("    name: Stars\n", "", "schema", "- id: stars"),
        ("    source: the handbook", "    sauce: the handbook", "schema", "sauce"),
        ("{value: one, meaning: not sure}", "{value: one, meaning: ''}", "schema", "{value: one"),
        ("called: [Star Society]", "called: [Star Society", "schema", "grade:"),
    ],
)
def test_a_fault_in_grading_systems_is_found_at_its_line(
    corpus_folder: Path, old: str, new: str, rule: str, at: str | None
) -> None:
    (corpus_folder / "grading.yaml").write_text(STARS, encoding="utf-8")
    spoil(corpus_folder, "grading.yaml", old, new)
    line = line_of(corpus_folder, "grading.yaml", at) if at else 1
    assert ("grading.yaml", line, rule) in found(corpus_folder)
    with pytest.raises(BadCorpus, match=r"grading\.yaml"):
        load(corpus_folder)
