"""What may be said: each case of the table of statuses, that the first that holds decides, and what is withheld."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.answer import phrases
from fmqa.answer.titles import status_title
from fmqa.evidence.deciding import STATUSES, Case, status_of
from fmqa.types import Audience, NoticeKind, Opening, StatementKind, Status
from questions import Ask

CASES = {
    "a document as published answers a part": Case(published=True, gaps=True, nothing=True),
    "a document as published answers": Case(published=True, unlikely=True),
    "another disease than those held": Case(foreign=True),
    "another disease, but near": Case(foreign=True, near=True, gaps=True),
    "nothing, and no known subject": Case(nothing=True, off_topic=True),
    "nothing": Case(nothing=True),
    "treatments of which no source speaks": Case(unknown=True, gaps=True),
    "a document that is not held": Case(not_held=True, gaps=True),
    "too unlikely": Case(unlikely=True, gaps=True, silent=True),
    "not sure to be answered": Case(unsure=True, gaps=True, silent=True),
    "a part is in no source": Case(gaps=True, silent=True),
    "guidelines are silent": Case(silent=True),
    "answered": Case(),
}
EXPECTED = {
    "a document as published answers a part": Status.PARTIAL,
    "a document as published answers": Status.ANSWERED,
    "another disease than those held": Status.OUT_OF_SCOPE,
    "another disease, but near": Status.NOT_IN_CORPUS,
    "nothing, and no known subject": Status.OUT_OF_SCOPE,
    "nothing": Status.NOT_IN_CORPUS,
    "treatments of which no source speaks": Status.NOT_IN_CORPUS,
    "a document that is not held": Status.NOT_IN_CORPUS,
    "too unlikely": Status.NOT_IN_CORPUS,
    "not sure to be answered": Status.PARTIAL,
    "a part is in no source": Status.PARTIAL,
    "guidelines are silent": Status.GUIDELINE_SILENT,
    "answered": Status.ANSWERED,
}
cases = st.builds(Case, **dict.fromkeys(Case._fields, st.booleans()))


def test_every_row_of_the_table_has_a_case() -> None:
    assert [name for name, _, _ in STATUSES] == list(CASES) == list(EXPECTED)


@pytest.mark.parametrize("name", CASES)
def test_each_case_has_its_status_by_its_own_row(name: str) -> None:
    case = CASES[name]
    assert status_of(case) is EXPECTED[name]
    assert next(row for row, holds, _ in STATUSES if holds(case)) == name


@given(cases)
def test_what_is_too_unlikely_is_answered_only_from_documents_as_published(case: Case) -> None:
    status = status_of(case._replace(unlikely=True))
    assert status.abstains or case.published


@given(cases)
def test_a_library_that_holds_more_is_never_out_of_scope(case: Case) -> None:
    assert status_of(case._replace(wider=True)) is not Status.OUT_OF_SCOPE


@pytest.mark.parametrize("question", ["Can I just stop it or do I taper?", "Do I just stop after 4 weeks or taper?"])
def test_who_asks_what_to_do_with_an_unlabelled_use_gets_an_answer_and_no_dose(ask: Ask, question: str) -> None:
    (given,) = ask(question, audience=Audience.PATIENT)
    assert given.status is Status.ANSWERED
    without_amount = "ldn-pharmacology-and-safety#personal-dose"
    assert given.statements
    assert all(s.kind is not StatementKind.DOSING or s.id == without_amount for s in given.every_statement)


UNSURE = "what does tonmya cost and does medicare pay"


@pytest.mark.parametrize("audience", Audience)
def test_what_is_not_sure_to_be_answered_gets_the_nearest_as_just_that(audience: Audience, ask: Ask) -> None:
    (given,) = ask(UNSURE, audience=audience)
    assert given.status is Status.PARTIAL
    assert given.text.startswith(phrases.OPENINGS[Opening.UNSURE])
    assert given.direct is None
    assert status_title(given) == "Not clearly answered"
    assert 1 <= len(given.every_statement) <= 2
    assert given.withheld == 0


@pytest.mark.parametrize(
    "question",
    ["Help me write a letter to my landlord", "My cat has a cold, which antibiotic?", "tyre pressure for a Corsa"],
)
def test_nothing_is_called_near_that_is_not(question: str, ask: Ask) -> None:
    (given,) = ask(question)
    assert given.status.abstains
    assert not given.every_statement


def test_a_reason_that_no_statement_gives_is_said_to_be_missing(ask: Ask) -> None:
    without, given = ask("why do women get it more than men"), ask("Why did the 2016 criteria add generalised pain?")
    assert without[0].status is Status.PARTIAL
    assert "say nothing on the reason" in without[0].text
    assert "women" in without[0].statements[0].text
    assert given[0].status is Status.ANSWERED
    assert "misclassified" in given[0].statements[0].text


@pytest.mark.parametrize(
    "question",
    [
        "can my migraine tablets with codeine go with LDN",
        "I get gout and cramps. Is tramadol alright beside naltrexone?",
    ],
)
def test_a_dangerous_combination_is_warned_of_whatever_the_disease(question: str, ask: Ask) -> None:
    (given,) = ask(question)
    assert given.status is Status.ANSWERED
    assert any(notice.kind is NoticeKind.INTERACTION for notice in given.notices)


@pytest.mark.parametrize("drug", ["duloxetine", "pregabalin"])
def test_pregnancy_is_no_answer_to_who_asks_of_breast_feeding(drug: str, ask: Ask) -> None:
    (given,) = ask(f"what about breast feeding on {drug}")
    assert given.status is Status.PARTIAL
    assert f"say nothing on {drug} in breast-feeding" in given.text
    assert not {"malformations", "haemorrhage", "neonatal"} & set(given.text.replace(",", " ").split())
