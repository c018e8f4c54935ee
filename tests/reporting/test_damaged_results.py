"""Reports of results that somebody has edited, of labels that nobody expects, and on a disk that is full."""

import copy
import json
import logging
import random
import re
import shutil

import pytest
import warm_python
from report_pages import page_of
from result_files import (
    HASH,
    experiment_folder,
    fidelity,
    gap,
    neighbours,
    occlusion,
    privacy,
    run_folder,
    verdict,
    write,
)  # fmt: skip
from small_disk import fill, small_disk

from medgan_tf.errors import RunError
from medgan_tf.evidence.privacy.section import read
from medgan_tf.evidence.readers.counts import ReaderCounts
from medgan_tf.evidence.readers.measure import score_counts
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.reporting.write import write_report

WRONG = [None, "text", [], {}, -1, 10**19, True, [[[1]]], {"a": {"b": [None]}}, 1e308]
TITLES = [
    "The answer", "What the data is worth", "How good the images are", "How near the nearest real images are",
    "What the data gives away", "What the classifiers look at", "Can radiologists tell?", "How the training went",
    "Pictures", "Which number means what", "Where the numbers come from", "Not measured",
]  # fmt: skip
FILES = [
    "environment.json", "generator/assets/generator.json", "stages/generate.json", "classifier/result.json",
    "evaluation/privacy.json", "evaluation/fid-classifier.json", "evaluation/occlusion.json",
    "evaluation/neighbours.json", "evaluation/reader_study.json", "../cpd-gap/gap.json",
]  # fmt: skip


def everything(folder):
    """A run with a result of every kind."""
    study = score_counts([ReaderCounts("R01", 45, 100), ReaderCounts("R02", 55, 100)], ReaderStudyConfig())
    results = {"privacy": privacy(), "fid-classifier": fidelity(), "occlusion": occlusion(), "neighbours": neighbours()}
    experiment_folder(folder, seeds=(1,), gaps=(0.02,), reader_study=study, **results)
    run = folder / "cpd-seed1"
    write(run / "classifier" / "result.json", {"weights_sha256": HASH, "inputs_sha256": {"train": HASH}})
    write(run / "stages" / "generate.json", {"stage": "generate", "seconds": 1.0})
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return everything(tmp_path_factory.mktemp("made") / "phantom")


def places(value, at=()):
    """The way to every value inside a JSON value."""
    yield at
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*at, key))


def changed(value, at, new):
    """A copy with another value at one place."""
    if not at:
        return new
    value = copy.deepcopy(value)
    inner = value
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = new
    return value


