"""Who is let in: by the name asked under, the site that asks, the key, its scopes, and how often it asks."""

import base64
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route
from starlette.testclient import TestClient

from fmqa import errors
from fmqa.errors import BadSettings
from fmqa.guard import keys
from fmqa.guard.hosts import Hosts, name_of
from fmqa.guard.keys import Scope
from fmqa.settings import Settings
from fmqa.store.conversations import Conversations
from fmqa.web import gate, problems
from fmqa.web.api import create_app
from samples import METADATA, SampleAssistant

QUESTION = {"question": "What evidence level does EULAR give exercise?"}
OUTSIDE = "http://fmqa.example"


def opened(tmp_path: Path, base_url: str = "http://localhost", **given_settings: Any) -> TestClient:
    chosen = Settings(start_document=METADATA.id, **given_settings)
    conversations = Conversations(f"sqlite:///{tmp_path / 'conversations.db'}")
    return TestClient(create_app(SampleAssistant(conversations, chosen)), base_url=base_url)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with opened(tmp_path) as client:
        yield client


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def assert_refused(response: Any, status: int, slug: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == f"/problems/{slug}"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-request-id"]


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["attacker.example", "localhost.attacker.example", "127.0.0.1.attacker.example", "localhost@attacker.example", ""],
)
def test_a_request_under_a_name_of_another_is_misdirected_on_every_path(client: TestClient, host: str) -> None:
    """A page of another site can make a browser ask this machine under a name of its own (DNS rebinding)."""
    for method, path in (("GET", "/v1/conversations"), ("DELETE", "/v1/conversations/x"), ("GET", "/healthz")):
        assert_refused(client.request(method, path, headers={"host": host}), 421, "misdirected")
    assert_refused(client.post("/v1/ask", json=QUESTION, headers={"host": host}), 421, "misdirected")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "localhost.:80"])
def test_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/v1/documents", headers={"host": host}).status_code == 200


def test_two_host_headers_are_refused(client: TestClient) -> None:
    response = client.get("/v1", headers=[("host", "localhost"), ("host", "attacker.example")])
    assert_refused(response, 421, "misdirected")


