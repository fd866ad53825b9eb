"""Operators on whole records: each alters what its name says, and keeps the rest."""

from random import Random

import pytest

from fmqa.corpus import anchors
from fmqa.evaluation.mutants import Altered, World, bases, cut, line_of
from fmqa.evaluation.operators import OPERATORS
from fmqa.types import DISCLAIMER, Answer, Status, Vocabulary
from samples import DOCUMENT, GENERATION, GRADE, SENTENCE, answer

WORLD = World((DOCUMENT,), Vocabulary(concepts=()))
ANSWER = answer().model_copy(update={"text": f"**EULAR 2017: {GRADE.printed}** — {SENTENCE} [1]"})
EXACT = {"number", "unit", "comparator", "grade", "anchor", "stem", "source", "disclaimer"}


def seeded() -> Random:
    return Random(1)  # noqa: S311 - the same draws in every run


def made(operator: str, base: Answer = ANSWER) -> list[Altered]:
    found = list(OPERATORS[operator].make(base, WORLD, seeded()))
    assert found
    return found


def test_what_is_required_of_each_family() -> None:
    assert {o.family for o in OPERATORS.values() if o.required == 1.0} >= EXACT
    assert {o.required for o in OPERATORS.values() if o.family == "join"} == {0.8}
    assert {o.required for o in OPERATORS.values() if not o.harmful} == {0.01}
    assert min(o.required for o in OPERATORS.values() if o.harmful and o.family != "join") == 0.95


def test_a_changed_level_changes_record_and_text_alike() -> None:
    for altered in made("level changed"):
        grade = altered.answer.statements[0].grades[0].grade
        assert grade != GRADE
        assert grade.system == GRADE.system
        assert grade.printed in altered.answer.text


def test_another_system_keeps_the_values() -> None:
    for altered in made("system changed"):
        grade = altered.answer.statements[0].grades[0].grade
        assert grade.model_copy(update={"system": GRADE.system}) == GRADE
        assert grade.system != GRADE.system


def test_a_grade_left_out_is_gone_from_record_and_text_or_from_the_text_alone() -> None:
    [dropped], [hidden] = made("grade left out"), made("grade left out of the text")
    assert dropped.answer.statements[0].grades == ()
    assert hidden.answer.statements == ANSWER.statements
    assert dropped.answer.text == hidden.answer.text == f"{SENTENCE} [1]"


def test_a_level_is_invented_only_where_there_is_none() -> None:
    assert list(OPERATORS["level invented"].make(ANSWER, WORLD, seeded())) == []
    bare = made("grade left out")[0].answer
    [altered] = made("level invented", bare)
    assert len(altered.answer.statements[0].grades) == 1
    assert altered.answer.statements[0].grades[0].grade.printed in altered.answer.text


def test_shifted_offsets_move_the_position_alone_or_the_quote_too() -> None:
    [alone] = made("offsets shifted", with_inner_anchor())
    [quoted] = made("offsets and quote shifted", with_inner_anchor())
    before = with_inner_anchor().sources[0].anchor
    assert alone.answer.sources[0].anchor.quote == before.quote
    assert alone.answer.sources[0].anchor.position != before.position
    anchor = quoted.answer.sources[0].anchor
    assert anchors.resolve(anchor, DOCUMENT.text) == anchor.quote.exact != before.quote.exact


def with_inner_anchor() -> Answer:
    """Return the answer with an anchor that can be moved either way."""
    inner = anchors.make(DOCUMENT.id, DOCUMENT.text, DOCUMENT.sha256, 45, 60, DOCUMENT.text[45:60])
    return ANSWER.model_copy(update={"sources": (ANSWER.sources[0].model_copy(update={"anchor": inner}),)})


def test_a_changed_source_differs_by_one_letter_and_its_hash_is_told_or_not() -> None:
    documents = [altered.document for altered in made("source changed")]
    assert [document.sha256 == DOCUMENT.sha256 for document in documents if document] == [False, True]
    for document in documents:
        assert document is not None
        assert sum(a != b for a, b in zip(document.text, DOCUMENT.text, strict=True)) == 1


def test_a_stale_answer_is_of_another_generation_or_text() -> None:
    generation, anchor = made("stale generation")
    assert generation.answer.generation != GENERATION
    assert anchor.answer.sources[0].anchor.document_sha256 != DOCUMENT.sha256


def test_a_dangling_citation_leads_nowhere() -> None:
    number, document = made("dangling citation")
    [n] = number.answer.statements[0].citations
    assert n not in {source.n for source in number.answer.sources}
    assert f"[{n}]" in number.answer.text
    with pytest.raises(KeyError):
        WORLD.document(document.answer.sources[0].document_id)


@pytest.mark.parametrize("operator", ["disclaimer removed", "disclaimer weakened"])
def test_a_disclaimer_is_altered_in_another_way_each_time(operator: str) -> None:
    found = [altered.answer.disclaimer for altered in made(operator)]
    assert len(set(found)) == len(found) >= 5
    assert DISCLAIMER not in found


def test_altered_words_change_in_record_and_text_but_of_the_text_alone() -> None:
    for name, operator in OPERATORS.items():
        for altered in operator.make(ANSWER, WORLD, seeded()):
            if operator.family == "text":
                assert altered.answer.statements == ANSWER.statements, name
                assert altered.answer.text != ANSWER.text, name
            elif altered.span is not None:
                words = altered.answer.statements[altered.statement or 0].text
                assert words in altered.answer.text, name
                assert words != SENTENCE, name


def test_a_cut_answer_has_one_statement_one_source_and_its_line() -> None:
    two = answer().statements[0].model_copy(update={"citations": (2,), "text": "Another."})
    whole = ANSWER.model_copy(
        update={"statements": (*ANSWER.statements, two), "text": f"{ANSWER.text}\n\n- Another. [2]"}
    )
    alone = cut(whole, 1)
    assert alone is not None
    assert (alone.text, len(alone.statements), [s.n for s in alone.sources]) == ("Another. [1]", 1, [1])
    assert line_of(whole, 1) == "- Another. [2]"
    Answer.model_validate(alone.model_dump())


def test_abstentions_and_urgent_answers_are_no_bases() -> None:
    urgent = ANSWER.model_copy(update={"status": Status.URGENT})
    assert bases([answer(status=Status.NOT_IN_CORPUS), urgent]) == ((), ())
    single, whole = bases([ANSWER, ANSWER])
    assert (len(single), len(whole)) == (1, 1)
