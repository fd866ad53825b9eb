"""Answers: what none can be made without, and the laws that every one on the shipped corpus keeps."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from fmqa.answer.composing import word_count
from fmqa.assistant import Assistant
from fmqa.grades.telling import shown_grade
from fmqa.text import figures
from fmqa.types import DISCLAIMER, Answer, Audience, NoticeKind, ReviewState, Status
from questions import ANSWERABLE, ARTICLE, COMBINED, GUIDELINES, NOT_IN_CORPUS, OUT_OF_SCOPE, VARIED, Ask
from samples import answer

EVERY = (*VARIED, *NOT_IN_CORPUS, *OUT_OF_SCOPE)
ABSTAINED = (Status.NOT_IN_CORPUS, Status.OUT_OF_SCOPE)
LIMITS = (60, 120, 150, 250)


@pytest.fixture(scope="module")
def answers(ask: Ask) -> list[Answer]:
    """Answers to questions of every sort, for both audiences, short and long."""
    return [
        ask(question, audience=audience, max_words=limit)[0]
        for question in EVERY
        for audience in Audience
        for limit in (60, 250)
    ]


# --- what no answer can be made without -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"disclaimer": ""}, "disclaimer"),
        ({"disclaimer": DISCLAIMER[:-1]}, "disclaimer"),
        ({"disclaimer": DISCLAIMER.replace("not medical", "medical")}, "disclaimer"),
        ({"text": "Exercise helps. [3]"}, "citations without a source"),
        ({"text": "Exercise helps. [1] [12]"}, "citations without a source"),
        ({"sources": ()}, "citations without a source"),
        ({"generation": ""}, "generation"),
        ({"text": ""}, "text"),
        ({"status": Status.NEEDS_CLARIFICATION}, "two choices"),
        ({"status": Status.NEEDS_CLARIFICATION, "choices": ("one",)}, "two choices"),
        ({"suggestions": ("a", "b", "c", "d")}, "suggestions"),
        ({"advice": "Take two."}, "advice"),
    ],
)
def test_an_answer_cannot_be_made_with_a_fault(changes: dict[str, Any], complaint: str) -> None:
    made = answer().model_dump()
    assert Answer.model_validate(made) == answer()
    with pytest.raises(ValidationError, match=complaint):
        Answer.model_validate(made | changes)


@pytest.mark.parametrize("field", ["disclaimer", "generation", "status", "text", "conversation_id", "audience"])
def test_an_answer_cannot_be_made_without(field: str) -> None:
    made = answer().model_dump()
    del made[field]
    with pytest.raises(ValidationError, match=field):
        Answer.model_validate(made)


@pytest.mark.parametrize("status", [Status.ANSWERED, Status.PARTIAL, Status.GUIDELINE_SILENT])
def test_nothing_is_answered_without_a_statement(status: Status) -> None:
    made = answer().model_dump() | {"statements": ()}
    with pytest.raises(ValidationError, match="at least one cited statement"):
        Answer.model_validate(made | {"status": status})


@pytest.mark.parametrize("part", ["statements", "notices", "conflicts"])
def test_no_part_can_cite_a_source_that_is_not_there(part: str) -> None:
    made = answer().model_dump()
    one = dict(made[part][0])
    if part == "conflicts":
        one["positions"] = [dict(position, source=9) for position in one["positions"]]
    else:
        one["citations"] = (9,)
    with pytest.raises(ValidationError, match=r"citations without a source: \[9\]"):
        Answer.model_validate(made | {part: (one,)})


@pytest.mark.parametrize("numbers", [(2, 1), (1, 3), (0, 1), (1, 1)])
def test_sources_are_numbered_from_one(numbers: tuple[int, int]) -> None:
    made = answer().model_dump()
    made["sources"] = [dict(s, n=n) for s, n in zip(made["sources"], numbers, strict=True)]
    with pytest.raises(ValidationError, match=r"numbered|greater than or equal"):
        Answer.model_validate(made)


# --- laws of real answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("audience", list(Audience))
def test_an_answer_has_no_more_words_than_asked_for(limit: int, audience: Audience, ask: Ask) -> None:
    crowded = (
        "What do EULAR 2021 and NICE 2030 say on LDN with tramadol?",
        "Cochrane 2025 review on low-dose naltrexone",
    )
    personal = ("What dose of LDN should I take tonight with my tramadol?", "How much LDN should I take?")
    questions = (*EVERY, *crowded, *personal)
    lengths = {q: word_count(ask(q, audience=audience, max_words=limit)[0].text) for q in questions}
    assert {question: length for question, length in lengths.items() if length > limit} == {}


def test_a_longer_answer_says_what_the_shorter_one_says(ask: Ask) -> None:
    for question in VARIED:
        short, long = (ask(question, max_words=limit)[0] for limit in (60, 250))
        assert {s.id for s in short.statements} <= {s.id for s in long.statements}
        assert short.statements[0] == long.statements[0]
        assert short.status is long.status


def test_a_short_answer_shows_four_statements_and_keeps_the_others_behind_them(ask: Ask) -> None:
    kept_back = 0
    for question in VARIED:
        usual, long = (ask(question, max_words=limit)[0] for limit in (150, 1000))
        kinds = [usual.sources[statement.citations[0] - 1].kind.value for statement in usual.statements]
        assert len(kinds) <= (5 if "article" in kinds[3:4] else 4)  # a claim comes with what its sources say
        assert not {s.id for s in usual.statements} & {s.id for s in usual.more}
        assert {s.id for s in (*usual.statements, *usual.more)} == {s.id for s in (*long.statements, *long.more)}
        assert len(long.statements) >= len(usual.statements)
        for statement in usual.more:
            assert statement.verdict is not None
            assert statement.verdict.supported
            assert statement.text not in usual.text
        kept_back += len(usual.more)
    assert kept_back > 20


def test_an_article_is_quoted_only_where_one_is_asked_about(ask: Ask) -> None:
    for question in (*ANSWERABLE, *GUIDELINES, *COMBINED):
        (one,) = ask(question)
        kinds = [one.sources[statement.citations[0] - 1].kind.value for statement in one.statements]
        assert "article" not in kinds[1:], question
        warned = NoticeKind.UNSUPPORTED_CLAIM in {notice.kind for notice in one.notices}
        assert warned == ("article" in kinds), question


def test_every_number_in_brackets_is_a_source_and_every_source_is_used(answers: list[Answer]) -> None:
    for one in answers:
        assert [source.n for source in one.sources] == list(range(1, len(one.sources) + 1))
        cited = {int(n) for n in re.findall(r"\[(\d+)\]", one.text)}
        assert cited <= {source.n for source in one.sources}
        used = cited | {n for notice in one.notices for n in notice.citations}
        used |= {position.source for conflict in one.conflicts for position in conflict.positions}
        used |= {n for statement in one.more for n in statement.citations}
        assert used == {source.n for source in one.sources}


def test_the_text_holds_every_statement_word_for_word_with_its_citation(answers: list[Answer]) -> None:
    for one in answers:
        end = 0
        for statement in one.statements:
            place = one.text.index(statement.text, end)
            end = place + len(statement.text)
            line = one.text[place:].split("\n")[0]
            assert f"[{statement.citations[0]}]" in line
        if one.status is not Status.URGENT and one.statements:
            assert one.sources[0].n == one.statements[0].citations[0]


def test_every_answer_has_the_same_disclaimer_and_names_its_generation(
    answers: list[Answer], assistant: Assistant
) -> None:
    assert {one.disclaimer for one in answers} == {DISCLAIMER}
    assert {one.generation for one in answers} == {assistant.index.generation}


def test_an_abstention_says_what_was_searched_and_what_is_near_and_what_would_answer(ask: Ask) -> None:
    for question in (*NOT_IN_CORPUS, *OUT_OF_SCOPE):
        for audience in Audience:
            one = ask(question, audience=audience)[0]
            assert one.status in ABSTAINED, question
            assert (one.statements, one.sources, one.conflicts) == ((), (), ())
            assert 1 <= len(one.related) <= 3
            assert "Searched:" in one.text
            assert "can answer this" in one.text or "would answer this" in one.text or "point to" in one.text


def test_only_an_abstention_shows_what_does_not_answer(answers: list[Answer]) -> None:
    for one in answers:
        assert bool(one.related) == (one.status in ABSTAINED)


def test_what_is_related_is_quoted_from_the_index(answers: list[Answer], assistant: Assistant) -> None:
    for one in answers:
        for related in one.related:
            assert assistant.index.passage(related.passage_id).text == related.quote


def test_patients_get_the_same_facts_in_plain_words(ask: Ask, assistant: Assistant) -> None:
    plain_wordings = 0
    for question in VARIED:
        clinician, patient = (ask(question, audience=audience, max_words=1000)[0] for audience in Audience)
        theirs = {statement.id: statement for statement in clinician.statements}
        assert clinician.status is patient.status
        assert [s.id for s in patient.statements] == [s.id for s in clinician.statements]
        for ours in patient.statements:
            other = theirs[ours.id]
            assert ours.grades == other.grades
            anchors = (patient.sources[ours.citations[0] - 1].anchor, clinician.sources[other.citations[0] - 1].anchor)
            assert anchors[0] == anchors[1]
            assert figures.numbers(ours.text).keys() <= figures.numbers(other.text).keys()
            document_id, _, name = ours.id.partition("#")
            spans = assistant.index.document(document_id).statements
            plain = next(span.statement.plain for span in spans if span.statement.id == name)
            assert ours.text == (plain or other.text)
            assert ours.wording == ("plain" if plain else "verbatim")
            assert other.wording == "verbatim"
            plain_wordings += plain is not None
    assert plain_wordings > 50


def test_a_patient_s_glossary_explains_words_of_the_text_and_clinicians_get_none(answers: list[Answer]) -> None:
    explained = 0
    for one in answers:
        if one.audience is Audience.CLINICIAN:
            assert one.glossary == {}
        for term, meaning in one.glossary.items():
            assert term.lower() in one.text.lower()
            assert meaning.endswith(".")
            explained += 1
    assert explained > 10


def test_every_superseded_source_comes_with_a_notice(answers: list[Answer]) -> None:
    found = 0
    for one in answers:
        warned = {n for notice in one.notices if notice.kind is NoticeKind.SUPERSEDED for n in notice.citations}
        assert warned == {source.n for source in one.sources if source.superseded_by}
        found += len(warned)
    assert found > 10


@pytest.mark.parametrize("limit", LIMITS)
def test_a_superseded_position_is_never_shown_without_its_successor(limit: int, ask: Ask) -> None:
    for question in (*GUIDELINES, "What did EULAR 2008 recommend on exercise?", "What does EULAR recommend on LDN?"):
        one = ask(question, max_words=limit)[0]
        shown = {source.document_id for source in one.sources}
        cited = {n for statement in one.statements for n in statement.citations}
        for source in one.sources:
            if source.superseded_by and source.n in cited:
                assert source.superseded_by in shown, question
                assert f"superseded by {source.superseded_by.upper().replace('-', ' ')}" in one.text


def test_grades_are_shown_as_printed_with_their_system_named_and_explained(
    answers: list[Answer], assistant: Assistant
) -> None:
    named: set[str] = set()
    for one in answers:
        for statement in one.statements:
            for shown in statement.grades:
                grade = shown.grade
                named.add(grade.system)
                assert shown.anchor is not None
                assert figures.normalised(shown.anchor.quote.exact) == figures.normalised(grade.printed)
                text = assistant.index.document(shown.anchor.document_id).text
                position = shown.anchor.position
                assert text[position.start : position.end] == shown.anchor.quote.exact
                assert shown == shown_grade(grade, assistant.library.matcher.grading, shown.anchor)
                asked = one.audience is Audience.CLINICIAN or "grade" in one.interpreted_question
                for value in filter(None, (grade.level, grade.grade, grade.strength) if asked else ()):
                    assert value in one.text
    assert {"eular-2017", "eular-2004", "nice", "grade"} <= named


def test_a_patient_reads_no_grade_code_unless_a_grade_is_asked_for(ask: Ask) -> None:
    code = re.compile(r"\b(?:level I+[ab]?|grade [A-D]|(?:weak|strong) (?:for|against)|GRADE)\b")
    hidden = 0
    for question in (
        *GUIDELINES[1:2],
        *GUIDELINES[3:],
        "Does EULAR recommend exercise?",
        "What does NICE say about opioids?",
    ):
        (one,) = ask(question, audience=Audience.PATIENT)
        told = [statement.text for statement in one.statements]
        bare = one.text
        for text in told:
            bare = bare.replace(text, "")
        assert not code.search(bare), bare
        hidden += any(shown.grade.is_stated for statement in one.statements for shown in statement.grades)
    assert hidden > 2
    (asked,) = ask("What evidence level does EULAR give exercise?", audience=Audience.PATIENT)
    assert code.search(asked.text)


def test_a_claim_of_the_article_comes_with_the_notice_that_its_sources_disagree(ask: Ask) -> None:
    for question in ARTICLE:
        one = ask(question)[0]
        assert any(source.kind.value == "article" for source in one.sources), question
        assert NoticeKind.UNSUPPORTED_CLAIM in {notice.kind for notice in one.notices}


def test_an_unapproved_source_is_said_to_be_one(answers: list[Answer]) -> None:
    for one in answers:
        pending = any(source.review_state is not ReviewState.APPROVED for source in one.sources)
        if one.status is not Status.URGENT:
            assert pending == (NoticeKind.PENDING_REVIEW in {notice.kind for notice in one.notices})


def test_notices_come_heaviest_first(answers: list[Answer]) -> None:
    weight = list(NoticeKind)
    for one in answers:
        kinds = [weight.index(notice.kind) for notice in one.notices]
        assert kinds == sorted(kinds)


def test_the_interaction_is_the_first_sentence_and_a_notice(ask: Ask) -> None:
    for question in COMBINED:
        for audience in Audience:
            for limit in LIMITS:
                one = ask(question, audience=audience, max_words=limit)[0]
                assert one.notices[0].kind is NoticeKind.INTERACTION
                opening = f"{one.direct.word}: " if one.direct else ""
                assert one.text.startswith(f"**{opening}{one.statements[0].text}** [1]")


def test_suggestions_are_answered_when_asked(ask: Ask) -> None:
    for question in ANSWERABLE[:6]:
        first = ask(question)[0]
        for suggestion in first.suggestions:
            assert ask(suggestion)[0].status is Status.ANSWERED, suggestion


def test_citation_marks_and_bullets_are_no_words() -> None:
    assert word_count("**Do not combine** them. [1] [12]\n\n- 4.5 mg — at night [2]") == 8
