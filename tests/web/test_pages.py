"""The pages: what they show, that they work as plain forms, and that no string can become part of their markup."""

import datetime
import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from fmqa.answer.phrases import PERSONAL_FIRST
from fmqa.errors import NotFound
from fmqa.store.conversations import Conversations
from fmqa.types import DISCLAIMER, Document, Notice, NoticeKind, Reference, Section, Status, text_sha256
from fmqa.web import views
from fmqa.web.api import create_app
from hostile import HOSTILE
from samples import DOCUMENT, GENERATION, GRADE, METADATA, REFERENCE, SENTENCE, SampleAssistant, SampleIndex, answer

BROWSER = {"accept": "text/html"}
QUESTION = "What evidence level does EULAR give exercise?"


@pytest.fixture
def assistant(tmp_path: Path) -> SampleAssistant:
    return SampleAssistant(Conversations(f"sqlite:///{tmp_path / 'conversations.db'}", lock_seconds=0.05))


@pytest.fixture
def client(assistant: SampleAssistant) -> Iterator[TestClient]:
    with TestClient(create_app(assistant), base_url="http://localhost", headers=BROWSER) as opened:
        yield opened


class Page(HTMLParser):
    """The elements of a page: names with their attributes, ids, addresses and the words outside of elements' names."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.shapes: set[tuple[str, tuple[str, ...]]] = set()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.marked = ""
        self.data: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = tuple(sorted(name for name, _ in attrs))
        self.shapes.add((tag, names))
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in ("href", "src", "action", "srcset"):
                self.addresses.append(str(value))
        self._open.append(f"{tag}.{dict(attrs).get('class') or ''}")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().partition(".")[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "mark.cited" in self._open:
            self.marked += data
        if self._open:
            self.data[self._open[-1]] = self.data.get(self._open[-1], "") + data


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_start_page_is_the_article_with_the_question_box(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert METADATA.title in page.text
    assert SENTENCE in page.text
    assert "Pending human review" in page.text
    assert "Have a follow-up question?" in page.text
    assert "What do guidelines say about exercise?" in page.text
    assert DISCLAIMER in page.text
    assert "explained" not in page.text
    assert html.escape(GRADE.printed) in page.text


def test_a_citation_marks_exactly_the_characters_of_its_anchor(client: TestClient, assistant: SampleAssistant) -> None:
    source = answer().sources[0]
    place = source.anchor.position
    page = Page(client.get(f"/documents/{source.document_id}?start={place.start}&end={place.end}").text)
    assert page.marked == source.anchor.quote.exact
    assert page.ids.count("cite") == 1


def test_a_citation_of_a_text_that_has_changed_marks_nothing_and_says_so(client: TestClient) -> None:
    page = client.get(f"/documents/{METADATA.id}?start=0&end=10&text=000000000000")
    assert page.status_code == 200
    assert "This text has changed" in page.text
    assert Page(page.text).marked == ""


@pytest.mark.parametrize("query", ["start=5&end=5", "start=9&end=2", "start=0&end=999999", "start=-1&end=3", "start=x"])
def test_a_span_that_no_text_has_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/documents/{METADATA.id}?{query}").status_code in (404, 422)


def test_an_unknown_address_gets_a_page_in_a_browser_and_json_elsewhere(client: TestClient) -> None:
    for path in ("/nothing", "/documents/nothing", "/answers/nothing", "/conversations/nothing", "/static/nothing"):
        page = client.get(path)
        assert page.status_code == 404
        assert page.headers["content-type"].startswith("text/html")
        assert "Have a follow-up question?" in page.text
        other = client.get(path, headers={"accept": "*/*"})
        assert other.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/documents", "/coverage", "/policy", "/limits"])
def test_every_page_has_the_disclaimer_and_its_own_place_in_the_navigation(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert DISCLAIMER in page.text
    assert f'href="{path}" aria-current="page"' in page.text


def test_json_ld_says_what_the_document_says(client: TestClient) -> None:
    page = Page(client.get(f"/documents/{METADATA.id}").text)
    data = json.loads(page.data["script."])
    assert data["@type"] == "MedicalWebPage"
    assert {each["audienceType"] for each in data["audience"]} == {"Clinician", "Patient"}
    assert data["mainEntity"][0]["@type"] == "MedicalGuidelineRecommendation"
    assert data["mainEntity"][0]["recommendationStrength"] == "strong for"
    assert "lastReviewed" not in data  # nobody has


# --- asking -----------------------------------------------------------------------------------------------------------


def ask(client: TestClient, question: str = QUESTION, **fields: str) -> str:
    """Ask with the plain form and return the page of the conversation."""
    sent = client.post("/ask", data={"question": question, **fields}, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    address = sent.headers["location"]
    shown = client.get(address)
    assert shown.status_code == 200
    assert f'id="{urlsplit(address).fragment}"' in shown.text
    return shown.text


def answer_id(page: str) -> str:
    found = re.search(r'href="/answers/([^"/]+)"', page)
    assert found
    return found[1]


def test_the_plain_form_leads_to_the_conversation(client: TestClient) -> None:
    page = ask(client)
    assert QUESTION in page
    assert html.escape(SENTENCE) in page
    assert DISCLAIMER in page
    for part in ("Sources", "Permalink", "Correct it", "a source is silent", "Review pending"):
        assert part in page


def test_a_follow_up_goes_on_with_the_conversation(client: TestClient) -> None:
    first = ask(client)
    conversation = re.search(r'name="conversation_id" value="([^"]+)"', first)
    assert conversation
    second = ask(client, "and CBT?", conversation_id=conversation[1])
    assert QUESTION in second
    assert "and CBT?" in second


def test_a_suggestion_is_asked_instead_of_what_stands_in_the_box(client: TestClient) -> None:
    assert "What does NICE say?" in ask(client, "", suggestion="What does NICE say?")


def test_a_suggestion_is_not_offered_again_once_it_was_asked(client: TestClient) -> None:
    first = ask(client)
    assert 'value="What does NICE say?"' in first
    conversation = re.search(r'name="conversation_id" value="([^"]+)"', first)
    assert conversation
    second = ask(client, "", suggestion="What does NICE say?", conversation_id=conversation[1])
    assert 'value="What does NICE say?"' not in second
    assert 'value="And CBT?"' in second
    stream = client.post("/ask/stream", data={"question": "and CBT", "conversation_id": conversation[1]})
    assert dict(events(stream.text))["done"]["suggestions"] == []


def test_the_page_of_a_document_offers_its_main_points_and_the_original(client: TestClient) -> None:
    page = client.get(f"/documents/{METADATA.id}").text
    assert 'value="What are the key points?"' in page
    assert f'href="https://doi.org/{METADATA.doi}"' in page


def test_the_audience_is_remembered(client: TestClient) -> None:
    ask(client, audience="patient")
    assert re.search(r'value="patient" checked', client.get("/").text)
    assert not re.search(r'value="clinician" checked', client.get("/").text)


def test_a_question_that_cannot_be_used_stays_in_the_box(client: TestClient) -> None:
    sent = client.post("/ask", data={"question": "  "})
    assert sent.status_code == 422
    assert "The question is empty" in sent.text
    gone = client.post("/ask", data={"question": QUESTION, "conversation_id": "gone", "audience": "patient"})
    assert gone.status_code == 404
    assert f">{QUESTION}</textarea>" in gone.text
    assert re.search(r'value="patient" checked', gone.text)


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
def test_a_form_that_another_site_sends_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    given = answer_id(ask(client))
    for path in ("/ask", "/ask/stream", f"/answers/{given}/feedback", "/conversations/x/delete"):
        assert client.post(path, data={"question": QUESTION}, headers=headers).status_code == 403


def events(text: str) -> list[tuple[str, dict[str, object]]]:
    found = re.findall(r"event: (\w+)\r?\ndata: (.*?)\r?\n", text)
    return [(name, json.loads(data)) for name, data in found]


@pytest.mark.parametrize("path", ["/ask/stream", "/v1/ask/stream"])
def test_an_answer_comes_in_steps_with_the_disclaimer_first_and_last(client: TestClient, path: str) -> None:
    sent = {"json": {"question": QUESTION}} if path.startswith("/v1") else {"data": {"question": QUESTION}}
    response = client.post(path, **sent)  # type: ignore[arg-type]
    assert response.headers["content-type"].startswith("text/event-stream")
    steps = events(response.text)
    assert [name for name, _ in steps] == ["interpretation", "passages", "answer", "sources", "done"]
    assert DISCLAIMER in json.dumps(steps[0][1])
    assert DISCLAIMER in json.dumps(steps[-1][1])
    assert QUESTION in json.dumps(steps[0][1])


def test_a_failure_is_an_event_that_repeats_nothing(client: TestClient, assistant: SampleAssistant) -> None:
    assistant.failure = NotFound("there is no such conversation")
    response = client.post("/ask/stream", data={"question": QUESTION})
    ((name, data),) = events(response.text)
    assert name == "error"
    assert data["status"] == 404
    assert QUESTION not in response.text


def test_a_failure_before_the_first_event_of_the_interface_has_its_own_status(
    client: TestClient, assistant: SampleAssistant
) -> None:
    assistant.failure = NotFound("there is no such conversation")
    response = client.post("/v1/ask/stream", json={"question": QUESTION})
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("application/problem+json")
    assert QUESTION not in response.text


def test_streamed_parts_are_those_of_the_page(client: TestClient) -> None:
    steps = dict(events(client.post("/ask/stream", data={"question": QUESTION}).text))
    page = client.get(f"/conversations/{steps['done']['conversation_id']}").text
    for name in ("answer", "sources", "done"):
        assert str(steps[name]["html"]).strip() in page


# --- answers ----------------------------------------------------------------------------------------------------------


def test_a_permalink_shows_the_answer_as_it_was_given(client: TestClient, assistant: SampleAssistant) -> None:
    given = answer_id(ask(client))
    page = client.get(f"/answers/{given}")
    assert GENERATION in page.text
    assert "sources have changed since" not in page.text
    assistant.index.generation = "20270101-ffffffff"
    later = client.get(f"/answers/{given}")
    assert html.escape(SENTENCE) in later.text
    assert "The sources have changed since" in later.text


@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ("text", "[1] EULAR 2017"),
        ("markdown", f"**{SENTENCE}** [1]"),
        ("bibtex", "author = {Macfarlane, G. J. and others}"),
        ("ris", "DO  - 10.1136/annrheumdis-2016-209724"),
        ("csl-json", '"container-title": "Ann Rheum Dis"'),
    ],
)
def test_an_answer_can_be_taken_along(client: TestClient, form: str, holds: str) -> None:
    response = client.get(f"/answers/{answer_id(ask(client))}/{form}")
    assert response.status_code == 200
    assert holds in response.text
    assert "attachment" in response.headers["content-disposition"] or form == "text"
    assert (DISCLAIMER in response.text) == (form in ("text", "markdown"))


def test_an_unknown_form_is_not_found(client: TestClient) -> None:
    assert client.get(f"/answers/{answer_id(ask(client))}/pdf").status_code == 404


def test_feedback_is_stored_and_thanked_for(client: TestClient) -> None:
    given = answer_id(ask(client))
    thanked = client.post(f"/answers/{given}/feedback", data={"kind": "wrong", "comment": "The level is older."})
    assert "Thank you" in thanked.text
    for data in ({"kind": "great"}, {"comment": "x"}, {"kind": "wrong", "comment": "x" * 2001}):
        assert client.post(f"/answers/{given}/feedback", data=data).status_code == 422
    assert client.post("/answers/nothing/feedback", data={"kind": "wrong"}).status_code == 404


def test_a_deleted_conversation_takes_its_answers_along(client: TestClient) -> None:
    page = ask(client)
    conversation = re.search(r'action="(/conversations/[^"]+)/delete"', page)
    assert conversation
    client.post(f"{conversation[1]}/delete")
    assert client.get(conversation[1]).status_code == 404
    assert client.get(f"/answers/{answer_id(page)}").status_code == 404


def test_what_is_said_of_the_conversation_alone_is_not_copied_or_judged() -> None:
    talk = answer(status=Status.CONVERSATION).model_copy(update={"statements": (), "sources": (), "text": "Hello."})
    assert "Permalink" not in views.fragment("actions", answer=talk, expires=None)
    assert "Permalink" in views.fragment("actions", answer=answer(), expires=None)


def test_an_emergency_stands_first_and_once() -> None:
    urgent = answer(status=Status.NOT_IN_CORPUS, notices=(Notice(kind=NoticeKind.EMERGENCY, text="Emergency: x"),))
    urgent = urgent.model_copy(update={"status": Status.URGENT, "text": "**Emergency: x**\n\nCall now."})
    shown = views.fragment("body", answer=urgent)
    assert shown.count("Emergency: x") == 1
    assert shown.index('role="alert"') < shown.index("Emergency: x")


def test_what_the_answer_says_itself_is_no_notice_beside_it() -> None:
    notice = Notice(kind=NoticeKind.PERSONAL_ADVICE, text="No personal dose.")
    beside = answer(notices=(notice,))
    assert views.notices(beside, leading=True) == (notice,)
    told = beside.model_copy(update={"text": f"{PERSONAL_FIRST[beside.audience]}\n\n{beside.text}"})
    assert views.notices(told, leading=True) == ()


# --- security ---------------------------------------------------------------------------------------------------------


def test_a_page_may_load_only_its_own_style_script_and_images(client: TestClient) -> None:
    page = client.get("/")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    scripts = re.findall(r"<script[^>]*>", page.text)
    assert all('src="/static/page.js' in tag or 'type="application/ld+json"' in tag for tag in scripts)
    assert " style=" not in page.text
    for address in Page(page.text).addresses:
        assert address.startswith(("/", "#", "https://doi.org/", "https://pubmed.ncbi.nlm.nih.gov/")), address


def test_static_files_are_kept_by_browsers_and_pages_are_not(client: TestClient) -> None:
    address = next(address for address in Page(client.get("/").text).addresses if "page.js" in address)
    assert "immutable" in client.get(address).headers["cache-control"]


class HostileIndex(SampleIndex):
    """An index whose one document has a string in every field that can hold it."""

    def __init__(self, words: str) -> None:
        text = f"Title\n\n{words} heading\n\nSay: {words}\n\n{SENTENCE} [{words}]"
        start = text.index("Say:")
        unspaced = "".join(words.split()) or "x"
        reference = Reference(id="R1", citation=f"{words} citation", doi=f"10.1136/{unspaced}", year=2017)
        grade = GRADE.model_copy(update={"printed": words, "strength": words})
        statement = METADATA.statements[0].model_copy(update={"grades": (grade,), "sources": ("R1",)})
        end = text.index(SENTENCE) + len(SENTENCE)
        span = DOCUMENT.statements[0].model_copy(
            update={"statement": statement, "start": end - len(SENTENCE), "end": end, "grades": ((end + 1, len(text)),)}
        )
        metadata = METADATA.model_copy(
            update={
                "title": f"{words} title",
                "short_title": f"{words} short",
                "organisation": words,
                "edition": words,
                "population": words,
                "licence": words,
                "references": (reference, REFERENCE.model_copy(update={"url": f"https://x.example/{unspaced}"})),
                "statements": (statement,),
            }
        )
        heading = (f"{words} heading",)
        self.shown = Document(
            metadata=metadata,
            path="guidelines/eular-2017.md",
            text=text,
            sha256=text_sha256(text),
            sections=(
                Section(start=start, end=text.index("\n\n", start), headings=heading),
                Section(start=end - len(SENTENCE), end=len(text), headings=heading, statement=statement.id),
            ),
            statements=(span,),
        )

    def document(self, document_id: str) -> Document:
        super().document(document_id)
        return self.shown


def hostile_pages(words: str, client: TestClient, assistant: SampleAssistant) -> list[str]:
    """Return every page with a string in all its fields."""
    conversations = assistant.conversations
    assistant.index = HostileIndex(words)
    given = assistant.ask(words + " q")
    position = given.conflicts[0].positions[0].model_copy(update={"short_title": words, "quote": words, "grade": words})
    source = given.sources[0]
    anchor = source.anchor
    quote = anchor.quote.model_copy(update={"prefix": words, "suffix": words, "exact": words})
    statement = given.statements[0]
    shown_grade = statement.grades[0].model_copy(update={"system_name": words, "explanation": words})
    loaded = given.model_copy(
        update={
            "question_id": "loaded",
            "text": f"**{words}** [1]\n\n- {words} [2]",
            "interpreted_question": words,
            "statements": (statement.model_copy(update={"text": words, "grades": (shown_grade,)}),),
            "sources": (
                source.model_copy(
                    update={
                        "title": words,
                        "short_title": words,
                        "edition": words,
                        "anchor": anchor.model_copy(update={"quote": quote}),
                        "references": assistant.index.shown.metadata.references,
                    }
                ),
                given.sources[1],
            ),
            "conflicts": (
                given.conflicts[0].model_copy(
                    update={"intervention": words, "positions": (position, *given.conflicts[0].positions[1:])}
                ),
            ),
            "notices": tuple(Notice(kind=kind, text=f"{words} {kind}", citations=(1,)) for kind in NoticeKind),
            "glossary": {words: words},
            "related": answer(status=Status.NOT_IN_CORPUS).related[:1],
            "choices": (words, f"{words} 2"),
            "suggestions": (words,),
        }
    )
    now = datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)
    stored = conversations.answers(given.conversation_id)[0].model_copy(
        update={"answer": loaded, "question": words, "created": now}
    )
    pages = [client.get(path).text for path in ("/", "/documents", f"/conversations/{given.conversation_id}")]
    refused = client.post("/ask", data={"question": words, "conversation_id": "gone"})
    pages.append(refused.text)
    assert refused.status_code == 404
    pages += [
        views.fragment("turn", stored=stored),
        views.fragment("opening", question=words, interpreted=words, conversation_id=words, audience="patient"),
    ]
    return pages


def test_no_string_in_any_field_becomes_markup(client: TestClient, assistant: SampleAssistant) -> None:
    assert len(HOSTILE) >= 500
    known = [Page(page).shapes for page in hostile_pages("harmless <", client, assistant)]
    for words in HOSTILE:
        for page, shapes in zip(hostile_pages(words, client, assistant), known, strict=True):
            found = Page(page)
            assert found.shapes <= shapes, words
            for address in found.addresses:
                assert address.startswith(("/", "#", "https://doi.org/", "https://pubmed.ncbi.nlm.nih.gov/")), words


def test_an_answer_that_could_not_be_stored_is_shown_all_the_same_and_says_so(
    client: TestClient, assistant: SampleAssistant
) -> None:
    assistant.stores = False
    page = client.post("/ask", data={"question": QUESTION}, follow_redirects=False)
    assert page.status_code == 200
    assert SENTENCE in page.text
    assert "could not be stored" in page.text
    assert "Permalink" not in page.text
    stream = client.post("/ask/stream", data={"question": QUESTION})
    done = stream.text.split("event: done\ndata: ")[1].split("\n")[0]
    assert json.loads(done)["stored"] is False
    assert json.loads(done)["conversation_id"] == ""


def test_a_stream_ends_in_done_or_error_whatever_happens(client: TestClient, assistant: SampleAssistant) -> None:
    for failure in (None, NotFound("gone"), RuntimeError("Zebrafish"), KeyError("Zebrafish"), MemoryError()):
        assistant.failure = failure
        stream = client.post("/ask/stream", data={"question": QUESTION})
        names = [line.removeprefix("event: ") for line in stream.text.splitlines() if line.startswith("event: ")]
        if stream.status_code >= 400:  # nothing was sent yet: the problem is the response
            names = ["error"]
            assert stream.json()["status"] == stream.status_code
        assert names[-1] == ("done" if failure is None else "error")
        assert names.count("done") + names.count("error") == 1
        assert "Zebrafish" not in stream.text
