"""The page's merging and the server's rules together: whatever a reader does in several browsers, nothing is refused
for good and nothing that was said is lost. The page's own code runs in Node; the rest of a browser is played here."""

import json
import random
import shutil
import subprocess
from importlib.resources import files

import pytest
from study_parts import make_study

from medgan_tf.evidence.readers.answer_tables import parse_rows
from medgan_tf.evidence.readers.answers import COLUMNS
from medgan_tf.evidence.readers.study.answer_store import AnswerStore, StaleAnswersError, stored_versions
from medgan_tf.evidence.readers.study.given_answers import NOT_KEPT, GivenStudy
from medgan_tf.evidence.readers.study.page_folder import read_settings

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node on this machine (Debian: apt install nodejs)")


class Page:
    """The page's merge.js in one process."""

    def __init__(self):
        path = files("medgan_tf.evidence.readers.study") / "page" / "merge.js"
        script = (
            f"const Merge = require({json.dumps(str(path))});"
            "require('readline').createInterface({ input: process.stdin }).on('line', (line) => {"
            "const [name, ...values] = JSON.parse(line); console.log(JSON.stringify(Merge[name](...values))); });"
        )
        self.process = subprocess.Popen([NODE, "-e", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, name, *values):
        self.process.stdin.write(json.dumps([name, *values]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.communicate()


class Browser:
    """One browser of the reader, with or without network: what answers.js keeps, in its words."""

    def __init__(self, page, store, study, order):
        self.page, self.store, self.study, self.order = page, store, study, order
        self.answers, self.base, self.tag = [], [], "v0"

    def csv(self, answers):
        noted = any("notKept" in item for item in answers)
        lines = [",".join((*COLUMNS, NOT_KEPT) if noted else COLUMNS)]
        for number, item in enumerate(answers, start=1):
            cells = [self.study.name, self.study.key_sha256, "R01", number, item["image"], item["answer"]]
            cells += [item["confidence"], "1.00", item["answered"], item["changes"]]
            lines.append(",".join(map(str, cells + (["; ".join(item.get("notKept", []))] if noted else []))))
        return "\n".join([*lines, ""])

    def parsed(self, text):
        found = []
        for values in (row.values for row in parse_rows(text, "")[1]) if text else ():
            item = {name: values[name] for name in ("image", "answer", "answered")}
            item |= {"confidence": int(values["confidence"]), "seconds": 1, "changes": int(values["changes"])}
            found.append(item | ({"notKept": values[NOT_KEPT].split("; ")} if values.get(NOT_KEPT) else {}))
        return found

    def add(self, answer, confidence, time):
        place = len(self.answers)
        if place == len(self.order):
            return None
        changes = self.base[place]["changes"] + 1 if place < len(self.base) else 0
        item = {"image": self.order[place], "answer": answer, "confidence": confidence, "seconds": 1}
        item |= {"answered": f"2026-01-01T00:00:00.{time:06d}Z", "changes": changes}
        self.answers = [*self.answers, item]
        return item

    def undo(self):
        self.answers = self.answers[:-1]

    def send(self):
        """With network: until the server has everything. A refusal other than "stale" fails the test."""
        for _ in range(5):
            if self.csv(self.answers) == self.csv(self.base):
                return
            corrected = self.page("corrected", self.base, self.answers)
            try:
                stored = self.store.put("R01", self.order, self.csv(self.answers), self.tag, corrected)
                self.base, self.tag = self.answers, stored.tag
            except StaleAnswersError as error:
                theirs = self.parsed(error.present.text)
                self.answers = self.page("union", self.order, self.base, self.answers, theirs)
                self.base, self.tag = theirs, error.present.tag
        pytest.fail("the browser and the server do not agree")


@pytest.fixture(scope="module")
def page():
    page = Page()
    yield page
    page.close()


def said(item):
    return f"{item['answer']} {item['confidence']}"


@pytest.mark.parametrize("seed", range(6))
def test_three_browsers_with_and_without_network(page, tmp_path, monkeypatch, seed):
    """Answers, undos and sendings in any order; at the end all browsers have sent and show what is stored."""
    # No test of the disk: see test_answer_store.py.
    monkeypatch.setattr("os.fsync", lambda _: None)
    settings = read_settings(make_study(tmp_path, images=8, readers=1, repeat_distance=1).page)
    study = GivenStudy(settings["study"], settings["key_sha256"])
    store = AnswerStore(tmp_path / "taken", study)
    browsers = [Browser(page, store, study, settings["orders"]["R01"]) for _ in range(3)]
    choice = random.Random(seed)
    given = []
    for time in range(250):
        browser = choice.choice(browsers)
        action = choice.random()
        if action < 0.55:
            item = browser.add(choice.choice(("real", "synthetic")), choice.randint(1, 5), time)
            given += [item] if item else []
        elif action < 0.7:
            before = browser.answers[-1:]
            browser.undo()
            # What was never sent is the reader's to take back without a trace.
            given = [item for item in given if not (item in before and item not in browser.base)]
        else:
            browser.send()
    for browser in (*browsers, *browsers):
        browser.send()
    # A browser that has nothing to send learns of the newest version when it is opened again.
    present = store.present("R01", browsers[0].order).text
    for browser in browsers:
        browser.answers = page("union", browser.order, browser.base, browser.answers, browser.parsed(present))
        assert browser.csv(browser.answers) == present
    kept = {}
    for text in stored_versions(tmp_path / "taken", "R01"):
        for item in browsers[0].parsed(text):
            kept.setdefault(item["image"], set()).update({said(item), *item.get("notKept", ())})
    assert len(given) > 20 and all(said(item) in kept[item["image"]] for item in given)
    store.close()
