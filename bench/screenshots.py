"""The pictures of the README, taken anew: the index of the settings, a service of its own, and Chromium.

make screenshots
"""

import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fmqa.assistant import Assistant
from fmqa.settings import Settings
from fmqa.web.api import create_app

FOLDER = Path(__file__).parents[1] / "docs"
LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
EXERCISE = "What evidence level does EULAR give exercise?"


@contextmanager
def service() -> Iterator[str]:
    """Serve the index of the settings on a free port of this machine, with conversations of its own."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database=f"sqlite:///{folder}/conversations.db")
        config = uvicorn.Config(create_app(Assistant.open(settings)), port=0, log_level="error", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                if not thread.is_alive():
                    sys.exit("the service did not start")
                time.sleep(0.05)
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def asked(page: Page, question: str) -> None:
    """Ask and wait for the whole answer."""
    before = page.locator(".turn").count()
    page.fill("#question", question)
    page.keyboard.press("Enter")
    expect(page.locator(".turn[id] .actions")).to_have_count(before + 1, timeout=20_000)


def take(browser: Browser, site: str) -> None:
    """Take every picture."""

    def opened(path: str, viewport: dict[str, int], **options: object) -> Page:
        context = browser.new_context(base_url=site, viewport=viewport, **options)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(path)
        return page

    def keep(page: Page, name: str) -> None:
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)
        page.screenshot(path=FOLDER / f"page-{name}.png")

    page = opened("/", LAPTOP)
    keep(page, "article")
    asked(page, EXERCISE)
    keep(page, "answer")
    page.click(".direct a.cite")
    expect(page.locator(".panel mark.cited").first).to_be_in_viewport()
    keep(page, "citation")
    page = opened("/evidence#map", LAPTOP)
    page.click(".glance tr:nth-child(2) [data-cell=said-nice-ng193]")
    expect(page.locator(".opened")).to_be_visible()
    keep(page, "evidence")
    page.locator("#estimates").scroll_into_view_if_needed()
    page.goto("/evidence#estimates")
    expect(page.locator("figure img").first).to_have_js_property("complete", True)
    keep(page, "estimates")
    keep(opened("/compare?left=eular-2008&right=eular-2017", LAPTOP), "compare")
    page = opened("/", PHONE, color_scheme="dark")
    asked(page, "Is LDN safe with tramadol?")
    keep(page, "phone")
    page = opened("/embed", PHONE)
    page.locator("fmqa-ask textarea").fill(EXERCISE)
    page.locator("fmqa-ask textarea").press("Enter")
    expect(page.locator("fmqa-ask article")).to_be_visible()
    keep(page, "embed")


def main() -> None:
    """Take the pictures with the Chromium of this machine."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("no Chromium on this machine; 'make browser' installs it where it can")
    with service() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        take(browser, site)
        browser.close()


if __name__ == "__main__":
    main()
