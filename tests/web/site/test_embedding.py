"""The box for other sites: any page may load it, it writes no markup, and its example is a page like others."""

from starlette.testclient import TestClient

from fmqa.web import views
from samples import METADATA


def test_any_page_may_load_the_script_and_the_service_keeps_its_own_pages_to_itself(client: TestClient) -> None:
    script = client.get("/embed.js", headers={"sec-fetch-site": "cross-site", "accept": "*/*"})
    assert script.status_code == 200
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert script.headers["content-type"].startswith("text/javascript")
    assert client.get("/").headers["cross-origin-resource-policy"] == "same-origin"
    foreign = {"origin": "https://journal.example", "accept": "application/json"}
    assert client.post("/v1/ask", json={"question": "x?"}, headers=foreign).status_code == 403


def test_the_script_writes_text_and_never_markup() -> None:
    source = views.STATIC["embed.js"][1].decode()
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert word not in source


def test_the_example_shows_the_lines_to_copy(client: TestClient) -> None:
    page = client.get("/embed").text
    assert 'src="/embed.js"' in page
    assert f'&lt;fmqa-ask document="{METADATA.id}"&gt;' in page
    assert f'<fmqa-ask document="{METADATA.id}"' in page
