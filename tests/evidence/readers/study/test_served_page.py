"""The page with its server, in a real browser: answers that wait, windows that meet, links, and a full disk."""

import contextlib
import errno
import os
import re
import threading

import pytest
from reading_browser import Browser, answer, lines_arrive, needs_chromium, playwright, says, shown
from study_parts import make_study

from medgan_tf.evidence.readers.answers import collect_answers, count_answers
from medgan_tf.evidence.readers.study.answer_store import stored_versions
from medgan_tf.evidence.readers.study.key import KeyFile
from medgan_tf.evidence.readers.study.page_folder import read_settings
from medgan_tf.evidence.readers.study.server import StudyServer

pytestmark = needs_chromium
NOT_SAVED = "Not saved on the server; kept in this browser"


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


@pytest.fixture
def another(driver, tmp_path):
    """A second browser: it shares nothing with the first one but the server."""
    browser = Browser(driver, tmp_path / "another")
    yield browser
    browser.close()


@contextlib.contextmanager
def serving(study, answers, port=0):
    with StudyServer(study.page, answers, port=port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture
def study(tmp_path):
    return make_study(tmp_path, images=10)


def expect_only(browser, *kinds):
    """What the browser's console said is of these kinds: a request that failed, a version that was stale."""
    assert [line for line in browser.problems if not any(kind in line for kind in kinds)] == []
    browser.problems.clear()


def continues(browser, link):
    """Opens the link and goes on reading."""
    page = browser.open(link)
    page.keyboard.press("Enter")
    shown(page)
    return page


def press(page, study, right, sure):
    """Answers the image on the screen; returns its place in the order and the word that was given."""
    image = shown(page)
    truth = study.key.truth[image]
    word = truth if right else {"real": "synthetic", "synthetic": "real"}[truth]
    page.keyboard.press(word[0])
    page.keyboard.press(str(sure))
    page.locator(f"#image:not([src*='{image}']), #done:not([hidden])").first.wait_for(state="attached")
    return word


def rows(folder, reader="R01"):
    lines = (folder / f"{reader}.csv").read_text().splitlines()
    return [dict(zip(lines[0].split(","), line.split(","), strict=True)) for line in lines[1:]]


def test_every_answer_is_written_and_reading_goes_on_in_another_browser(browser, another, study, tmp_path):
    with serving(study, tmp_path / "taken") as server:
        page = continues(browser, server.links["R01"])
        for _ in range(3):
            answer(page, study.key)
        says(page, "#count", "4 / 10")
        lines_arrive(page, tmp_path / "taken" / "R01.csv", 1 + 3)
        says(page, "#saved", "saved")
        page = another.open(server.links["R01"])
        says(page, "#begin", "Continue")
        page.keyboard.press("Enter")
        for _ in range(7):
            answer(page, study.key)
        page.wait_for_selector("#done:not([hidden])")
        says(page, "#done-text", re.compile("saved on this workstation"))
        lines_arrive(page, tmp_path / "taken" / "R01.csv", 1 + 10)
    counts = count_answers(collect_answers([tmp_path / "taken"], KeyFile(study.key_file)), study.key)
    assert (counts[0].correct, counts[0].total) == (10, 10) and another.problems == []


def test_answers_that_the_server_did_not_get_are_kept_and_sent_later(browser, study, tmp_path):
    with serving(study, tmp_path / "taken") as server:
        page = continues(browser, server.links["R01"])
        page.route("**/answers/*.csv", lambda route: route.abort())
        for _ in range(2):
            answer(page, study.key)
        says(page, "#saved", NOT_SAVED)
        page.unroute("**/answers/*.csv")
        assert not (tmp_path / "taken" / "R01.csv").exists()
        expect_only(browser, "ERR_FAILED")
        page.reload()
        says(page, "#begin", "Continue")
        page.keyboard.press("Enter")
        answer(page, study.key)
        says(page, "#saved", "saved")
        lines_arrive(page, tmp_path / "taken" / "R01.csv", 1 + 3)


def test_two_tabs_offline_answer_both_and_the_server_gets_the_union(browser, study, tmp_path):
    """Two windows of one browser, without network: each goes on from what the other one has answered."""
    with serving(study, tmp_path / "taken") as server:
        first = continues(browser, server.links["R01"])
        answer(first, study.key)
        lines_arrive(first, tmp_path / "taken" / "R01.csv", 1 + 1)
        second = browser.context.new_page()
        second.goto(server.links["R01"])
        second.keyboard.press("Enter")
        shown(second)
        browser.context.set_offline(True)
        for page, number in ((first, 3), (second, 4), (second, 5), (first, 6)):
            answer(page, study.key)
            for one in (first, second):
                says(one, "#count", f"{number} / 10")
        says(first, "#saved", NOT_SAVED)
        assert len(rows(tmp_path / "taken")) == 1
        browser.context.set_offline(False)
        lines_arrive(first, tmp_path / "taken" / "R01.csv", 1 + 5)
        for page in (first, second):
            says(page, "#saved", "saved")
            assert page.is_hidden("#conflicts")
        # Both windows send the same; one of them may learn that it was late.
        expect_only(browser, "ERR_INTERNET_DISCONNECTED", "412")
    given = rows(tmp_path / "taken")
    assert [row["image"] for row in given] == read_settings(study.page)["orders"]["*"][:5]
    assert all(row["answer"] == study.key.truth[row["image"]] and "not_kept" not in row for row in given)


def test_two_browsers_offline_then_the_union_with_conflicts_named(browser, another, study, tmp_path):
    """The first answers images 2 to 5, the second 2 to 4, with another answer to image 3. What reaches the server first
    counts; the union has all five, both browsers name image 3, and the file notes the answer that does not count."""
    with serving(study, tmp_path / "taken") as server:
        first = continues(browser, server.links["R01"])
        answer(first, study.key)
        lines_arrive(first, tmp_path / "taken" / "R01.csv", 1 + 1)
        second = continues(another, server.links["R01"])
        says(second, "#count", "2 / 10")
        for one in (browser, another):
            one.context.set_offline(True)
        for _ in range(4):
            answer(first, study.key)
        press(second, study, right=True, sure=4)
        counted = press(second, study, right=False, sure=1)
        press(second, study, right=True, sure=4)
        for page in (first, second):
            says(page, "#saved", NOT_SAVED)
        assert len(rows(tmp_path / "taken")) == 1
        another.context.set_offline(False)
        says(second, "#saved", "saved")
        lines_arrive(second, tmp_path / "taken" / "R01.csv", 1 + 4)
        browser.context.set_offline(False)
        says(first, "#saved", "saved")
        lines_arrive(first, tmp_path / "taken" / "R01.csv", 1 + 5)
        given = rows(tmp_path / "taken")
        order = read_settings(study.page)["orders"]["*"]
        right = study.key.truth[order[2]]
        assert [row["image"] for row in given] == order[:5]
        assert [row["not_kept"] for row in given] == ["", "", f"{right} 4", "", ""]
        assert [row["answer"] == study.key.truth[row["image"]] for row in given] == [True, True, False, True, True]
        told = (
            f"Image 3 was answered in two windows: “{counted} (1)” was saved first and counts, “{right} (4)” does not."
        )
        says(first, "#conflicts-list", told)
        # The second browser learns of it with its next answer.
        answer(second, study.key)
        says(second, "#conflicts-list", told)
        says(second, "#count", "6 / 10")
        first.click("#conflicts-close")
        assert first.is_hidden("#conflicts")
        # A browser that knows nothing yet shows it, too.
        first.reload()
        first.keyboard.press("Enter")
        says(first, "#conflicts-list", told)
        # The reader decides: back to image 3, and another answer; the note goes with the answer it belonged to.
        for count in (5, 4, 3):
            first.keyboard.press("u")
            says(first, "#count", f"{count} / 10")
        for _ in range(3):
            answer(first, study.key)
        says(first, "#saved", "saved")
        lines_arrive(first, tmp_path / "taken" / "R01.csv", 1 + 5)
        for one in (browser, another):
            expect_only(one, "ERR_INTERNET_DISCONNECTED", "412")
    given = rows(tmp_path / "taken")
    assert all(row["answer"] == study.key.truth[row["image"]] and "not_kept" not in row for row in given)
    assert any(f",{right} 4\n" in version for version in stored_versions(tmp_path / "taken", "R01"))


def test_an_old_browser_with_old_answers_erases_nothing(browser, another, study, tmp_path):
    """It kept one answer that it could not send; meanwhile all ten were given elsewhere."""
    with serving(study, tmp_path / "taken") as server:
        page = continues(browser, server.links["R01"])
        browser.context.route("**/answers/*.csv", lambda route: route.abort())
        old = press(page, study, right=False, sure=2)
        says(page, "#saved", NOT_SAVED)
        browser.close()
        fresh = continues(another, server.links["R01"])
        for _ in range(10):
            answer(fresh, study.key)
        lines_arrive(fresh, tmp_path / "taken" / "R01.csv", 1 + 10)
        expect_only(browser, "ERR_FAILED")
        page = browser.open(server.links["R01"])
        says(page, "#begin", "Show")
        page.keyboard.press("Enter")
        page.wait_for_selector("#done:not([hidden])")
        says(
            page,
            "#done-conflicts-list",
            re.compile(f"^Image 1 was answered in two windows: .*“{old} \\(2\\)” does not"),
        )
        says(page, "#done-text", re.compile("saved on this workstation"))
    given = rows(tmp_path / "taken")
    assert len(given) == 10 and all(row["answer"] == study.key.truth[row["image"]] for row in given)
    assert [row["not_kept"] for row in given] == [f"{old} 2", *[""] * 9]


def test_what_an_older_page_kept_in_the_browser_is_sent(browser, study, tmp_path):
    """Pages of the version before kept `{answers, unsent}`, and nothing of what the server has."""
    with serving(study, tmp_path / "taken") as server:
        page = continues(browser, server.links["R01"])
        answer(page, study.key)
        lines_arrive(page, tmp_path / "taken" / "R01.csv", 1 + 1)
        browser.context.set_offline(True)
        answer(page, study.key)
        says(page, "#saved", NOT_SAVED)
        page.evaluate(
            "Object.keys(localStorage).forEach((key) => localStorage.setItem(key, "
            "JSON.stringify({ answers: JSON.parse(localStorage.getItem(key)).answers, unsent: true })))"
        )
        browser.context.set_offline(False)
        page = continues_again(browser, server)
        lines_arrive(page, tmp_path / "taken" / "R01.csv", 1 + 2)
        expect_only(browser, "ERR_INTERNET_DISCONNECTED")


def continues_again(browser, server):
    browser.close()
    return continues(browser, server.links["R01"])


def test_a_full_disk_of_the_server_is_said_and_the_answers_are_sent_later(browser, study, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with serving(study, tmp_path / "taken") as server:
        page = continues(browser, server.links["R01"])
        answer(page, study.key)
        lines_arrive(page, tmp_path / "taken" / "R01.csv", 1 + 1)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            answer(page, study.key)
            says(page, "#saved", "Not saved: the disk of the server is full; kept in this browser")
        assert len(rows(tmp_path / "taken")) == 1
        # By itself, without another answer.
        lines_arrive(page, tmp_path / "taken" / "R01.csv", 1 + 2)
        says(page, "#saved", "saved")
        expect_only(browser, "507")


def test_without_the_link_a_served_page_says_so(browser, study, tmp_path):
    with serving(study, tmp_path / "taken") as server:
        page = browser.open(server.url)
        page.keyboard.press("Enter")
        says(page, "#start-error", "Please open the link that you were given: it holds your code.")
        # Another link in the same window is another reader, or another token.
        page.evaluate("location.hash = 'reader=R01&token=x'")
        says(page, "#start-error", "Please open the link that you were given: it holds your code and your token.")
        expect_only(browser, "403")
        # The token is in no address that was asked for.
        page.goto(server.links["R01"])
        says(page, "#start-error", "")
        playwright.expect(page.locator("#begin")).to_be_focused()
        page.keyboard.press("Enter")
        shown(page)
        assert browser.requests and not [url for url in browser.requests if server.tokens["R01"] in url.split("#")[0]]
