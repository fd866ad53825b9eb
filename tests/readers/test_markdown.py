import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.errors import BadCorpus
from fmqa.readers import markdown
from fmqa.readers.markdown import Reading, normalise, parse, read
from fmqa.types import Document

FRONT = """\
---
id: doc
title: A title of this test
short_title: Test
kind: guideline
licence: CC-BY-4.0
evidence_checked: 2026-09-30
last_updated: 2026-11-23
references:
  - {id: REF, citation: "Author A. A citation. 2020."}
"""
ROW = "  - {{id: {id}, kind: finding, sources: [REF], basis: primary{more}}}\n"
FRONT_LINES = FRONT.count("\n") + 1  # without statements; the closing --- included


def reading(body: str, *ids: str, grades: str = "") -> Reading:
    more = f", grades: [{grades}]" if grades else ""
    rows = "".join(ROW.format(id=name, more=more) for name in ids)
    return parse(FRONT + (f"statements:\n{rows}" if rows else "") + "---\n" + body, "guidelines/doc.md")


def document(body: str, *ids: str, grades: str = "") -> Document:
    result = reading(body, *ids, grades=grades)
    assert result.faults == ()
    assert result.document is not None
    return result.document


def blocks(made: Document) -> list[str]:
    return [made.text[section.start : section.end] for section in made.sections]


def stems(made: Document) -> list[str | None]:
    return [made.text[slice(*section.stem)] if section.stem else None for section in made.sections]


def faults(result: Reading) -> list[tuple[int, str]]:
    return [(fault.line - FRONT_LINES, fault.rule) for fault in result.faults]


# --- canonical text ---------------------------------------------------------------------------------------------------


def test_the_marks_of_markdown_go_and_the_words_stay() -> None:
    made = document(
        "# Head *one*\n\nSome **bold**,\n`code` and [a link](https://example.org).\n\n1. first\n2. second\n\n"
        "> quoted &lt;5 \\*\n"
    )
    assert made.text == "Head one\n\nSome bold, code and a link.\n\nfirst\n\nsecond\n\nquoted <5 *"


def test_byte_order_mark_and_foreign_line_ends_do_not_change_the_text(tmp_path: Path) -> None:
    source = FRONT + "---\nOne\ntwo.\n\nThree.\n"
    texts = set()
    for number, variant in enumerate(
        [source, "\ufeff" + source, source.replace("\n", "\r\n"), source.replace("\n", "\r")]
    ):
        path = tmp_path / f"{number}.md"
        path.write_bytes(variant.encode())
        texts.add(read(path, tmp_path).text)
    assert texts == {"One two.\n\nThree."}


def test_white_space_is_folded_and_characters_are_composed() -> None:
    assert document("Ja\u0308rvinen   gave\u00a04.5\u2009mg.\n").text == "Järvinen gave 4.5 mg."


def test_brackets_that_look_like_link_definitions_stay() -> None:
    assert document("[level Ia]: as printed.\n").text == "[level Ia]: as printed."


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_normalisation_is_idempotent_composed_and_folded(words: str) -> None:
    once = normalise(words)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once.split(" ") == once.split() or once == ""


WORDS = st.lists(st.text("abcäß5.%", min_size=1, max_size=6), min_size=1, max_size=8).map(" ".join)
BLOCKS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["# ", "## ", "### ", "- ", ""]), WORDS),
        st.tuples(st.just("stem"), WORDS),
    ),
    min_size=1,
    max_size=12,
)


@given(BLOCKS)
def test_sections_and_stems_lie_in_order_on_blocks_of_the_text(drawn: list[tuple[str, str]]) -> None:
    # A letter first keeps drawn words from being marks such as "5." of a numbered list.
    source = "".join(
        f"x{words}:\n\n- item x{words}\n\n" if kind == "stem" else f"{kind}x{words}\n\n" for kind, words in drawn
    )
    result = reading(source)
    made = result.document
    assert made is not None
    whole = made.text.split("\n\n")
    assert [normalise(block) for block in whole] == whole
    assert all(block in whole for block in blocks(made))
    edges = [edge for section in made.sections for edge in (section.start, section.end)]
    assert edges == sorted(edges)
    items = [stem for block, stem in zip(blocks(made), stems(made), strict=True) if block.startswith("item x")]
    assert items == [f"x{words}:" for kind, words in drawn if kind == "stem"]


# --- places -----------------------------------------------------------------------------------------------------------


