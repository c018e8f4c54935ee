"""The page in a real browser, as a reader uses it: from disk, by keyboard, closed and opened again.

Needs Playwright (`pip install '.[browser]'`) and a Chromium that is installed already (Debian: `apt install chromium`);
nothing is downloaded. Without them these tests are skipped.
"""

import cv2
import numpy as np
import pytest
from reading_browser import Browser, answer, exported, needs_chromium, playwright, says, shown
from study_parts import make_study

from medgan_tf.evidence.readers.answers import collect_answers, count_answers
from medgan_tf.evidence.readers.job import score_study
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.study.key import KeyFile
from medgan_tf.evidence.readers.study.page_folder import read_settings

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def driver():
    with playwright.sync_playwright() as driver:
        yield driver


@pytest.fixture
def browser(driver, tmp_path):
    browser = Browser(driver, tmp_path / "profile")
    yield browser
    browser.close()
    assert browser.problems == []


def test_whole_study_from_disk_by_keyboard(browser, tmp_path):
    """Open, answer four of ten, close; open again, continue, take one back and correct it, export; the CSV scores."""
    study = make_study(tmp_path, images=10)
    order = read_settings(study.page)["orders"]["*"]
    address = (study.page / "index.html").as_uri()

    page = browser.open(address, "R01")
    page.keyboard.press("Enter")
    assert [answer(page, study.key) for _ in range(4)] == order[:4]
    assert shown(page) == order[4]
    assert page.inner_text("#count") == "5 / 10"
    page.keyboard.press("s")
    browser.close()

    page = browser.open(address, "R01")
    says(page, "#begin", "Continue")
    assert page.inner_text("#reader-hint") == "4 of 10 images are answered already."
    page.keyboard.press("Enter")
    # The answer that was chosen but not finished with a confidence does not count.
    assert shown(page) == order[4]
    assert page.get_attribute("[data-answer=synthetic]", "aria-pressed") == "false"
    wrong = {"real": "s", "synthetic": "r"}[study.key.truth[order[4]]]
    page.keyboard.press(wrong)
    page.keyboard.press("1")
    says(page, "#count", "6 / 10")
    page.keyboard.press("u")
    says(page, "#count", "5 / 10")
    assert [answer(page, study.key, confidence="5") for _ in range(6)] == order[4:]
    page.wait_for_selector("#done:not([hidden])")
    path = exported(page, tmp_path)

    key = KeyFile(study.key_file)
    answers = collect_answers([path], key)
    assert [item.image for item in answers] == order
    assert [item.confidence for item in answers] == [4] * 4 + [5] * 6
    assert all(0 < item.seconds < 60 for item in answers)
    changes = [line.split(",")[-1] for line in path.read_text().splitlines()[1:]]
    assert changes == ["0"] * 4 + ["1"] + ["0"] * 5
    result, _ = score_study([path], study.key_file, ReaderStudyConfig(), tmp_path / "result")
    assert (result["readers"][0]["correct"], result["readers"][0]["roc"]["area"]) == (10, 1.0)
    assert all(url.startswith(("file://", "blob:")) for url in browser.requests)


def test_view_can_be_changed_and_starts_anew_for_each_image(browser, tmp_path):
    study = make_study(tmp_path, images=10)
    page = browser.open((study.page / "index.html").as_uri(), "R01")
    page.keyboard.press("Enter")
    shown(page)
    assert page.inner_text("#view") == "zoom 100 % · W 255 · L 128"
    for name in ("+", "+", "ArrowRight", "ArrowDown", "x", "i"):
        page.keyboard.press(name)
    assert page.inner_text("#view") == "zoom 156 % · W 230 · L 134 · inverted · pixels"
    slope = float(page.get_attribute("#window feFuncR", "slope"))
    level = float(page.get_attribute("#window feFuncR", "intercept"))
    assert slope == pytest.approx(-1 / 0.9)
    # The level is where the grey is in the middle: slope * 133.5 / 255 + intercept = 1/2.
    assert slope * 133.5 / 255 + level == pytest.approx(0.5)
    page.keyboard.press("0")
    page.keyboard.press("i")
    assert page.inner_text("#view") == "zoom 100 % · W 255 · L 128"
    page.mouse.move(640, 300)
    page.mouse.wheel(0, -100)
    page.mouse.down(button="right")
    page.mouse.move(700, 340)
    page.mouse.up(button="right")
    assert page.inner_text("#view").startswith("zoom 115 % · W 344 · L 148")
    answer(page, study.key)
    shown(page)
    assert page.inner_text("#view") == "zoom 100 % · W 255 · L 128"


def grey(page):
    """What is on the screen in the middle of each pixel of the image, 0 to 255."""
    box = page.locator("#image").bounding_box()
    screen = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    step = box["width"] / 16
    rows = [int(box["y"] + (number + 0.5) * step) for number in range(16)]
    columns = [int(box["x"] + (number + 0.5) * step) for number in range(16)]
    return screen[np.ix_(rows, columns)].astype(int)


def test_screen_shows_the_pixels_of_the_file_and_the_window(browser, tmp_path):
    """Grey values on the screen equal those of the file, and after windowing what the formula says."""
    study = make_study(tmp_path, images=10, smooth=False)
    page = browser.open((study.page / "index.html").as_uri(), "R01")
    page.keyboard.press("Enter")
    file = cv2.imread(str(study.page / "images" / f"{shown(page)}.png"), cv2.IMREAD_GRAYSCALE).astype(int)
    assert np.abs(grey(page) - file).max() <= 1
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    width = 255 * 0.9**5
    expected = np.clip((file - 127.5) / width * 255 + 127.5, 0, 255)
    assert np.abs(grey(page) - expected).max() <= 2