@given(st.text(max_size=40) | st.from_regex(r"[a-z0-9.:\[\]@-]{1,30}", fullmatch=True))
def test_no_other_text_passes_for_a_name_of_this_machine(authority: str) -> None:
    if Hosts("", "127.0.0.1").allows(authority):
        assert name_of(authority) in {"localhost", "127.0.0.1", "::1"}


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost", 200),
        ("https://attacker.example", 403),
        ("http://localhost:3000", 403),  # another program of this machine
        ("http://localhost.attacker.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_pages_of_other_sites_may_not_ask(client: TestClient, origin: str, status: int) -> None:
    assert client.post("/v1/ask", json=QUESTION, headers={"origin": origin}).status_code == status


JOURNAL = "https://journal.example"


def test_pages_of_an_origin_that_is_named_may_ask_the_interface(tmp_path: Path) -> None:
    with opened(tmp_path, origins=f"https://other.example, {JOURNAL}") as client:
        asked = {"origin": JOURNAL, "access-control-request-method": "POST"}
        preflight = client.options("/v1/ask", headers=asked | {"access-control-request-headers": "content-type"})
        response = client.post("/v1/ask", json=QUESTION, headers={"origin": JOURNAL})
        assert (preflight.status_code, preflight.content) == (204, b"")
        assert "POST" in preflight.headers["access-control-allow-methods"]
        assert response.status_code == 200
        for each in (preflight, response, client.get("/v1/documents/none", headers={"origin": JOURNAL})):
            assert each.headers["access-control-allow-origin"] == JOURNAL
            assert "origin" in each.headers["vary"].lower()
            assert "access-control-allow-credentials" not in each.headers
        own = client.get("/v1")
        assert "access-control-allow-origin" not in own.headers
        assert "origin" in own.headers["vary"].lower()


@pytest.mark.parametrize(
    ("origin", "path"),
    [
        (JOURNAL, "/ask"),
        (JOURNAL, "/ask/stream"),
        (JOURNAL, "/v10/ask"),
        ("https://journal.example.attacker.example", "/v1/ask"),
        ("http://journal.example", "/v1/ask"),
    ],
)
def test_no_other_page_and_no_form_is_let_in_with_it(tmp_path: Path, origin: str, path: str) -> None:
    with opened(tmp_path, origins=JOURNAL) as client:
        asked = {"origin": origin, "access-control-request-method": "POST"}
        for response in (client.options(path, headers=asked), client.post(path, json=QUESTION, headers=asked)):
            assert response.status_code == 403
            assert "access-control-allow-origin" not in response.headers


def test_a_preflight_needs_no_key_and_what_it_allows_does(tmp_path: Path, file: Path) -> None:
    keys.new(file, "ward-3", frozenset({Scope.ASK}))
    with opened(tmp_path, keys=file, origins=JOURNAL) as client:
        asked = {"origin": JOURNAL, "access-control-request-method": "POST"}
        assert client.options("/v1/ask", headers=asked).status_code == 204
        refused = client.post("/v1/ask", json=QUESTION, headers={"origin": JOURNAL})
        assert_refused(refused, 401, "no-key")
        assert refused.headers["access-control-allow-origin"] == JOURNAL  # so that the page can say why
        assert client.get(refused.json()["type"]).status_code == 200  # nor does what the problem means


# --- keys -------------------------------------------------------------------------------------------------------------


def test_beyond_this_machine_nobody_is_let_in_without_a_key(tmp_path: Path) -> None:
    """Also where a server was started without the command that refuses to."""
    with opened(tmp_path, OUTSIDE, hosts="fmqa.example") as client:
        response = client.get("/v1/documents")
        assert_refused(response, 401, "no-key")
        assert response.headers["www-authenticate"].startswith("Basic")
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200


def test_a_service_for_others_does_not_start_without_keys_unless_told_so(file: Path) -> None:
    assert gate.warning_of(Settings()) is None
    ways = [("host", "0.0.0.0"), ("host", "::"), ("host", "192.0.2.1"), ("hosts", "fmqa.example")]  # noqa: S104
    for way in ways:
        others: dict[str, Any] = dict([way])
        with pytest.raises(BadSettings, match="allow-anonymous"):
            gate.warning_of(Settings(**others))
        assert "ANYBODY" in str(gate.warning_of(Settings(allow_anonymous=True, **others)))
        assert "TLS" in str(gate.warning_of(Settings(keys=file, **others)))


def test_a_key_lets_in_as_bearer_and_as_password(tmp_path: Path, file: Path) -> None:
    key = keys.new(file, "ward-3", frozenset({Scope.ASK, Scope.READ}))
    password = base64.b64encode(f"anybody:{key}".encode()).decode()
    with opened(tmp_path, OUTSIDE, hosts="fmqa.example", keys=file) as client:
        assert client.post("/v1/ask", json=QUESTION, headers=bearer(key)).status_code == 200
        assert client.get("/", headers={"authorization": f"Basic {password}"}).status_code == 200
        for wrong in ("", key, f"Bearer {key}x", f"Bearer {key[:-1]}", f"Basic {key}", "Bearer", "Basic ===="):
            assert_refused(client.get("/v1/documents", headers={"authorization": wrong}), 401, "no-key")


def test_with_keys_this_machine_needs_one_too(tmp_path: Path, file: Path) -> None:
    keys.new(file, "ward-3", frozenset({Scope.READ}))
    with opened(tmp_path, keys=file) as client:
        assert_refused(client.get("/v1/documents"), 401, "no-key")


def test_a_removed_key_is_refused_from_the_next_request_on(tmp_path: Path, file: Path) -> None:
    key = keys.new(file, "ward-3", frozenset({Scope.READ}))
    other = keys.new(file, "ward-4", frozenset({Scope.READ}))
    with opened(tmp_path, keys=file) as client:
        assert client.get("/v1/documents", headers=bearer(key)).status_code == 200
        keys.remove(file, "ward-3")
        assert_refused(client.get("/v1/documents", headers=bearer(key)), 401, "no-key")
        assert client.get("/v1/documents", headers=bearer(other)).status_code == 200
        file.unlink()
        response = client.get("/v1/documents", headers=bearer(other))
        assert_refused(response, 500, "bad-settings")
        assert str(tmp_path) not in response.text


WANTED = {
    "/v1/documents": {Scope.READ},
    "/v1/search?q=exercise": {Scope.READ},
    "/evidence": {Scope.READ},
    "/documents": {Scope.READ},
    "/v1/conversations": {Scope.ASK, Scope.ADMIN},
    "/v1/conversations/x": {Scope.ASK, Scope.ADMIN},
    "/answers/x": {Scope.ASK},
    "/metrics": {Scope.ADMIN},
    "/nothing/here": {Scope.ADMIN},
}


def test_a_key_may_do_what_its_scopes_say(tmp_path: Path, file: Path) -> None:
    made = {scope: keys.new(file, scope, frozenset({scope})) for scope in Scope}
    with opened(tmp_path, keys=file) as client:
        for (path, wanted), (scope, key) in itertools.product(WANTED.items(), made.items()):
            status = client.get(path, headers=bearer(key)).status_code
            assert (status == 403) == (scope not in wanted), (path, scope, status)
        for scope, key in made.items():
            status = client.post("/v1/ask", json=QUESTION, headers=bearer(key)).status_code
            assert status == (200 if scope is Scope.ASK else 403)


def test_every_route_has_a_scope(client: TestClient) -> None:
    """A new one would be for admins only until somebody decides."""
    paths = [route.path for route in client.app.routes if isinstance(route, Route)]  # type: ignore[attr-defined]
    assert len(paths) > 20
    assert [path for path in paths if gate.part_of(path) not in {*gate.OPEN, *gate.SCOPES}] == []


def test_conversations_belong_to_their_key(tmp_path: Path, file: Path) -> None:
    both = frozenset({Scope.ASK, Scope.READ})
    ours, theirs = (bearer(keys.new(file, name, both)) for name in ("ward-3", "ward-4"))
    admin = bearer(keys.new(file, "admin", frozenset({Scope.ADMIN, Scope.ASK})))
    with opened(tmp_path, keys=file) as client:
        answer = client.post("/v1/ask", json=QUESTION, headers=ours).json()
        name, turn = answer["conversation_id"], answer["question_id"]
        follow_up = {"question": "and CBT?", "conversation_id": name}
        for other in (theirs, admin):
            assert client.get(f"/v1/conversations/{name}", headers=other).status_code == 404
            assert client.get(f"/answers/{turn}", headers=other).status_code == 404
            assert client.get(f"/answers/{turn}/text", headers=other).status_code == 404
            assert client.post("/v1/ask", json=follow_up, headers=other).status_code == 404
            form = {"kind": "wrong", "comment": ""}
            assert client.post(f"/answers/{turn}/feedback", data=form, headers=other).status_code == 404
        assert client.delete(f"/v1/conversations/{name}", headers=theirs).status_code == 404
        assert client.post(f"/conversations/{name}/delete", headers=theirs).status_code == 404
        assert client.get("/v1/conversations", headers=theirs).json() == {"conversations": []}
        for reader in (ours, admin):  # the list holds no word
            listed = client.get("/v1/conversations", headers=reader).json()["conversations"]
            assert [each["id"] for each in listed] == [name]
        assert client.post("/v1/ask", json=follow_up, headers=ours).status_code == 200
        assert client.delete(f"/v1/conversations/{name}", headers=admin).status_code == 204


def test_without_keys_the_conversations_of_all_are_not_listed(tmp_path: Path) -> None:
    with opened(tmp_path, OUTSIDE, hosts="fmqa.example", allow_anonymous=True) as client:
        assert client.post("/v1/ask", json=QUESTION).status_code == 200
        assert_refused(client.get("/v1/conversations"), 403, "not-allowed")
        assert_refused(client.get("/metrics"), 403, "not-allowed")


# --- how often --------------------------------------------------------------------------------------------------------


def test_a_key_that_asks_too_often_waits_and_no_other_does(tmp_path: Path, file: Path) -> None:
    ours, theirs = (bearer(keys.new(file, name, frozenset({Scope.ASK, Scope.READ}))) for name in ("ward-3", "ward-4"))
    with opened(tmp_path, keys=file, ask_rate="3/minute") as client:
        asked = [client.post("/v1/ask", json=QUESTION, headers=ours) for _ in range(4)]
        assert [response.status_code for response in asked] == [200, 200, 200, 429]
        assert_refused(asked[3], 429, "too-often")
        assert 1 <= int(asked[3].headers["retry-after"]) <= 60
        assert client.get("/v1/documents", headers=ours).status_code == 200
        assert client.post("/v1/ask", json=QUESTION, headers=theirs).status_code == 200


def test_keys_cannot_be_tried_out_without_end(tmp_path: Path, file: Path) -> None:
    key = keys.new(file, "ward-3", frozenset({Scope.READ}))
    with opened(tmp_path, keys=file) as client:
        statuses = [client.get("/v1", headers=bearer(f"fmqa_{n}")).status_code for n in range(25)]
        assert statuses == [401] * 20 + [429] * 5
        assert client.get("/v1/documents", headers=bearer(key)).status_code == 200  # who has one is not locked out


# --- closed paths, headers, settings ----------------------------------------------------------------------------------


def test_paths_can_be_closed(tmp_path: Path) -> None:
    with opened(tmp_path, closed="/openapi.json, /evidence/*, /v1/conversations") as client:
        for path in ("/openapi.json", "/evidence", "/evidence/fibromyalgia/0-light.svg", "/v1/conversations"):
            assert_refused(client.get(path), 404, "not-found")
        assert client.get("/v1/conversations/x").json()["type"] == "/problems/not-found"
        assert client.get("/v1/documents").status_code == 200


def test_headers_have_a_bound(client: TestClient) -> None:
    many = {f"x-{number}": "a" for number in range(gate.MOST_HEADERS)}
    assert_refused(client.get("/v1", headers=many), 431, "headers-too-large")
    assert_refused(client.get("/v1", headers={"x-a": "a" * gate.LONGEST_HEADERS}), 431, "headers-too-large")
    few = {f"x-{number}": "a" for number in range(gate.MOST_HEADERS // 2)}
    assert client.get("/v1", headers=few).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "variable"),
    [
        ({"hosts": "fmqa.example, not a host"}, "FMQA_HOSTS"),
        ({"ask_rate": "often"}, "FMQA_ASK_RATE"),
        ({"read_rate": ""}, "FMQA_READ_RATE"),
        ({"keys": Path("/nowhere/keys")}, "FMQA_KEYS"),
        ({"origins": "*"}, "FMQA_ORIGINS"),
        ({"origins": "https://journal.example/page"}, "FMQA_ORIGINS"),
    ],
)
def test_settings_that_cannot_be_used_are_named_before_anything_is_served(
    tmp_path: Path, wrong: dict[str, Any], variable: str
) -> None:
    with pytest.raises(BadSettings, match=variable):
        opened(tmp_path, **wrong)


def all_errors(base: type[errors.FmqaError]) -> list[type[errors.FmqaError]]:
    return [base, *(error for each in base.__subclasses__() for error in all_errors(each))]


@pytest.mark.parametrize("error", all_errors(errors.FmqaError), ids=lambda error: error.slug)
def test_no_problem_of_the_machine_names_a_file(error: type[errors.FmqaError]) -> None:
    if error is errors.FmqaError or error.status < 500 or error.slug in ("busy", "bad-topics", "gate-broken"):
        return  # in our own words, or never raised by the service
    problem = problems.of_error(error("the database sqlite:////var/lib/fmqa/fmqa.db cannot be used"))
    assert "/var/lib" not in problem.detail
    assert len(problem.detail) > 20
