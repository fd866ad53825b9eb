"""Only some documents answer: by id, kind, publisher, years, added or curated; what none has is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.assistant import Assistant
from fmqa.building import build_index
from fmqa.errors import BadQuestion
from fmqa.settings import Settings
from fmqa.types import DocumentKind, NoticeKind, Only

PROTOCOL = b"""Exercise protocol

Aerobic exercise is offered twice a week to adults with fibromyalgia in this ward.
"""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Iterator[Assistant]:
    """Three curated documents, and a protocol of 2024 that was added."""
    from conftest import make_corpus  # noqa: PLC0415

    root = tmp_path_factory.mktemp("held")
    (root / "protocol.txt").write_bytes(PROTOCOL)
    settings = Settings(
        corpus=make_corpus(root), index=root / "index", database=f"sqlite:///{root}/c.db", encoder=str(tiny_model)
    )
    given = Given(organisation="Ward 7", year=2024, kind=DocumentKind.GUIDELINE)
    ingestion.add(settings.corpus, [root / "protocol.txt"], given)
    build_index(settings)
    opened = Assistant.open(settings)
    yield opened
    opened.close()


EXERCISE = "Is aerobic exercise offered to adults with fibromyalgia?"
FILTERS = {
    "its id": (Only(documents=("protocol",)), {"protocol"}),
    "what was added": (Only(added=True), {"protocol"}),
    "what is curated": (Only(added=False), {"eular-2017", "eular-2008", "naltrexone-label"}),
    "years": (Only(since=2020), {"protocol"}),
    "a publisher": (Only(organisations=("ward 7",)), {"protocol"}),
    "a kind": (Only(kinds=(DocumentKind.LABEL,)), {"naltrexone-label"}),
    "two at once": (Only(kinds=(DocumentKind.GUIDELINE,), until=2017), {"eular-2017", "eular-2008"}),
}


@pytest.mark.parametrize("name", FILTERS)
def test_nothing_outside_a_filter_is_found_or_told(name: str, held: Assistant) -> None:
    only, allowed = FILTERS[name]
    found = {each.passage.anchor.document_id for each in held.search(EXERCISE, k=50, only=only)}
    assert found
    assert found <= allowed
    answer = held.ask(EXERCISE, only=only)
    assert {source.document_id for source in answer.sources} <= allowed
    assert {related.passage_id.partition("@")[0] for related in answer.related} <= allowed


def test_no_filter_asks_all(held: Assistant) -> None:
    assert held.ask(EXERCISE, only=Only()).text == held.ask(EXERCISE).text


def test_what_is_left_out_does_not_count_in_what_sources_agree_on(held: Assistant) -> None:
    library = held.library
    whole = library.catalogue.about("exercise")
    from fmqa.evidence.library import narrowed  # noqa: PLC0415

    label = narrowed(library, {"naltrexone-label"})
    assert whole
    assert label.catalogue.about("exercise") == ()
    assert len(label.statements) == len(label.catalogue.by_id) < len(library.statements)


@pytest.mark.parametrize(
    ("only", "named"),
    [
        (Only(documents=("eular-1999",)), "eular-2017"),
        (Only(kinds=(DocumentKind.CRITERIA,)), "label"),
        (Only(organisations=("WHO",)), "EULAR"),
        (Only(since=2030), "2008 to 2024"),
        (Only(documents=("protocol",), added=False), "whole filter"),
    ],
)
def test_what_no_document_has_is_refused_with_what_there_is(only: Only, named: str, held: Assistant) -> None:
    for refused in (lambda: held.ask(EXERCISE, only=only), lambda: held.search(EXERCISE, only=only)):
        with pytest.raises(BadQuestion, match=named):
            refused()


@pytest.mark.parametrize(
    "only", [Only(kinds=(DocumentKind.GUIDELINE,)), Only(added=True), Only(documents=("eular-2008",))]
)
def test_what_is_unsafe_is_told_whatever_is_chosen_and_where_it_is_from(only: Only, held: Assistant) -> None:
    question = "Can I take naltrexone with tramadol?"
    everywhere, chosen = held.ask(question), held.ask(question, only=only)
    warning = everywhere.statements[0]
    assert (chosen.statements[0].id, chosen.statements[0].text) == (warning.id, warning.text)
    assert chosen.text.count(warning.text) == 1
    heavy = (NoticeKind.INTERACTION, NoticeKind.OFF_LABEL)
    assert [n.text for n in chosen.notices if n.kind in heavy] == [
        n.text for n in everywhere.notices if n.kind in heavy
    ]
    (told,) = [notice for notice in chosen.notices if notice.kind is NoticeKind.NOT_CHOSEN]
    assert told.text.endswith("because it warns: Naltrexone label.")
    assert {chosen.sources[n - 1].document_id for n in told.citations} == {"naltrexone-label"}
    assert not any(notice.kind is NoticeKind.NOT_CHOSEN for notice in everywhere.notices)
