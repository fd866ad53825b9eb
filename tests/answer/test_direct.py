"""The word that an answer opens with: what facts give it, when there is none, and that a false one is caught."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.answer.direct import Fact, direct, word
from fmqa.answer.verification import answer_faults
from fmqa.assistant import Assistant
from fmqa.corpus.vocabulary import Matcher
from fmqa.question.asking import asks
from fmqa.question.whether import whether
from fmqa.types import (
    Check,
    Direct,
    Direction,
    DirectReason,
    DirectWord,
    Document,
    DocumentKind,
    Effect,
    EvidenceStatement,
    Intent,
    Material,
    Metadata,
    Query,
    ReviewState,
    Statement,
    StatementKind,
    StatementRole,
    Status,
)
from questions import Ask
from samples import GRADE, METADATA, PASSAGE

BY_EFFECT = {
    Effect.BENEFIT: DirectWord.YES,
    Effect.NO_DIFFERENCE: DirectWord.NO,
    Effect.MIXED: DirectWord.MIXED,
    Effect.UNCLEAR: DirectWord.NOT_KNOWN,
    Effect.HARM: None,
    None: None,
}
BY_DIRECTION = {
    Direction.FOR: DirectWord.YES,
    Direction.AGAINST: DirectWord.NO,
    Direction.SILENT: DirectWord.NO_POSITION,
    None: None,
}


MATCHER: list[Matcher] = []  # the vocabulary that questions are read with


@pytest.fixture(scope="module", autouse=True)
def matcher(assistant: Assistant) -> Matcher:
    MATCHER[:] = [assistant.library.matcher]
    return assistant.library.matcher


def record(
    *,
    kind: StatementKind = StatementKind.FINDING,
    effect: Effect | None = None,
    directions: Iterable[Direction | None] = (),
    outcomes: tuple[str, ...] = ("pain",),
    populations: tuple[str, ...] = (),
    conditions: tuple[str, ...] = ("fibromyalgia",),
    drugs: tuple[str, ...] = ("pregabalin",),
    role: StatementRole | None = StatementRole.VERDICT,
) -> Statement:
    grades = tuple(GRADE.model_copy(update={"direction": direction}) for direction in directions)
    return Statement(
        id="it",
        kind=kind,
        interventions=drugs,
        conditions=conditions,
        populations=populations,
        outcomes=outcomes,
        effect=effect,
        grades=grades,
        role=role,
        sources=("EULAR2017",),
        basis="primary",
    )


def evidence(statement: Statement, text: str, metadata: Metadata = METADATA, number: int = 1) -> EvidenceStatement:
    return EvidenceStatement(
        id=f"{metadata.id}#it{number}",
        passage_id=PASSAGE.id,
        kind=statement.kind,
        text=text,
        anchor=PASSAGE.anchor,
        grades=statement.grades,
        statement=statement,
        document=metadata,
        review_state=ReviewState.SUBMITTED,
        score=1.0,
    )


def material(
    question: str,
    *statements: EvidenceStatement,
    drugs: tuple[str, ...] = ("pregabalin",),
    lead: tuple[EvidenceStatement, ...] = (),
    **about: object,
) -> Material:
    query = Query.model_validate(
        {
            "text": question,
            "intents": (Intent.EFFICACY,),
            "interventions": drugs,
            "conditions": ("fibromyalgia",),
            "asks": asks(question, own_regimen=False),
            "whether": whether(question, asks(question, own_regimen=False), MATCHER[0]),
        }
        | about
    )
    return Material(Status.ANSWERED, query, statements=statements, lead=lead)


def told(found: Direct | None) -> DirectWord | None:
    return found.word if found else None


# --- the word that facts give -----------------------------------------------------------------------------------------


@given(st.sampled_from(list(BY_EFFECT)), st.lists(st.sampled_from(list(BY_DIRECTION)), max_size=3))
def test_an_effect_and_a_direction_give_their_own_word_and_never_the_opposite(
    effect: Effect | None, directions: list[Direction | None]
) -> None:
    fact = Fact(record(effect=effect, directions=directions), "Words.")
    assert word(DirectReason.EFFECT, [fact]) is BY_EFFECT[effect]
    expected = BY_DIRECTION[directions[0]] if len(set(directions)) == 1 else None
    assert word(DirectReason.POSITION, [fact]) is expected
    assert word(DirectReason.APPROVAL, [fact]) is None
    assert word(DirectReason.COMBINATION, [fact]) is None


@given(st.lists(st.sampled_from(list(BY_EFFECT)), min_size=2, max_size=4))
def test_only_benefit_and_no_difference_make_a_mixed_word(effects: list[Effect | None]) -> None:
    facts = [Fact(record(effect=effect), "Words.") for effect in effects]
    opposed = len(effects) == 2 and set(effects) == {Effect.BENEFIT, Effect.NO_DIFFERENCE}
    assert word(DirectReason.EFFECT, facts) is (DirectWord.MIXED if opposed else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The FDA approved pregabalin for fibromyalgia in 2007.", DirectWord.YES),
        ("FDA-approved for fibromyalgia are pregabalin and duloxetine.", DirectWord.YES),
        ("Pregabalin is not approved for fibromyalgia; its use is off-label.", DirectWord.NO),
        ("Pregabalin has no approval for fibromyalgia.", DirectWord.NO),
        ("In Europe no medicine is licensed for fibromyalgia.", DirectWord.NO),
        ("The committee of the agency refused pregabalin in 2009.", DirectWord.NO),
        ("The tablet is used off-label; only the capsule has a US approval.", None),
        ("Pregabalin is approved, but never for children.", None),
        ("Approval is not a grade.", None),
        ("Pregabalin has been on the market since 2004.", None),
    ],
)
def test_an_approval_is_read_only_where_its_sentence_says_one_thing(text: str, expected: DirectWord | None) -> None:
    assert word(DirectReason.APPROVAL, [Fact(record(outcomes=("approval",)), text)]) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Do not combine naltrexone with tramadol.", DirectWord.NO),
        ("MAO inhibitors must not be combined with SNRIs.", DirectWord.NO),
        ("The label contraindicates the two together.", DirectWord.NO),
        (
            "The two can cause serotonin syndrome; only the prescriber can decide on the combination.",
            DirectWord.IT_DEPENDS,
        ),
        ("Together they can cause respiratory depression.", None),
    ],
)
def test_a_combination_is_never_answered_with_yes(text: str, expected: DirectWord | None) -> None:
    assert word(DirectReason.COMBINATION, [Fact(record(kind=StatementKind.INTERACTION), text)]) is expected
    assert word(DirectReason.COMBINATION, [Fact(record(kind=StatementKind.SAFETY), text)]) is None


def test_no_statement_of_the_corpus_gives_a_word_against_its_own_words(assistant: Assistant) -> None:
    approvals: dict[str, DirectWord] = {}
    for entry in assistant.library.catalogue.by_id.values():
        fact = Fact(entry.statement, entry.text)
        assert word(DirectReason.COMBINATION, [fact]) is not DirectWord.YES
        found = word(DirectReason.APPROVAL, [fact])
        if found is not None:
            approvals[entry.id] = found
            denies = any(
                cue in entry.text for cue in ("off-label", "not approved", "no approval", "no medicine", "refused")
            )
            denies = denies or "not labelled" in entry.text or "not FDA-approved" in entry.text
            assert (found is DirectWord.NO) == denies, entry.text
    assert len(approvals) > 15


# --- when a word is due -----------------------------------------------------------------------------------------------

GOOD = evidence(record(effect=Effect.BENEFIT), "Pregabalin reduced pain in fibromyalgia.")


@pytest.mark.parametrize("effect", [e for e in BY_EFFECT if e])
@pytest.mark.parametrize(
    "question",
    [
        "Does pregabalin work for fibromyalgia?",
        "Doesn't pregabalin help in fibromyalgia?",
        "Is pregabalin effective for fibromyalgia pain?",
        "Pregabalin helps in fibromyalgia, doesn't it?",
        "So does pregabalin really help?",
    ],
)
def test_a_plain_question_gets_the_word_of_the_fact_however_it_is_put(
    question: str, effect: Effect, matcher: Matcher
) -> None:
    found = direct(material(question, evidence(record(effect=effect), "Pregabalin and pain.")), matcher)
    assert told(found) is BY_EFFECT[effect]


@pytest.mark.parametrize(
    "question",
    [
        "Is pregabalin useless for fibromyalgia?",
        "Pregabalin doesn't work, does it?",
        "Does pregabalin not help?",
        "Does pregabalin help or is it harmful?",
        "Does pregabalin work in the long run?",
        "Does pregabalin help sciatica?",
        "Does pregabalin work better than duloxetine?",
        "Does pregabalin still work after years?",
        "Why does pregabalin work?",
        "Does pregabalin work? And is it safe?",
        "Does pregabalin 900 mg help?",
        "Has pregabalin failed to help?",
        "Should people stop pregabalin because it does not help?",
        "How well does pregabalin work?",
        "Does pregabalin help with memory?",
    ],
)
def test_a_turned_narrowed_or_open_question_gets_no_word(question: str, matcher: Matcher) -> None:
    assert direct(material(question, GOOD), matcher) is None


@pytest.mark.parametrize(
    ("changes", "metadata"),
    [
        ({"drugs": ("duloxetine",)}, {}),
        ({"drugs": ("pregabalin", "duloxetine")}, {}),
        ({"conditions": ("migraine",)}, {}),
        ({"populations": ("children",)}, {}),
        ({"outcomes": ("sleep",)}, {}),
        ({"role": StatementRole.SIDE_FINDING}, {}),
        ({"role": None}, {}),
        ({}, {"superseded_by": "eular-2030"}),
        ({"role": StatementRole.MAIN_RESULT}, {"kind": DocumentKind.TRIAL}),
        ({}, {"kind": DocumentKind.ARTICLE}),
    ],
)
def test_a_statement_about_something_else_gives_no_word(
    changes: dict[str, object], metadata: dict[str, object], matcher: Matcher
) -> None:
    other = record(effect=Effect.BENEFIT).model_copy(
        update={"interventions": changes.pop("drugs", ("pregabalin",))} | changes
    )
    statement = evidence(other, "Pregabalin reduced pain.", METADATA.model_copy(update=metadata))
    assert direct(material("Does pregabalin work?", statement), matcher) is None


def test_a_general_result_does_not_answer_for_a_group_that_is_asked_about(matcher: Matcher) -> None:
    assert direct(material("Does pregabalin help children?", GOOD, populations=("children",)), matcher) is None
    assert direct(material("Does pregabalin help?", GOOD, personal=True), matcher) is None
    assert direct(material("Does pregabalin help?", GOOD, implied=("pregabalin",)), matcher) is None


def test_what_speaks_against_the_first_statement_is_said_with_it(matcher: Matcher) -> None:
    against = evidence(record(effect=Effect.NO_DIFFERENCE), "No better.", number=2)
    found = direct(material("Does pregabalin work?", GOOD, against), matcher)
    assert found == Direct(word=DirectWord.MIXED, reason=DirectReason.EFFECT, basis=(GOOD.id, against.id))
    advice = evidence(
        record(kind=StatementKind.RECOMMENDATION, directions=(Direction.AGAINST,), role=StatementRole.RULE),
        "No.",
        number=3,
    )
    assert direct(material("Does pregabalin work?", GOOD, advice), matcher) is None


@pytest.mark.parametrize("direction", [d for d in BY_DIRECTION if d])
def test_a_guideline_is_asked_for_its_own_advice(direction: Direction, matcher: Matcher) -> None:
    advice = evidence(
        record(kind=StatementKind.RECOMMENDATION, directions=(direction,), role=StatementRole.RULE),
        "EULAR on pregabalin.",
    )
    question = "Does EULAR recommend pregabalin?"
    assert told(direct(material(question, advice, organisations=("EULAR",)), matcher)) is BY_DIRECTION[direction]
    assert direct(material(question, advice, organisations=("NICE",)), matcher) is None
    assert direct(material("Does EULAR advise against pregabalin?", advice, organisations=("EULAR",)), matcher) is None


FORBIDDEN = evidence(
    record(kind=StatementKind.INTERACTION, drugs=("naltrexone", "opioid"), role=StatementRole.RULE),
    "Do not combine naltrexone with an opioid.",
)


@pytest.mark.parametrize(
    ("question", "drugs", "expected"),
    [
        ("Can I take naltrexone with tramadol?", ("naltrexone", "tramadol"), DirectWord.NO),
        ("Is naltrexone safe with tramadol?", ("naltrexone", "tramadol"), DirectWord.NO),
        ("Is it ok to mix naltrexone and tramadol?", ("naltrexone", "tramadol"), DirectWord.NO),
        ("Is naltrexone dangerous with tramadol?", ("naltrexone", "tramadol"), None),
        ("Isn't naltrexone unsafe with tramadol?", ("naltrexone", "tramadol"), None),
        ("Can't I take naltrexone with tramadol?", ("naltrexone", "tramadol"), None),
        ("Can I take naltrexone after tramadol, with a break?", ("naltrexone", "tramadol"), None),
        ("Can I take naltrexone with duloxetine?", ("naltrexone", "duloxetine"), None),
        ("Can I take tramadol with morphine?", ("tramadol", "opioid"), None),
        ("On tramadol 50 mg. Can I add naltrexone?", ("naltrexone", "tramadol"), DirectWord.NO),
        (
            "Note: duloxetine stopped. Q1 can naltrexone go in alongside the tramadol?",
            ("duloxetine", "naltrexone", "tramadol"),
            DirectWord.NO,
        ),
        ("On naltrexone and tramadol. Can I add duloxetine with them?", ("duloxetine", "naltrexone", "tramadol"), None),
        ("Naltrexone or tramadol, is it ok to prefer one, together with rest?", ("naltrexone", "tramadol"), None),
    ],
)
def test_two_medicines_together_get_a_word_only_where_both_are_told_of(
    question: str, drugs: tuple[str, ...], expected: DirectWord | None, matcher: Matcher
) -> None:
    assert told(direct(material(question, lead=(FORBIDDEN,), drugs=drugs), matcher)) is expected


# --- in real answers, and in false ones -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Is LDN approved by the FDA for fibromyalgia?", DirectWord.NO),
        ("Isn't LDN approved for fibromyalgia?", DirectWord.NO),
        ("Is pregabalin FDA approved for fibromyalgia?", DirectWord.YES),
        ("Does EULAR 2017 recommend tramadol?", DirectWord.YES),
        ("Can I take LDN with tramadol?", DirectWord.NO),
    ],
)
def test_an_answer_opens_with_its_word_and_the_fact_follows(question: str, expected: DirectWord, ask: Ask) -> None:
    (given,) = ask(question)
    assert given.direct is not None
    assert given.direct.word is expected
    assert given.text.startswith(f"**{expected}:")
    assert given.statements[0].id == given.direct.basis[0]


def test_a_word_that_the_records_do_not_give_is_caught(ask: Ask, assistant: Assistant) -> None:
    document: Callable[[str], Document] = assistant.index.document
    for question in ("Is LDN approved by the FDA for fibromyalgia?", "Does EULAR 2017 recommend tramadol?"):
        (given,) = ask(question)
        assert given.direct is not None
        assert answer_faults(given, document) == ()
        for other in set(DirectWord) - {given.direct.word}:
            text = given.text.replace(f"**{given.direct.word}:", f"**{other}:", 1)
            changed = given.direct.model_copy(update={"word": other})
            for altered in ({"direct": changed, "text": text}, {"text": text}, {"direct": changed}):
                assert answer_faults(given.model_copy(update=altered), document)
        silent = given.model_copy(update={"direct": None})
        assert {fault.check for fault in answer_faults(silent, document)} == {Check.WORDS}
        elsewhere = given.direct.model_copy(update={"basis": ("pregabalin-label#approval",)})
        assert answer_faults(given.model_copy(update={"direct": elsewhere}), document)


@pytest.mark.parametrize(
    "question",
    [
        "Is Tonmya contraindicated with an MAOI?",
        "Is it forbidden to take LDN with tramadol?",
        "Is there a washout between duloxetine and an MAO inhibitor?",
        "Should I avoid tramadol with naltrexone?",
    ],
)
def test_whether_something_is_forbidden_is_never_answered_as_whether_it_may_be_done(question: str, ask: Ask) -> None:
    (answer,) = ask(question)
    assert answer.direct is None
    assert not answer.text.lstrip("*").startswith(("Yes", "No:"))
