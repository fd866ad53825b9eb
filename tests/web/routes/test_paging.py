"""Lists: held by the client until the index changes, read page by page, filtered by what is known only."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from fmqa.wire import RecommendationList


@pytest.fixture
def client(service: TestClient) -> TestClient:
    service.cookies.clear()
    return service


@pytest.mark.parametrize(
    "address",
    [
        "/v1/documents",
        "/v1/documents/uspstf-2021",
        "/v1/recommendations",
        "/v1/search?q=screening",
    ],
)
def test_what_the_client_holds_is_not_sent_again(client: TestClient, address: str) -> None:
    first = client.get(address)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for held in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = client.get(address, headers={"if-none-match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(address, headers={"if-none-match": '"other"'}).content == first.content
    head = client.head(address)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)


def test_each_form_of_a_document_has_a_tag_of_its_own(client: TestClient) -> None:
    address = "/v1/documents/uspstf-2021"
    fhir = client.get(address, headers={"accept": "application/fhir+json"})
    assert fhir.headers["content-type"] == "application/fhir+json"
    assert fhir.json()["resourceType"] == "Bundle"
    plain = client.get(address)
    assert fhir.headers["etag"] != plain.headers["etag"]
    assert client.get(address, headers={"accept": "text/html;q=0.5, text/csv"}).status_code == 406


def pages(client: TestClient, address: str, name: str) -> list[Any]:
    """Follow the Link header from the first page to the last."""
    found: list[Any] = []
    for _ in range(20):
        response = client.get(address)
        found += response.json()[name]
        following = response.links.get("next")
        if following is None:
            return found
        address = following["url"]
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("name", ["documents", "recommendations"])
def test_a_list_is_read_page_by_page(client: TestClient, name: str) -> None:
    whole = client.get(f"/v1/{name}").json()
    assert whole["total"] == len(whole[name]) > 0
    assert pages(client, f"/v1/{name}?limit=1", name) == whole[name]
    last = client.get(f"/v1/{name}?limit=1&offset={whole['total'] - 1}")
    assert last.headers["x-total-count"] == str(whole["total"])
    assert 'rel="next"' not in last.headers.get("link", "")
    assert 'rel="first"' in last.headers.get("link", "") or whole["total"] == 1


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("kinds=guideline", ["uspstf-2021"]),
        ("kinds=guideline&kinds=article", ["metformin-at-a-glance", "uspstf-2021"]),
        ("organisations=USPSTF&since=2021", ["uspstf-2021"]),
    ],
)
def test_filters_choose_documents(client: TestClient, query: str, ids: list[str]) -> None:
    assert [each["id"] for each in client.get(f"/v1/documents?{query}").json()["documents"]] == ids
    found = client.get(f"/v1/search?q=screening&{query}").json()["passages"]
    assert {each["passage"]["anchor"]["document_id"] for each in found} <= set(ids)
    assert [each["rank"] for each in found] == list(range(1, len(found) + 1))


@pytest.mark.parametrize(
    "address",
    [
        "/v1/documents?knd=guideline",
        "/v1/documents?kinds=gudeline",
        "/v1/documents?organisations=Zebrafish",
        "/v1/search?q=x&organisations=Zebrafish",
        "/v1/search?q=x&colour=red",
        "/v1/recommendations?intervention=Zebrafish",
        "/v1/recommendations?direction=sideways",
        "/v1/documents/uspstf-2021?kinds=guideline",
        "/v1/passages/x?kinds=guideline",
        "/v1/conversations?owner=me",
        "/v1/models?limit=2",
        "/v1?x=1",
    ],
)
def test_what_is_not_known_is_refused_and_not_repeated(client: TestClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 422, response.text
    assert "Zebrafish" not in response.text


def test_recommendations_are_found_by_any_name_of_their_treatment(client: TestClient) -> None:
    by_id = client.get("/v1/recommendations?intervention=screening").content
    found = RecommendationList.model_validate_json(by_id)
    assert found.total >= 1
    assert client.get("/v1/recommendations?intervention=screened").content == by_id
    for each in found.recommendations:
        text = client.get(f"/v1/documents/{each.document_id}").json()["document"]["text"]
        assert each.text.endswith(text[each.start : each.end])
    assert client.get("/v1/recommendations?documents=no-such").status_code == 422