def test_pause_hides_the_image_and_stops_the_clock(browser, tmp_path):
    study = make_study(tmp_path, images=10)
    page = browser.open((study.page / "index.html").as_uri(), "R01")
    page.keyboard.press("Enter")
    shown(page)
    page.keyboard.press("p")
    assert page.is_hidden("#image") and page.is_visible("#resume")
    page.keyboard.press("s")
    page.keyboard.press("5")
    page.wait_for_timeout(1500)
    assert page.inner_text("#count") == "1 / 10"
    page.keyboard.press("p")
    answer(page, study.key)
    page.keyboard.press("h")
    assert page.is_visible("#help-dialog")
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    page.wait_for_selector("#help-dialog", state="hidden")
    assert page.get_attribute("[data-answer=real]", "aria-pressed") == "false"
    path = exported(page, tmp_path)
    seconds = float(path.read_text().splitlines()[1].split(",")[7])
    assert 0 < seconds < 1.5


def test_everything_can_be_reached_by_tab_and_says_what_it_is(browser, tmp_path):
    study = make_study(tmp_path, images=10)
    page = browser.open((study.page / "index.html").as_uri(), "R01")
    assert page.evaluate("document.activeElement.id") == "reader"
    page.keyboard.press("Enter")
    shown(page)
    assert page.get_attribute("#image", "alt") == "Image 1 of 10"
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"))
    assert {"Real R", "Synthetic S", "Pause P", "Help H", "Reset view 0"} <= seen
    page.focus("[data-answer=real]")
    page.keyboard.press("Enter")
    assert page.get_attribute("[data-answer=real]", "aria-pressed") == "true"
    assert page.inner_text("#announce") == "real. How sure are you, 1 to 5?"
    unnamed = (
        "[...document.querySelectorAll('button,input,select')].filter(e => !e.textContent.trim() && !e.labels?.length"
    )
    assert page.evaluate(f"{unnamed} && !e.ariaLabel).length") == 0


def test_readers_with_orders_of_their_own_and_without_confidence(browser, tmp_path):
    study = make_study(tmp_path, images=4, readers=2, confidence=False, repeat_distance=1)
    orders = read_settings(study.page)["orders"]
    page = browser.open((study.page / "index.html").as_uri() + "?reader=R02")
    assert page.input_value("#reader-choice") == "R02" and page.is_hidden("#reader")
    page.click("#begin")
    for number in range(4):
        assert shown(page) == orders["R02"][number]
        page.keyboard.press("r")
        says(page, "#announce", f"Image {number + 2} of 4" if number < 3 else "All images are answered")
    counts = count_answers(collect_answers([exported(page, tmp_path)], KeyFile(study.key_file)), study.key)
    assert (counts[0].reader, counts[0].true_real, counts[0].false_real) == ("R02", 2, 2)


def test_an_exported_part_continues_in_another_browser(driver, browser, tmp_path):
    study = make_study(tmp_path, images=10)
    page = browser.open((study.page / "index.html").as_uri(), "R05")
    page.keyboard.press("Enter")
    images = [answer(page, study.key) for _ in range(3)]
    path = exported(page, tmp_path)
    browser.close()
    browser.profile = tmp_path / "another"
    page = browser.open((study.page / "index.html").as_uri())
    page.set_input_files("#continue-file", path)
    assert shown(page) not in images and page.inner_text("#count") == "4 / 10"
    damaged = tmp_path / "damaged.csv"
    damaged.write_text(path.read_text().replace(images[1], images[0]))
    page.reload()
    page.set_input_files("#continue-file", damaged)
    says(page, "#start-error", "The file is damaged in line 3.")


def test_a_key_held_down_answers_one_image(browser, tmp_path):
    study = make_study(tmp_path, images=10, confidence=False)
    page = browser.open((study.page / "index.html").as_uri(), "R01")
    page.keyboard.press("Enter")
    shown(page)
    for _ in range(5):
        page.keyboard.down("r")
        page.wait_for_timeout(60)
    page.keyboard.up("r")
    assert page.inner_text("#count") == "2 / 10"


def test_an_incomplete_folder_says_so(browser, tmp_path):
    study = make_study(tmp_path, images=10)
    (study.page / "study.js").unlink()
    page = browser.open((study.page / "index.html").as_uri())
    assert "study.js is missing or damaged. Please copy the whole folder again." in page.inner_text("body")
    assert browser.problems.pop().endswith("ERR_FILE_NOT_FOUND") and not browser.problems


def test_two_windows_of_one_browser_share_their_answers(browser, tmp_path):
    """From disk: what one window answers, the other one shows at once, and neither writes over the other."""
    study = make_study(tmp_path, images=10)
    address = (study.page / "index.html").as_uri()
    first = browser.open(address, "R01")
    first.keyboard.press("Enter")
    answer(first, study.key)
    second = browser.context.new_page()
    second.goto(address)
    second.fill("#reader", "R01")
    says(second, "#begin", "Continue")
    second.keyboard.press("Enter")
    answer(second, study.key)
    answer(second, study.key)
    first.bring_to_front()
    says(first, "#count", "4 / 10")
    answer(first, study.key)
    assert len(exported(first, tmp_path).read_text().splitlines()) == 1 + 4
