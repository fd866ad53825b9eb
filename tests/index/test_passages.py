import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.corpus import anchors
from fmqa.index.passages import other_forms, search_text, split
from fmqa.readers.markdown import parse
from fmqa.types import Document, FileFormat, Origin, Passage

FRONT = """\
---
id: doc
title: A title of this test
short_title: Test
kind: guideline
licence: CC-BY-4.0
evidence_checked: 2026-09-30
last_updated: 2026-11-23
references: [{id: REF, citation: "Author A. A citation. 2020."}]
statements: [STATEMENTS]
---
"""


def document(body: str, *ids: str) -> Document:
    rows = ", ".join(f"{{id: {name}, kind: finding, sources: [REF], basis: primary}}" for name in ids)
    made = parse(FRONT.replace("STATEMENTS", rows) + body, "guidelines/doc.md")
    assert made.faults == ()
    assert made.document is not None
    return made.document


def words_in(text: str) -> int:
    return len(text.split())


def texts(body: str, *ids: str, tokens: int = 10) -> list[str]:
    return [passage.text for passage in split(document(body, *ids), words_in, tokens)]


WORD = st.sampled_from(
    ["pain", "fell", "by", "4.5", "mg", "e.g.", "trials.", "No", "(n", "=", "31)", "p", "<", "0.05.", "to"]
)
PROSE = st.lists(WORD, min_size=1, max_size=40).map(lambda words: "x" + " ".join(words))
BLOCKS = st.lists(st.tuples(st.sampled_from(["## ", "", "", "- ", "stem", "mark"]), PROSE), min_size=1, max_size=10)


def source_of(drawn: list[tuple[str, str]]) -> tuple[str, list[str]]:
    parts, ids = ["opening\n\n"], []
    for number, (kind, words) in enumerate(drawn):
        if kind == "stem":
            parts.append(f"{words}:\n\n- {words}\n- {words}\n\n<!-- -->\n\n".replace("<!-- -->\n\n", ""))
        elif kind == "mark":
            ids.append(f"s{number}")
            parts.append(f"{words} {{#s{number}}}\n\n")
        else:
            parts.append(f"{kind}{words}\n\n")
    return "".join(parts), ids


@given(BLOCKS, st.integers(1, 30))
def test_passages_cover_every_block_without_overlap_and_quote_the_text(
    drawn: list[tuple[str, str]], tokens: int
) -> None:
    source, ids = source_of(drawn)
    made = document(source, *ids)
    passages = split(made, words_in, tokens)
    end = 0
    for passage in passages:
        assert anchors.resolve(passage.anchor, made.text) == passage.text
        assert passage.id == f"doc@{passage.anchor.position.start}-{passage.anchor.position.end}"
        assert passage.anchor.position.start >= end
        end = passage.anchor.position.end
        assert passage.text == passage.text.strip()
    covered = set().union(*(range(p.anchor.position.start, p.anchor.position.end) for p in passages))
    inside = {n for s in made.sections for n in range(s.start, s.end) if not made.text[n].isspace()}
    assert inside <= covered
    assert not {n for n in covered - inside if not made.text[n].isspace()}


def passage_at(passages: tuple[Passage, ...], position: int) -> Passage:
    return next(p for p in passages if p.anchor.position.start <= position < p.anchor.position.end)


@given(BLOCKS, st.integers(1, 30))
def test_no_block_loses_its_stem_headings_or_statement(drawn: list[tuple[str, str]], tokens: int) -> None:
    source, ids = source_of(drawn)
    made = document(source, *ids)
    passages = split(made, words_in, tokens)
    for section in made.sections:
        for position in (section.start, section.end - 1):
            passage = passage_at(passages, position)
            assert (passage.stem.quote.exact if passage.stem else None) == (
                made.text[slice(*section.stem)] if section.stem else None
            )
            assert (passage.headings, passage.statement) == (section.headings, section.statement)
            if passage.stem:
                assert anchors.resolve(passage.stem, made.text).endswith(":")
    statements = [(p.anchor.position.start, p.anchor.position.end, p.statement) for p in passages if p.statement]
    assert statements == [(s.start, s.end, s.statement) for s in made.sections if s.statement]


@given(BLOCKS, st.integers(1, 30))
def test_only_statements_and_single_quantities_are_longer_than_asked(drawn: list[tuple[str, str]], tokens: int) -> None:
    source, ids = source_of(drawn)
    for passage in split(document(source, *ids), words_in, tokens):
        if passage.statement is None and words_in(passage.text) > tokens:
            assert any(character.isdigit() or character in "=<" for character in passage.text)


