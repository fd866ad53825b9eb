"""A small corpus of another field, and one of added files alone, work like the shipped one and know nothing of it."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from fmqa.adding import ingestion
from fmqa.adding.about import Given
from fmqa.assistant import Assistant
from fmqa.building import build_index
from fmqa.corpus import loading, making
from fmqa.corpus.vocabulary import Matcher
from fmqa.errors import BadCorpus, BadSettings, NotFound
from fmqa.settings import Settings
from fmqa.types import Answer, Audience, ConceptKind, NoticeKind, Status
from fmqa.web.api import create_app

DIABETES = Path(__file__).parent / "diabetes"
SHIPPED = Path(__file__).parents[2] / "corpus"
ARTICLE, GUIDELINE = "metformin-at-a-glance", "uspstf-2021"
PAGES = ("/", "/documents", "/evidence", "/coverage", "/policy", "/limits")
FEET = """\
# Foot care

Have the feet checked once a year. Inspect the feet daily for wounds.

## Shoes

Shoes that fit well reduce the number of ulcers. In one survey 40 of 200 people had an ulcer.
"""
EYES = "Retinal screening\n\nScreening for retinopathy is offered once a year to everyone aged 12 or over.\n"


@pytest.fixture(scope="module")
def diabetes(held: Settings) -> Iterator[Assistant]:
    """The second field with the encoder that is shipped: what is nearest to a question decides what is said first."""
    opened = Assistant.open(held)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def added_only(make_small: Callable[[Path], Settings], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("added")
    (folder / "feet.md").write_text(FEET, "utf-8")
    (folder / "eyes.txt").write_text(EYES, "utf-8")
    settings = make_small(folder).model_copy(update={"corpus": folder / "hospital"})  # the encoder is kept, no document
    ingestion.add(settings.corpus, [folder / "feet.md", folder / "eyes.txt"], Given(organisation="Hospital X"))
    build_index(settings)
    opened = Assistant.open(settings)
    yield opened
    opened.close()


class OtherWords:
    """Finds what the shipped corpus names, in texts of corpora that have nothing to do with it."""

    def __init__(self) -> None:
        loaded = loading.load(SHIPPED)
        own = " ".join(path.read_text("utf-8") for path in DIABETES.rglob("*.*") if path.is_file()) + FEET + EYES
        self._matcher = Matcher(loaded.vocabulary)
        self._allowed = {mention.concept for mention in self._matcher.mentions(own)} | {"red-flags"}  # of any field
        names = {form for body in loaded.vocabulary.pack.bodies for form in body.forms}
        names |= {document.metadata.short_title for document in loaded.documents}
        self._names = sorted(name for name in names if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", own))

    def in_text(self, text: str) -> list[str]:
        kinds = (ConceptKind.INTERVENTION, ConceptKind.CONDITION)
        found = [m.concept for m in self._matcher.mentions(text) if m.kind in kinds and m.concept not in self._allowed]
        return found + [name for name in self._names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


@pytest.fixture(scope="module")
def other() -> OtherWords:
    return OtherWords()


def words_of(page: str) -> str:
    body = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", body))


def converse(assistant: Assistant, *questions: str, document: str | None = None) -> list[Answer]:
    answers: list[Answer] = []
    for question in questions:
        earlier = answers[-1].conversation_id if answers else None
        answers.append(assistant.ask(question, conversation_id=earlier, document=None if earlier else document))
    return answers


def everything_said(answer: Answer) -> str:
    parts = [answer.text, answer.interpreted_question, *answer.suggestions, *(n.text for n in answer.notices)]
    return "\n".join([*parts, *answer.glossary, *answer.glossary.values(), *(r.quote for r in answer.related)])


def ids(answer: Answer) -> list[str]:
    return [statement.id.partition("#")[2] for statement in answer.statements]


# --- a second field ---------------------------------------------------------------------------------------------------


def test_the_second_field_keeps_every_rule() -> None:
    assert loading.lint(DIABETES) == ()


def test_a_conversation_of_six_turns_in_another_field(diabetes: Assistant, other: OtherWords) -> None:
    answers = converse(
        diabetes,
        "Is it contraindicated in kidney disease?",
        "and the starting dose?",
        "What grade does the USPSTF give screening for diabetes?",
        "How well does metformin work?",
        "Is it safe with wine?",
        "How is gout treated?",
    )
    kidneys, dose, grade, benefit, wine, gout = answers
    assert ids(kidneys)[0] == "kidneys"  # "it" is what the article is about
    assert ids(dose)[0] == "start"
    assert ids(grade)[0] == "screening"
    assert [shown.grade.printed for shown in grade.statements[0].grades] == ["grade B"]
    assert "grade B" in grade.text
    assert ids(benefit)[0] == "ukpds"
    assert ids(wine)[0] == "alcohol"
    assert NoticeKind.INTERACTION in {notice.kind for notice in wine.notices}
    assert gout.status.abstains
    assert "type 2 diabetes" in gout.text
    assert [found for answer in answers for found in other.in_text(everything_said(answer))] == []


def test_an_emergency_is_told_apart_in_any_field(diabetes: Assistant, added_only: Assistant) -> None:
    for assistant in (diabetes, added_only):
        assert assistant.ask("my mum can't breathe and her lips are blue").status is Status.URGENT


def test_an_article_is_only_said_to_be_checked_where_something_checks_it(diabetes: Assistant) -> None:
    (answer,) = converse(diabetes, "What is the boxed warning of metformin?")
    assert answer.sources[0].kind == "article"
    assert NoticeKind.UNSUPPORTED_CLAIM not in {notice.kind for notice in answer.notices}


def test_suggestions_are_of_the_field_and_answered(diabetes: Assistant, other: OtherWords) -> None:
    suggestions = [question for questions in diabetes.index.suggestions.values() for question in questions]
    assert suggestions
    for question in suggestions:
        assert not other.in_text(question)
        assert diabetes.ask(question).status is Status.ANSWERED


def test_a_patient_of_another_field_gets_its_words(diabetes: Assistant, other: OtherWords) -> None:
    answer = diabetes.ask("What is the boxed warning of metformin?", audience=Audience.PATIENT)
    assert answer.glossary == {"metformin": "Metformin is a tablet that lowers blood sugar."}
    assert not other.in_text(everything_said(answer))


def test_an_age_means_what_the_pack_says(diabetes: Assistant) -> None:
    assert "children" in diabetes.ask("Can a 9-year-old have metformin?").interpreted_question.lower()


# --- where a conversation starts --------------------------------------------------------------------------------------


def test_a_conversation_may_start_from_any_document_and_stays_on_it(diabetes: Assistant) -> None:
    on_article, on_guideline = (
        converse(diabetes, "What are the side effects?", "And the dose?", document=document)
        for document in (None, GUIDELINE)
    )
    assert "metformin" in on_article[1].interpreted_question.lower()
    assert "metformin" not in on_guideline[1].interpreted_question.lower()
    turns = diabetes.conversations.turns(on_guideline[0].conversation_id)
    assert [turn.document for turn in turns] == [GUIDELINE, GUIDELINE]


def test_what_it_says_is_asked_of_the_guideline_that_is_open(diabetes: Assistant) -> None:
    (answer,) = converse(diabetes, "What does it say about screening?", document=GUIDELINE)
    assert answer.interpreted_question == "What does USPSTF 2021 say about screening?"
    assert answer.statements[0].id == f"{GUIDELINE}#screening"


def test_an_unknown_document_is_an_error_that_says_what_to_do(diabetes: Assistant) -> None:
    with pytest.raises(NotFound, match=r"no document nowhere .* corpus list"):
        diabetes.ask("Is it safe?", document="nowhere")


def test_an_unknown_start_document_is_an_error_that_names_the_known_ones(diabetes: Assistant) -> None:
    with pytest.raises(BadSettings, match=f"starts from nowhere.*{ARTICLE}, {GUIDELINE}"):
        Assistant.open(diabetes.settings.model_copy(update={"start_document": "nowhere"}))


# --- page and API -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["diabetes", "added_only"])
def test_no_page_knows_the_other_field(field: str, other: OtherWords, request: pytest.FixtureRequest) -> None:
    assistant: Assistant = request.getfixturevalue(field)
    client = TestClient(create_app(assistant), base_url="http://localhost")
    documents = [f"/documents/{name}" for name in assistant.index.document_ids]
    for path in (*PAGES, *documents):
        response = client.get(path, headers={"accept": "text/html"})
        assert response.status_code == 200, path
        assert (path, other.in_text(words_of(response.text))) == (path, [])


def test_the_page_asks_of_the_document_that_is_open(diabetes: Assistant) -> None:
    client = TestClient(create_app(diabetes), base_url="http://localhost")
    assert "Metformin in type 2 diabetes at a glance" in client.get("/").text
    page = client.get(f"/documents/{GUIDELINE}").text
    assert f'name="document" value="{GUIDELINE}"' in page
    form = {"question": "What does it say?", "document": GUIDELINE}
    shown = client.post("/ask", data=form)
    assert shown.status_code == 200
    conversation = str(shown.url).rpartition("/")[2].partition("#")[0]
    assert diabetes.conversations.turns(conversation)[0].document == GUIDELINE
    gone = client.post("/ask", data=form | {"document": "gone-since"})  # an emergency must not meet an error
    assert gone.status_code == 200


def test_the_api_takes_a_document(diabetes: Assistant) -> None:
    client = TestClient(create_app(diabetes), base_url="http://localhost")
    asked = {"question": "Does it work?", "document": ARTICLE}
    answer = client.post("/v1/ask", json=asked).json()
    assert answer["statements"][0]["id"] == f"{ARTICLE}#ukpds"
    unknown = client.post("/v1/ask", json=asked | {"document": "nowhere"})
    assert unknown.status_code == 404
    assert "GET /v1/documents" in unknown.json()["detail"]


# --- nothing but added files ------------------------------------------------------------------------------------------


def test_the_first_added_file_makes_a_corpus(added_only: Assistant) -> None:
    folder = added_only.settings.corpus
    assert loading.lint(folder) == ()
    assert {"pack.yaml", "vocabulary.yaml", "bodies.yaml", "grading.yaml"} <= {path.name for path in folder.iterdir()}


def test_added_files_alone_are_asked(added_only: Assistant, other: OtherWords) -> None:
    answers = converse(
        added_only,
        "How often should the feet be checked?",
        "and which shoes?",
        "From which age is retinal screening offered?",
        "What does Hospital X say about wounds?",
        "What is the capital of France?",
        "What does the WHO say about insulin?",
    )
    assert answers[0].statements[0].text.startswith("Have the feet checked once a year.")
    assert "**Hospital X (not reviewed):**" in answers[3].text  # it is held: it is told, and nothing is missing
    assert not [n for n in answers[3].notices if n.kind is NoticeKind.MISSING_SOURCE]
    for answer in answers:
        assert not other.in_text(everything_said(answer))
        assert "their own subject" not in answer.text
        assert not re.search(r"\b0 documents", answer.text)
    assert answers[4].status.abstains
    assert "2 documents as published" in answers[4].text
    assert "no document from WHO" in answers[5].text


def test_a_folder_of_other_things_is_no_corpus_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear colleague", "utf-8")
    (tmp_path / "feet.md").write_text(FEET, "utf-8")
    for folder in (tmp_path, tmp_path / "letter.txt"):
        with pytest.raises(BadCorpus, match=r"is no corpus.*corpus new"):
            ingestion.add(folder, [tmp_path / "feet.md"], Given())
    assert {path.name for path in tmp_path.iterdir()} == {"letter.txt", "feet.md"}


def test_a_new_corpus_is_valid_and_explains_every_key(tmp_path: Path) -> None:
    made = making.make(tmp_path / "new")
    assert loading.load(tmp_path / "new").documents == ()
    assert [fault.rule for fault in loading.lint(tmp_path / "new")] == ["empty"]
    for name in made:
        lines = (tmp_path / "new" / name).read_text("utf-8").splitlines()
        assert any(line.startswith("#") for line in lines)