def titles(out):
    return re.findall(r"<h2>(.*?)</h2>", (out / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_a_wrong_value_anywhere_costs_no_other_section(run, name, tmp_path):
    """Values of another kind at places drawn at random, the same in every run of the test."""
    path, draw = run / name, random.Random(name)
    text = path.read_text(encoding="utf-8")
    values = json.loads(text)
    everywhere = list(places(values))
    logger = logging.getLogger("medgan_tf")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        for at, new in [(draw.choice(everywhere), draw.choice(WRONG)) for _ in range(5)]:
            path.write_text(json.dumps(changed(values, at, new)), encoding="utf-8")
            page_of(run, tmp_path / "out")
            assert [title for title in titles(tmp_path / "out") if title in TITLES] == TITLES, (at, new)
    finally:
        path.write_text(text, encoding="utf-8")
        # What the command line has set, so that later tests see its lines.
        logger.setLevel(before)


@pytest.mark.parametrize("content", [
    b"", b"null", b"[1]", b"[" * 100_000, b'{"a": ' + b"1" * 5000 + b"}", b'{"a": "\xff"}', b'{"a": "\\ud800"}', b"\0",
    b'{"verdicts": 1, "verdicts": 2}',
])  # fmt: skip
def test_a_damaged_file_of_every_kind_is_named_and_told_at_the_top(tmp_path, content):
    run = everything(tmp_path / "phantom")
    for name in FILES:
        (run / name).write_bytes(content)
    page, report = page_of(run, tmp_path / "out")
    assert len(report.problems) == len(FILES) and all("cannot be read; make it again" in one for one in report.problems)
    assert titles(tmp_path / "out")[:2] == ["The answer", "Damaged files"]
    assert page.text.index("This report is not whole.") < page.text.index("What does it give away?")
    assert 'class="card good"' not in (tmp_path / "out" / "report.html").read_text()
    with pytest.raises(RunError, match=r"^the report is not whole, as 10 of its parts .* says which$"):
        report.check()


def test_lines_of_the_training_that_are_damaged(tmp_path):
    run = run_folder(tmp_path / "phantom" / "cpd-seed1", 1)
    good = (run / "metrics.jsonl").read_text()
    (run / "metrics.jsonl").write_text(good + '{"images_seen": 30')
    (run / "events.jsonl").write_text('{"images_seen": "x", "cause": 7}\n{"images_seen": null}\n[1]\n{"cause": []}\n')
    shutil.rmtree(run / "generator")
    _, report = page_of(run, tmp_path / "out")
    assert report.problems == ["events.jsonl: line 3 cannot be read and is left out"] and report.failed == []
    (run / "metrics.jsonl").write_text('{"images_seen": "many", "loss_d": []}\n{"images_seen": {}, "seconds": "x"}\n')
    page, report = page_of(run, tmp_path / "out")
    assert report.failed == [] and "rest of the training after 0 images" in page.text


@pytest.mark.parametrize("status", [None, "", "HOLDS", "pass", "fail", 7, [], {}, True])
@pytest.mark.parametrize("several", [False, True])
def test_an_audit_without_an_answer_is_never_a_good_one(tmp_path, status, several):
    """An unknown status counted as none, so that all limits seemed to hold."""
    run = RunFolder(tmp_path / "cpd-seed1")
    others = [verdict("copies", value=-0.01, ends=(-0.02, 0.0), limit=0.01)] if several else []
    write(run.evaluation / "privacy.json", privacy([verdict("distance image", status), *others]))
    reader = LenientReader(tmp_path)
    assert read(run, reader) is None and len(reader.problems) == 1
    write(run.evaluation / "privacy.json", privacy() | {"verdicts": []})
    assert read(run, LenientReader(tmp_path)) is None


@pytest.mark.parametrize("margin", [None, "0.05", True, 0, -1, 10**18, [], {}])
def test_a_margin_that_is_none_is_never_kept(tmp_path, margin):
    folder = experiment_folder(tmp_path / "phantom")
    values = gap() | {"verdict": gap()["verdict"] | {"margin": margin}}
    write(folder / "cpd-gap" / "gap.json", values)
    page, report = page_of(folder, tmp_path / "out")
    assert "What the data is worth Could not be made" in page.text and "The loss is below" not in page.text
    assert "phantom, cpd: gap could not be made" in report.failed[0]


@pytest.mark.parametrize("label", [r"$\frac{$", "a_b^c\\", "x" * 500, "肺炎 😀", "two\nlines", "שבר", ""])
def test_a_label_of_any_name_has_its_figures(tmp_path, label):
    folder = experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None, **{"fid-random": fidelity()})
    values = json.loads(json.dumps(gap(seeds=(1,), gaps=(0.02,))).replace('"Edema"', json.dumps(label)))
    write(folder / "cpd-gap" / "gap.json", values)
    page, report = page_of(folder, tmp_path / "out", draw=True)
    assert report.failed == [] and " ".join(label.split()) in page.text
    assert (tmp_path / "out" / "figures" / "gap-phantom-cpd.png").stat().st_size > 5000


def command(run, out):
    return warm_python.run(["-m", "medgan_tf", "report", run, "--out", out], timeout=120)


def test_a_full_disk_leaves_the_page_before_and_nothing_half_written(tmp_path):
    run = run_folder(tmp_path / "phantom" / "cpd-seed1", 1)
    with small_disk(tmp_path / "disk", 4096) as disk:
        out = disk / "report"
        before = {path: path.read_bytes() for path in write_report(run, out).files}
        (run / "environment.json").write_text("{}", encoding="utf-8")
        # A disk without a free byte; then one that takes the page, but not all figures.
        for free in (0, len(before[out / "report.html"]) + 100_000):
            fill(disk)
            with (disk / "filling").open("rb+") as file:
                file.truncate((disk / "filling").stat().st_size - free)
            done = command(run, out)
            assert done.returncode == 1, done.stderr
            assert done.stderr == f"Error: cannot write the report to {out}: No space left on device\n"
            assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
            (disk / "filling").unlink()
        assert command(run, out).returncode == 0
        assert (out / "report.html").read_bytes() != before[out / "report.html"]


def test_a_write_that_fails_leaves_the_page_before(tmp_path):
    """The same where no disk can be mounted: the last figure cannot be written."""
    run = run_folder(tmp_path / "phantom" / "cpd-seed1", 1)
    out = tmp_path / "out"
    before = {path: path.read_bytes() for path in write_report(run, out).files}
    last = [path for path in before if path.suffix == ".svg"][-1]
    last.with_name(f".partial-{last.name}").mkdir()
    with pytest.raises(RunError, match=f"cannot write the report to {out}: Is a directory"):
        write_report(run, out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