def test_a_statement_is_a_passage_of_its_own_however_long() -> None:
    body = "Before.\n\nOne two three. Four five six. [level Ia] {#one}\n\nAfter.\n"
    front = FRONT.replace(
        "STATEMENTS",
        "{id: one, kind: finding, sources: [REF], basis: primary, grades: [{system: s, level: Ia, printed: level Ia}]}",
    )
    made = parse(front + body, "guidelines/doc.md").document
    assert made is not None
    assert [passage.text for passage in split(made, words_in, 4)] == [
        "Before.",
        "One two three. Four five six. [level Ia]",
        "After.",
    ]


def test_neighbouring_running_text_is_joined_while_it_fits() -> None:
    assert texts("One two.\n\nThree four.\n\nFive six.\n", tokens=4) == ["One two.\n\nThree four.", "Five six."]


def test_text_under_another_heading_or_stem_is_not_joined() -> None:
    body = "## A\n\none\n\n## A\n\ntwo\n\nDo not:\n\n- three\n- four\n\nDo:\n\n- five\n"
    assert texts(body) == ["one", "two\n\nDo not:", "three\n\nfour", "Do:", "five"]


def test_a_long_block_is_cut_at_sentences_then_between_words() -> None:
    body = "Smith et al. found this. It was, e.g. in 2 trials, small. " + " ".join(["Long"] * 12) + "\n"
    assert texts(body, tokens=7) == [
        "Smith et al. found this.",
        "It was, e.g. in 2 trials, small.",
        "Long Long Long Long Long Long Long",
        "Long Long Long Long Long",
    ]


@pytest.mark.parametrize(
    "quantity", ["4.5 mg", "1.5 to 4.5 mg", "p < 0.05", "3 of 31 people", "75 % agreement", "≥ 7 days"]
)
def test_a_cut_never_parts_a_number_from_its_unit(quantity: str) -> None:
    for tokens in range(1, 8):
        assert any(quantity in text for text in texts(f"aa bb cc {quantity} dd ee ff gg hh\n", tokens=tokens))


def test_no_room_for_a_token_is_refused() -> None:
    with pytest.raises(ValueError, match="room"):
        split(document("Words.\n"), words_in, 0)


def test_the_search_text_has_title_headings_stem_text_and_plain_wording() -> None:
    made = document("## Drugs\n\n### Opioids\n\nDo not start:\n\n- tramadol {#stop}\n\nWords.\n", "stop")
    stop, words = (p for p in split(made, words_in, 50) if p.text != "Do not start:")
    assert search_text(stop, made) == "Test\nDrugs > Opioids\nDo not start:\ntramadol"
    assert search_text(words, made) == "Test\nDrugs > Opioids\nWords."
    plain = made.statements[0].statement.model_copy(update={"plain": "Avoid strong painkillers."})
    reworded = made.model_copy(update={"statements": (made.statements[0].model_copy(update={"statement": plain}),)})
    assert search_text(stop, reworded) == "Test\nDrugs > Opioids\nDo not start:\ntramadol\nAvoid strong painkillers."
    assert search_text(words, reworded) == search_text(words, made)


TOLD = Origin(
    file="doc.md",
    file_sha256="0" * 64,
    format=FileFormat.MARKDOWN,
    added=datetime.date(2026, 1, 1),
    abbreviations=(("LDN", "low-dose naltrexone"), ("FM", "fibromyalgia")),
)


@pytest.mark.parametrize(
    ("body", "other"),
    [
        ("LDN was taken at night.", "low-dose naltrexone"),
        ("Low-dose naltrexone was taken in FM.", "LDN fibromyalgia"),
        ("Low-dose naltrexone (LDN) was taken.", ""),  # both are there
        ("LDNX was taken at night.", ""),
        ("ldn was taken at night.", ""),  # a short form is written as it was defined
    ],
)
def test_what_a_document_abbreviates_is_found_by_either_form_within_it(body: str, other: str) -> None:
    plain = document(body)
    made = plain.model_copy(update={"metadata": plain.metadata.model_copy(update={"origin": TOLD})})
    (passage,) = split(made, words_in, 50)
    assert other_forms(passage, made) == other
    assert other_forms(passage, plain) == ""  # another document defines nothing here
