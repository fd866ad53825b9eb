"""Documents sent to the service, looked at in the original, and removed: by programs and by forms without a script."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import made
from fmqa.corpus import loading
from fmqa.errors import NotFound
from fmqa.guard import keys
from fmqa.guard.keys import Scope
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations
from fmqa.types import Document
from fmqa.upkeep.changing import Progress
from fmqa.web.api import create_app
from fmqa.web.documents.uploads import About
from samples import SampleAssistant, SampleIndex

WAIT = {"prefer": "wait=60"}
HTML_FORM = {"accept": "text/html"}


class FolderIndex(SampleIndex):
    """The documents of a corpus as they are in its folder, without anything to search them by."""

    def __init__(self, corpus: Path) -> None:
        loaded = loading.load(corpus)
        self.documents = {document.id: document for document in loaded.documents}
        self.document_ids = tuple(self.documents)
        self.generation = loaded.sha256[:16]

    def document(self, document_id: str) -> Document:
        if document_id not in self.documents:
            raise NotFound("there is no such document")
        return self.documents[document_id]


class FolderAssistant(SampleAssistant):
    """An assistant on the documents of a folder."""

    index: FolderIndex

    def __init__(self, settings: Settings) -> None:
        super().__init__(Conversations(settings.database), settings)
        self.refresh()

    def refresh(self) -> bool:
        self.index = FolderIndex(self.settings.corpus)
        return True


def index(settings: Settings, progress: Progress | None = None) -> str:
    return FolderIndex(settings.corpus).generation


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    from conftest import make_corpus  # noqa: PLC0415

    root = tmp_path_factory.mktemp("service")
    return Settings(
        corpus=make_corpus(root),
        index=root / "index",
        database=f"sqlite:///{root / 'conversations.db'}",
        start_document="",
        upload_files=3,
        upload_megabytes=1,
    )


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    """A service that lives through the tests of this module: each leaves the documents as it found them."""
    app = create_app(FolderAssistant(settings), index=index)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as opened:
        yield opened


def files(*names: str) -> list[tuple[str, tuple[str, bytes]]]:
    content = {
        "page.html": made.HTML.encode(),
        "guideline.pdf": made.PDF,
        "guideline.bib": b"@book{a, title={Guideline on velaxin for sleep}, year={2020}}",
        "home.md": made.MARKDOWN.encode(),
    }
    return [("files", (name, content[name])) for name in names]


def ids(client: TestClient) -> list[str]:
    return [each["id"] for each in client.get("/v1/documents").json()["documents"]]


@pytest.fixture
def guideline(client: TestClient) -> Iterator[str]:
    """A PDF that was added, with what a reference beside it tells."""
    change = client.post("/v1/documents", files=files("guideline.pdf", "guideline.bib"), headers=WAIT).json()
    (report,) = change["files"]
    document_id: str = report["documents"][0]["id"]
    yield document_id
    if document_id in ids(client):
        assert client.delete(f"/v1/documents/{document_id}").status_code == 204


def assert_problem(response: Any, status: int, slug: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"/problems/{slug}"
    return body


def test_a_document_is_added_answered_from_and_removed(client: TestClient, settings: Settings, guideline: str) -> None:
    assert guideline in ids(client)
    detail = client.get(f"/v1/documents/{guideline}").json()["document"]
    assert (detail["metadata"]["year"], detail["metadata"]["references"][0]["csl"]["type"]) == (2020, "book")
    assert client.delete(f"/v1/documents/{guideline}").status_code == 204
    assert guideline not in ids(client)
    assert_problem(client.get(f"/v1/documents/{guideline}"), 404, "not-found")
    assert_problem(client.get(f"/documents/{guideline}/file"), 404, "not-found")
    assert loading.lint(settings.corpus) == ()


def test_a_change_is_named_at_once_and_its_state_is_looked_at(client: TestClient) -> None:
    response = client.post("/v1/documents", files=files("page.html"))
    assert response.status_code == 202
    address = response.headers["location"]
    end = time.monotonic() + 60
    while (change := client.get(address).json())["finished"] is None and time.monotonic() < end:
        time.sleep(0.02)
    assert change["state"] == "done"
    assert change["generation"] == client.get("/v1/documents").json()["generation"]
    assert client.delete(f"/v1/documents/{change['files'][0]['documents'][0]['id']}").status_code == 204


def test_what_cannot_be_read_is_told_with_the_reason(client: TestClient) -> None:
    sent = [("files", ("../../scan.pdf", made.pdf_file([[]]))), ("files", ("x.exe", b"MZ" * 99))]
    change = client.post("/v1/documents", files=sent, headers=WAIT).json()
    assert [(each["file"], each["fate"]) for each in change["files"]] == [("scan.pdf", "refused"), ("x.exe", "refused")]
    assert all(each["reason"] for each in change["files"])


@pytest.mark.parametrize(
    ("sent", "fields", "status", "slug"),
    [
        ([], {}, 422, "bad-file"),
        ([("other", ("a.md", b"words"))], {}, 422, "bad-file"),
        ([("files", (f"{n}.md", b"words")) for n in range(4)], {}, 413, "too-large"),
        ([("files", ("a.md", b"words " * 200_000))], {}, 413, "too-large"),
        ([("files", ("a.md", b"words"))], {"year": "soon"}, 422, "invalid-request"),
        ([("files", ("a.md", b"words"))], {"colour": "red"}, 422, "invalid-request"),
        ([("files", (f"{n}.md", b"words")) for n in range(2)], {"title": "For which of them?"}, 422, "bad-file"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_says_why(
    client: TestClient, settings: Settings, sent: Any, fields: dict[str, str], status: int, slug: str
) -> None:
    before = ids(client)
    body = assert_problem(client.post("/v1/documents", files=sent or None, data=fields, headers=WAIT), status, slug)
    assert body["detail"]
    assert ids(client) == before
    assert not [p for p in (settings.corpus / "added" / ".incoming").glob("*/files") if p.exists()]


def test_a_body_that_grows_beyond_the_limit_is_cut_off(client: TestClient) -> None:
    def parts() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'
        for _ in range(40):
            yield b"words " * 10_000

    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert_problem(client.post("/v1/documents", content=parts(), headers=headers), 413, "too-large")


@pytest.mark.parametrize("path", ["/v1/documents", "/documents"])
def test_no_other_site_can_add_or_remove(client: TestClient, path: str) -> None:
    foreign = {"origin": "http://elsewhere.example"}
    assert client.post(path, files=files("home.md"), headers=foreign).status_code == 403
    assert client.delete("/v1/documents/eular-2017", headers=foreign).status_code == 403
    led = {"sec-fetch-site": "cross-site"}
    assert client.post("/documents", files=files("home.md"), headers=led).status_code == 403


@pytest.mark.parametrize(("document_id", "status", "slug"), [("eular-2017", 409, "conflict"), ("x", 404, "not-found")])
def test_only_documents_that_were_added_are_removed(
    client: TestClient, document_id: str, status: int, slug: str
) -> None:
    assert_problem(client.delete(f"/v1/documents/{document_id}"), status, slug)


def test_who_may_not_write_neither_adds_nor_removes_nor_sees_the_form(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    reader = keys.new(file, "reader", frozenset({Scope.READ, Scope.ASK}))
    writer = keys.new(file, "writer", frozenset({Scope.READ, Scope.WRITE}))
    app = create_app(FolderAssistant(settings.model_copy(update={"keys": file})), index=index)
    with TestClient(app, base_url="http://localhost", headers=HTML_FORM) as client:

        def asked(method: str, path: str, key: str, **more: Any) -> Any:
            return client.request(method, path, headers={"authorization": f"Bearer {key}"}, **more)

        for method, path in (("POST", "/v1/documents"), ("DELETE", "/v1/documents/x"), ("GET", "/v1/changes/x")):
            assert asked(method, path, reader).status_code == 403
            assert asked(method, path, writer).status_code in (404, 422)
        assert 'name="files"' not in asked("GET", "/documents", reader).text
        assert 'name="files"' in asked("GET", "/documents", writer).text


# --- the original -----------------------------------------------------------------------------------------------------


def test_the_file_is_given_as_it_was_and_runs_nothing(client: TestClient, guideline: str) -> None:
    response = client.get(f"/documents/{guideline}/file")
    assert (response.content, response.headers["content-type"]) == (made.PDF, "application/pdf")
    assert client.get(f"/v1/documents/{guideline}/file").content == made.PDF
    change = client.post("/v1/documents", files=files("page.html"), headers=WAIT).json()
    page = change["files"][0]["documents"][0]["id"]
    response = client.get(f"/documents/{page}/file")
    assert response.content == made.HTML.encode()
    assert response.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert_problem(client.get(f"/v1/documents/{page}/pages/1"), 404, "not-found")
    client.delete(f"/v1/documents/{page}")
    assert_problem(client.get("/v1/documents/eular-2017/file"), 404, "not-found")


def test_a_page_is_drawn_with_the_words_and_kept_by_browsers(client: TestClient, guideline: str) -> None:
    text = client.get(f"/v1/documents/{guideline}").json()["document"]["text"]
    start = text.index("We suggest velaxin")
    address = f"/documents/{guideline}/pages/1"
    plain = client.get(address)
    boxed = client.get(address, params={"start": start, "end": start + 40})
    assert plain.content.startswith(b"\x89PNG")
    assert boxed.content.startswith(b"\x89PNG")
    assert plain.content != boxed.content
    assert "max-age" in boxed.headers["cache-control"]
    again = client.get(
        address, params={"start": start, "end": start + 40}, headers={"if-none-match": boxed.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(address, params={"start": 10**9, "end": 10**9 + 5}).content == plain.content
    for number in ("0", "4", "-1"):
        assert_problem(client.get(f"/v1/documents/{guideline}/pages/{number}"), 404, "not-found")


def test_a_file_that_was_altered_is_not_given(client: TestClient, settings: Settings, guideline: str) -> None:
    (path,) = (settings.corpus / "added" / "files").glob("*.pdf")
    path.write_bytes(made.PDF + b"%")
    try:
        assert_problem(client.get(f"/v1/documents/{guideline}/file"), 404, "not-found")
    finally:
        path.write_bytes(made.PDF)


def test_a_citation_opens_its_page_beside_the_text(client: TestClient, guideline: str) -> None:
    text = client.get(f"/v1/documents/{guideline}").json()["document"]["text"]
    start = text.index("Nausea was seen")
    page = client.get(f"/documents/{guideline}?start={start}&end={start + 15}").text
    assert f'src="/documents/{guideline}/pages/3?start={start}&amp;end={start + 15}"' in page
    assert 'alt="Page 3 as printed, with the quoted words boxed' in page
    assert 'class="original"' not in client.get("/documents/eular-2017").text


# --- forms ------------------------------------------------------------------------------------------------------------


def test_the_form_works_without_a_script(client: TestClient) -> None:
    sent = client.post(
        "/documents",
        files=files("home.md"),
        data={"organisation": "Made & Sons", "year": "", "kind": ""},
        headers=HTML_FORM,
    )
    assert sent.status_code == 303
    address = sent.headers["location"]
    end = time.monotonic() + 60
    while 'http-equiv="refresh"' in (page := client.get(address, headers=HTML_FORM).text) and time.monotonic() < end:
        time.sleep(0.05)
    assert "<h1" in page
    assert "Ready to be asked" in page
    assert "Made &amp; Sons" in page
    document_id = next(each for each in ids(client) if each.startswith("home"))
    assert f'href="/documents/{document_id}"' in page
    assert f'action="/documents/{document_id}/remove"' in client.get(f"/documents/{document_id}").text
    removed = client.post(f"/documents/{document_id}/remove", headers=HTML_FORM)
    assert removed.status_code == 303
    end = time.monotonic() + 60
    while document_id in ids(client) and time.monotonic() < end:
        time.sleep(0.05)
    assert "Removed" in client.get(removed.headers["location"], headers=HTML_FORM).text


def test_a_form_that_cannot_be_taken_leads_to_a_page_that_says_why(client: TestClient) -> None:
    page = client.post("/documents", data={"organisation": "x"}, files={"none": ("", b"")}, headers=HTML_FORM)
    assert page.status_code == 422
    assert "no file was sent" in page.text.lower()


def test_the_description_tells_of_a_form_and_where_the_id_of_a_change_leads(client: TestClient) -> None:
    description = client.get("/openapi.json").json()
    route = description["paths"]["/v1/documents"]["post"]
    fields = route["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert set(fields) == {"files", *About.model_fields}
    assert '"null"' not in json.dumps(fields)  # what a form does not tell is not sent
    (told,) = [
        operation for path, operations in description["paths"].items() for operation in operations.values()
        if operation["operationId"] == route["responses"]["202"]["links"]["change"]["operationId"]
    ]  # fmt: skip
    begun = client.post("/v1/documents", files=[("files", ("a.png", b"\x89PNG"))])
    assert begun.headers["location"] == f"/v1/changes/{begun.json()['id']}"
    assert told["parameters"][0]["name"] in route["responses"]["202"]["links"]["change"]["parameters"]


def test_what_a_file_is_called_becomes_no_markup(client: TestClient) -> None:
    sent = [("files", ("<img src=x onerror=alert(1)>.pdf", b"no PDF"))]
    change = client.post("/v1/documents", files=sent, headers=WAIT).json()
    page = client.get(f"/changes/{change['id']}", headers=HTML_FORM).text
    assert "<img src=x" not in page
    assert change["files"][0]["fate"] == "refused" or change["files"][0]["documents"]
    for report in change["files"]:
        for document in report["documents"]:
            client.delete(f"/v1/documents/{document['id']}")