def test_blocks_have_their_heading_path_without_the_title() -> None:
    made = document("# A title of this test\n\nIntro.\n\n## One\n\n### Deep\n\na\n\n## Two\n\nb\n")
    assert [section.headings for section in made.sections] == [(), ("One", "Deep"), ("Two",)]


def test_a_list_directly_below_a_colon_has_that_paragraph_as_stem() -> None:
    made = document("Do not start:\n\n- opioids\n- ketamine\n\nOther text.\n\n- free\n")
    assert list(zip(blocks(made), stems(made), strict=True)) == [
        ("Do not start:", None),
        ("opioids", "Do not start:"),
        ("ketamine", "Do not start:"),
        ("Other text.", None),
        ("free", None),
    ]


def test_a_nested_item_keeps_the_stem_and_the_item_above_it() -> None:
    made = document("Do not start:\n\n- opioids:\n  - weak:\n    - tramadol\n  - fentanyl\n- ketamine\n")
    assert list(zip(blocks(made), stems(made), strict=True))[1:] == [
        ("opioids: weak: tramadol", "Do not start:"),
        ("opioids: fentanyl", "Do not start:"),
        ("ketamine", "Do not start:"),
    ]


def test_an_item_is_the_stem_of_its_list_where_no_paragraph_is() -> None:
    made = document("- Avoid:\n  - tramadol\n- Other\n")
    assert list(zip(blocks(made), stems(made), strict=True)) == [
        ("Avoid:", None),
        ("tramadol", "Avoid:"),
        ("Other", None),
    ]


def test_an_item_above_a_list_must_end_in_a_colon() -> None:
    assert faults(reading("- Avoid\n  - tramadol\n")) == [(1, "stem")]


def test_a_table_row_names_its_columns_and_keeps_the_stem() -> None:
    made = document(
        "Doses:\n\n| Drug | Dose | Note |\n|---|---|---|\n| LDN | 4.5 mg. | |\n| B | 1 | at night. {#b} |\n"
        "| C | 2 | x | {#c}\n",
        "b",
        "c",
    )
    assert blocks(made)[1:] == [
        "Drug: LDN; Dose: 4.5 mg.",
        "Drug: B; Dose: 1; Note: at night.",
        "Drug: C; Dose: 2; Note: x",
    ]
    assert stems(made)[1:] == ["Doses:"] * 3
    assert [section.statement for section in made.sections] == [None, None, "b", "c"]


# --- statements -------------------------------------------------------------------------------------------------------

GRADES = "{system: s, level: Ia, printed: level Ia}, {system: s, grade: A, printed: grade A}"


def test_a_statement_span_has_the_words_and_grade_spans_the_notations() -> None:
    made = document("Text.\n\n- Exercise helps [a lot]. [level Ia] [grade\n  A] {#one}\n", "one", grades=GRADES)
    (span,) = made.statements
    assert made.text[span.start : span.end] == "Exercise helps [a lot]."
    assert [made.text[slice(*grade)] for grade in span.grades] == ["level Ia", "grade A"]
    assert made.text[made.sections[1].start : made.sections[1].end].endswith("[level Ia] [grade A]")
    assert span.line == FRONT_LINES + 5  # two lines of front matter, then the third of the body


def test_a_statement_in_a_list_knows_its_stem() -> None:
    made = document("Do not start:\n\n- tramadol {#one}\n", "one")
    stem = made.statements[0].stem
    assert stem is not None
    assert made.text[slice(*stem)] == "Do not start:"


@pytest.mark.parametrize(
    ("body", "ids", "expected"),
    [
        ("Words. {#one}\n\nMore. {#two}\n", ["one"], [(5, "mark")]),  # a mark without a record
        ("Words. {#one}\n\nMore. {#one}\n", ["one"], [(5, "mark")]),  # the same mark twice
        ("Words.\n", ["one"], [(1, "mark")]),  # a record without a mark, at its line
        ("Words. {#one}\n", ["one", "one"], [(2, "statement-id")]),
        ("Words {#one} go on.\n\nMore. {#one}\n", ["one"], [(3, "mark")]),
        ("# Head {#one}\n\nMore. {#one}\n", ["one"], [(3, "mark")]),
        ("{#one}\n", ["one"], [(3, "mark")]),
        ("Words. [level Ia] {#one}\n", ["one"], [(3, "grade-printed")]),  # not in the record
        ("<b>Bold</b> words.\n\n```\ncode\n```\n", [], [(1, "format"), (1, "format"), (3, "format")]),
        ("![Figure](a.png) words\n", [], [(1, "format")]),
        ("# Only a heading\n", [], [(0, "empty")]),
        ("Soft\u00adhyphen\n", [], [(1, "encoding")]),
        ("Words\u200b\n\nand \u202e\n", [], [(1, "encoding"), (3, "encoding")]),
    ],
)
def test_a_fault_of_the_body_is_reported_at_its_line(
    body: str, ids: list[str], expected: list[tuple[int, str]]
) -> None:
    assert faults(reading(body, *ids)) == expected


