"""The page of a reader study in a real browser: a profile on disk, and what a reader does.

Needs Playwright (`pip install '.[browser]'`) and a Chromium that is installed already (Debian: `apt install chromium`);
nothing is downloaded. Without them the tests that import this are skipped.
"""

import re
import shutil

import pytest

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the reader study's page needs a browser to test: pip install '.[browser]'"
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)"
)


class Browser:
    """One profile on disk: what a reader's browser keeps between two sessions. Collects errors and foreign requests."""

    def __init__(self, driver, profile):
        self.driver, self.profile = driver, profile
        self.problems = []

    def open(self, url, reader=None):
        self.context = self.driver.chromium.launch_persistent_context(
            self.profile, executable_path=CHROMIUM, args=["--no-sandbox"], viewport={"width": 1280, "height": 800}
        )
        page = self.context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
        self.requests = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(url)
        if reader:
            page.fill("#reader", reader)
            says(page, "#begin", re.compile("Start|Continue|Show"))
        return page

    def close(self):
        self.context.close()


def says(page, selector, text):
    """Waits until an element has this text. The page's security policy forbids to wait by evaluating expressions."""
    playwright.expect(page.locator(selector)).to_have_text(text, timeout=20_000)


def lines_arrive(page, path, count):
    """Waits until a file that the server writes has so many lines."""
    for _ in range(400):
        if path.is_file() and len(path.read_text().splitlines()) == count:
            return
        page.wait_for_timeout(25)
    pytest.fail(f"{path.name} does not get {count} lines")


def shown(page):
    """The name of the image that is on the screen, once it is."""
    page.wait_for_selector("#image.shown")
    return page.get_attribute("#image", "src").split("/")[-1].removesuffix(".png")


def answer(page, key, confidence="4"):
    """The right answer by keyboard; returns the image."""
    image = shown(page)
    page.keyboard.press({"real": "r", "synthetic": "s"}[key.truth[image]])
    page.keyboard.press(confidence)
    page.locator(f"#image:not([src*='{image}']), #done:not([hidden])").first.wait_for(state="attached")
    return image


def exported(page, folder):
    with page.expect_download() as download:
        page.keyboard.press("e")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path
