"""Documents are found by name, by who issued them, and by description."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmqa.corpus import loading
from fmqa.corpus.names import Named, Names
from fmqa.types import Body
from samples import METADATA

CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.fixture(scope="module")
def names() -> Names:
    loaded = loading.load(CORPUS)
    return Names([document.metadata for document in loaded.documents], loaded.vocabulary.pack.bodies)


def test_a_body_names_all_that_it_issued(names: Names) -> None:
    named = names.in_text("What does EULAR say?")
    assert named.documents == ("eular-2008", "eular-2017")
    assert named.organisations == ("EULAR",)


def test_without_a_list_of_bodies_the_publishers_of_the_documents_are_named() -> None:
    documents = [document.metadata for document in loading.load(CORPUS).documents]
    named = Names(documents).in_text("What does EULAR say, and the Germans?")
    assert named.documents == ("eular-2008", "eular-2017")
    assert named.organisations == ("EULAR",)


def test_each_of_several_bodies_is_named(names: Names) -> None:
    named = names.in_text("pregabalin: EULAR vs NICE")
    assert set(named.documents) == {"eular-2008", "eular-2017", "nice-ng193"}


def test_a_comparison_of_guidelines_is_not_one_body_s_own(names: Names) -> None:
    assert names.in_text("in Canada?").documents == ("canadian-2012",)
    assert "three-guidelines-comparison" in names.in_text("the Canadian, German and Israeli guidelines").documents


def test_approved_by_a_body_names_no_source(names: Names) -> None:
    assert names.in_text("Which are FDA-approved?").is_empty


@pytest.mark.parametrize(
    ("text", "salient", "organisations", "document"),
    [
        ("the 2008 one", ("eular-2017",), ("EULAR",), "eular-2008"),
        ("the 2010 ones", ("acr-2016",), ("ACR",), "acr-2010"),
        ("the 1990 set", ("aapt-2019",), ("AAPT", "ACR"), "acr-1990"),
        ("in the Danish one", ("innova",), (), "final-2024"),
        ("the older one", ("eular-2017", "eular-2008"), (), "eular-2008"),
        ("the newest one", ("eular-2017", "eular-2008"), (), "eular-2017"),
        ("that pain society guideline", ("aps-2005",), (), "aps-2005"),
        ("the eye paper", (), (), "dieckmann-2017"),
        ("that trial of LDN plus brain stimulation", (), (), "de-paula-2023"),
    ],
)
def test_a_description_is_the_document_that_fits(
    names: Names, text: str, salient: tuple[str, ...], organisations: tuple[str, ...], document: str
) -> None:
    assert names.described(text, salient, organisations).documents == (document,)


@pytest.mark.parametrize("text", ["the trial", "the other one", "that Cochrane review", "the purple study", ""])
def test_a_description_that_fits_none_or_many_is_left_open(names: Names, text: str) -> None:
    assert names.described(text, (), ()) == Named()


def test_of_many_documents_those_on_the_treatment_are_kept(names: Names) -> None:
    reviews = names.in_text("Cochrane").documents
    assert names.on(reviews, lambda concept: concept == "cbt") == ("cochrane-cbt-2013",)
    assert names.on(reviews, lambda concept: concept == "yoga") == reviews


def test_a_body_did_not_issue_what_only_calls_itself_so() -> None:
    real, copy = (METADATA.model_copy(update={"id": name, "year": year}) for name, year in (("a", 2017), ("b", 2026)))
    names = Names((real, copy), (Body(name="EULAR", forms=("EULAR",)),), unvouched={"b"})
    assert (names.issued(("EULAR",)), names.claimed("EULAR")) == (("a",), ("b",))
    assert names.in_text("What does EULAR 2026 say?").documents == ()
    assert names.in_text("What does EULAR say?").documents == ("a",)
    alone = Names((copy.model_copy(update={"organisation": "Exercise"}),), unvouched={"b"})
    assert alone.in_text("Exercise?").organisations == ()  # no word of a question becomes a publisher


@given(st.text())
def test_any_text_can_be_read(names: Names, text: str) -> None:
    named = names.in_text(text)
    assert all(0 <= start < end <= len(text) for start, end in named.spans)
    described = names.described(text, ("eular-2017",), ("EULAR",))
    assert all(document in names for document in described.documents)