@pytest.mark.parametrize("printed", ["", "[level Ia]", "[grade A] [level Ia]", "[level Ia, grade A]"])
def test_grades_must_stand_as_printed_and_in_order(printed: str) -> None:
    assert faults(reading(f"Words. {printed} {{#one}}\n", "one", grades=GRADES)) == [(3, "grade-printed")]


# --- front matter -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("licence: CC-BY-4.0\n", "", 2),  # a missing field: where the front matter begins
        ("kind: guideline", "kind: leaflet", 5),
        ("short_title: Test", "short_title: Test\nshade: green", 5),
        ("evidence_checked: 2026-09-30", "evidence_checked: soon", 7),
        ('citation: "Author A. A citation. 2020."', "citation: short", 10),
        ("last_updated: 2026-11-23", "last_updated: 2026-11-23\nreview: {state: approved}", 9),
        ("licence: CC-BY-4.0", "licence: [}", 6),  # not YAML
        ("licence: CC-BY-4.0", "licence: CC-BY-4.0\nlicence: MIT", 7),
    ],
)
def test_a_fault_of_the_front_matter_is_reported_at_its_line(old: str, new: str, line: int) -> None:
    source = FRONT.replace(old, new) + "---\nWords.\n"
    assert [(fault.line, fault.rule) for fault in parse(source, "guidelines/doc.md").faults] == [(line, "schema")]


def test_one_bad_record_does_not_hide_the_faults_of_the_others() -> None:
    rows = ROW.format(id="one", more=", mood: bad") + ROW.format(id="two", more="") + ROW.format(id="three", more="")
    result = parse(FRONT + "statements:\n" + rows + "---\nA. {#one}\n\nB. [grade A] {#two}\n", "guidelines/doc.md")
    assert faults(result) == [(1, "schema"), (3, "mark"), (7, "grade-printed")]


def test_yaml_is_version_1_2() -> None:
    data = parse(
        FRONT.replace("title: A title of this test", "title: A title\naliases: [no, on, 'yes']") + "---\nX\n", "d.md"
    )
    assert data.document is not None
    assert data.document.metadata.aliases == ("no", "on", "yes")


def test_files_without_front_matter_or_in_another_encoding_are_refused(tmp_path: Path) -> None:
    plain, latin = tmp_path / "plain.md", tmp_path / "latin.md"
    plain.write_text("# No front matter\n")
    latin.write_bytes((FRONT + "---\nW").encode() + b"\xe4rme\n")
    with pytest.raises(BadCorpus, match=r"^plain\.md:1: schema: no front matter"):
        read(plain, tmp_path)
    with pytest.raises(BadCorpus, match=rf"^latin\.md:{FRONT_LINES + 1}: encoding: not UTF-8"):
        read(latin, tmp_path)


def test_reading_names_every_fault_at_once(tmp_path: Path) -> None:
    path = tmp_path / "doc.md"
    path.write_text(FRONT.replace("kind: guideline", "kind: leaflet") + "---\nWords. {#one}\n\n<hr>\n")
    with pytest.raises(BadCorpus) as caught:
        read(path, tmp_path)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == ["doc.md:5", "doc.md:12", "doc.md:14"]


# --- vocabulary -------------------------------------------------------------------------------------------------------


def test_the_vocabulary_is_read_with_the_kind_of_each_list(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.yaml"
    path.write_text(
        "interventions:\n  - {id: ldn, label: LDN, synonyms: [low dose]}\noutcomes:\n  - {id: pain, label: pain}\n"
    )
    vocabulary, found = markdown.examine_vocabulary(path, tmp_path)
    assert found == ()
    assert vocabulary is not None
    assert [(concept.kind.value, concept.id) for concept in vocabulary.concepts] == [
        ("interventions", "ldn"),
        ("outcomes", "pain"),
    ]


def test_every_fault_of_the_vocabulary_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.yaml"
    path.write_text("interventions:\n  - {id: ldn}\n  - id: x\n    label: x\n    mood: bad\n  - word\ndrugs: []\n")
    vocabulary, found = markdown.examine_vocabulary(path, tmp_path)
    assert vocabulary is None
    assert [fault.line for fault in found] == [2, 5, 6, 7]
