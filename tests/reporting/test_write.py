"""The page and the files beside it."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from blank_figures import draw_nothing
from click.testing import CliRunner
from report_pages import page_of
from result_files import experiment_folder, fidelity, gap, occlusion, privacy, run_folder, write

from medgan_tf.reporting.write import write_report
from medgan_tf.tools.report import command


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Three seeds with everything but a reader study."""
    folder = tmp_path_factory.mktemp("made") / "runs" / "phantom"
    results = {"privacy": privacy(), "fid-classifier": fidelity(), "occlusion": occlusion()}
    experiment_folder(folder, **results)
    return folder


@pytest.fixture(scope="module")
def page(experiment, tmp_path_factory):
    return page_of(experiment, tmp_path_factory.mktemp("report"), draw=True)


def test_the_answer_comes_first(page):
    text = page[0].text
    assert text.index("The answer") < text.index("What the data is worth")
    assert "Below the margin of 0.05, by few seeds" in text
    assert "The gap is 0.030 (95% interval 0.020 to 0.040, for other trainings and other patients; 3 seeds)." in text
    assert (
        "learned from synthetic images alone reaches a mean AUC of 0.870, one that learned from the real images 0.900"
        in text
    )
    assert "All 2 limits hold" in text and "The worst of 3 audited runs is cpd-seed1000." in text


def test_numbers_of_all_parts_are_there(page):
    text = page[0].text
    assert "The test that the gap of other trainings and other patients is below 0.05 has p = 0.0300." in text
    assert "a study with 3 seeds and as many patients detects a gap of 0.0123 with a power of 80 %." in text
    assert "cpd-seed1001 classifier FID 3.500 3.750 0.500 50" in text
    assert "KID x 1000 2.000 1.000 to 3.000 2.000 0.100" in text
    assert "synthetic-trained all labels 2 rank correlation 0.250 0.100 to 0.400" in text
    assert "cpd-seed1002 2,000 20 s 0.00556 100" in text and "0123456789" in text


def test_what_is_missing_is_listed_with_a_command(page):
    missing = {(one.where, one.what): one.command for one in page[1].missing}
    assert missing["cpd-seed1000", "reader study"].startswith("medgan-tf reader-study create")
    assert missing["cpd-seed1000", "nearest neighbours"] == "medgan-tf neighbours EXPERIMENT.yaml"
    assert ("cpd-seed1000", "privacy audit") not in missing
    section = page[0].text.split("how to get it")[1]
    names = "cpd-seed1000, cpd-seed1001, cpd-seed1002"
    assert f"nearest neighbours {names} medgan-tf neighbours EXPERIMENT.yaml" in section
    assert f"reader study {names} medgan-tf reader-study create EXPERIMENT.yaml, then score" in section


def test_no_pseudonyms_no_places_and_nothing_from_elsewhere(page):
    html = page[1].files[0].read_text(encoding="utf-8")
    texts = (".csv", ".tex", ".json", ".html")
    everything = html + "".join(file.read_text() for file in page[1].files if file.suffix in texts)
    for secret in ("pseudonymimage", "pseudonympatient", "synthetic0001", "/somewhere/private"):
        assert secret not in everything
    beside = {file.name for file in page[1].files}
    assert set(re.findall(r'href="(?!data:|#)([^"]*)"', html)) <= beside
    assert not re.search(r'src="(?!data:)', html) and "url(" not in html and "<script" not in html
    assert "default-src 'none'" in html
    assert len(html) < 15_000_000


def test_figures_and_tables_are_files_too(page):
    names = {file.name for file in page[1].files}
    assert names >= {
        "report.html",
        "gap-phantom-cpd.png",
        "gap-phantom-cpd.svg",
        "gap-phantom-cpd.csv",
        "gap-phantom-cpd.tex",
    }
    files = {file.name: file for file in page[1].files}
    assert files["gap-phantom-cpd.png"].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert files["gap-phantom-cpd.csv"].read_text().splitlines()[-1].startswith("mean,30,0.9,0.87,0.03")
    assert all(file.is_file() for file in page[1].files)


def test_the_same_results_give_the_same_files(experiment, page, tmp_path):
    again = write_report(experiment, tmp_path)
    assert [file.name for file in again.files] == [file.name for file in page[1].files]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(again.files, page[1].files, strict=True))


def test_a_bare_run_says_that_nothing_is_known(tmp_path):
    run = run_folder(tmp_path / "phantom" / "cpd-seed1", 1)
    shutil.rmtree(run / "generator")
    found, report = page_of(run, tmp_path / "out")
    assert found.text.count("Not measured") >= 3
    assert "treat them like the images of the patients they were made from" in found.text
    what = {one.what for one in report.missing}
    assert {"privacy audit", "fidelity", "rest of the training after 2,000 images"} <= what


def test_a_run_speaks_of_its_own_seed(experiment, tmp_path):
    found, _ = page_of(experiment / "cpd-seed1002", tmp_path)
    assert (
        "The gap is 0.040 (95% interval 0.030 to 0.050, for other patients, but for this training only; 1 seed)."
        in found.text
    )
    assert "One seed says nothing about how the result varies" in found.text


def test_remarks_of_the_dataset_stand_before_the_answer(tmp_path):
    folder = experiment_folder(tmp_path / "phantom")
    remark = "The source does not say which images are of the same patient."
    for run in ("cpd-seed1000", "cpd-seed1002"):
        (folder / run / "dataset.json").write_text(json.dumps({"remarks": [remark]}))
    found, _ = page_of(folder, tmp_path / "out")
    assert found.text.count(remark) == 1
    assert found.text.index("The answer") < found.text.index("about the real images") < found.text.index(remark)
    assert found.text.index(remark) < found.text.index("The gap is")
    experiment_folder(tmp_path / "plain" / "phantom")
    assert "about the real images" not in page_of(tmp_path / "plain" / "phantom", tmp_path / "out2")[0].text


def test_runs_that_the_gap_leaves_out_are_named(tmp_path):
    folder = experiment_folder(tmp_path / "phantom")
    run_folder(folder / "cpd-seed1003", 1003)
    _, report = page_of(folder, tmp_path / "out")
    assert ("phantom, cpd: cpd-seed1003", "gap") in {(one.where, one.what) for one in report.missing}


def test_two_gans_are_compared(tmp_path):
    """All of the first three gaps are below the second's: one-sided U test over 3 + 3 seeds, p = 1 / 20."""
    folder = experiment_folder(tmp_path / "phantom")
    experiment_folder(folder, "progressive", gaps=(0.05, 0.06, 0.07))
    found, report = page_of(folder, tmp_path / "out")
    rows = (
        next(f for f in report.files if f.name.startswith("comparison") and f.suffix == ".csv").read_text().splitlines()
    )
    assert rows[-1].startswith("mean,0.03,0.06,-0.03")
    assert float(rows[-1].split(",")[4]) == pytest.approx(0.05)
    assert "First: phantom, cpd. Second: phantom, progressive. 3 and 3 seeds" in found.text


def test_a_half_finished_grid(tmp_path):
    """Classes: 2 and 6 with cpd, only 2 with progressive, and 10 without a gap."""
    for classes, gaps in ((2, (0.01, 0.02, 0.03)), (6, (0.04, 0.05, 0.06))):
        experiment_folder(tmp_path / "runs" / f"phantom_classes_{classes}", gaps=gaps)
    experiment_folder(tmp_path / "runs" / "phantom_classes_2", "progressive", gaps=(0.05, 0.06, 0.07))
    experiment_folder(tmp_path / "runs" / "phantom_classes_10", gaps=None)
    found, report = page_of(tmp_path / "runs", tmp_path / "out")
    missing = {(one.where, one.what): one.command for one in report.missing}
    runs = "phantom_classes_10, cpd: cpd-seed1000, cpd-seed1001, cpd-seed1002"
    assert missing[runs, "classifiers and gap"] == "medgan-tf run EXPERIMENT.yaml"
    assert missing["phantom_classes_6, progressive", "everything"] == (
        "medgan-tf run experiments/phantom_classes_6.yaml --set gan.architecture=progressive"
    )
    files = {file.name: file for file in report.files}
    rows = files["tests-phantom-classes.csv"].read_text().splitlines()
    cells = [row.split(",") for row in rows]
    assert [row[:2] for row in cells[1:]] == [["cpd: 2", "cpd: 6"], ["cpd: 2", "progressive: 2"]]
    assert [float(value) for value in cells[1][2:4] + cells[1][5:6]] == pytest.approx([0.02, 0.05, 0.05])
    assert "benchmark-phantom-classes.svg" in files
    assert "phantom_classes_10 cpd 3 not measured" in found.text


def test_failed_jobs_of_a_grid_are_on_the_page(tmp_path):
    """What is missing because of them is listed beside."""
    experiment_folder(tmp_path / "runs" / "phantom_classes_2")
    failed = {"prepare.phantom_classes_4": "no image is left after the rule: 9 images before"}
    write(tmp_path / "runs" / ".grid" / "quick" / "status.json", {"failed": failed, "complete": False})
    text = page_of(tmp_path / "runs", tmp_path / "out")[0].text
    assert "prepare.phantom_classes_4 no image is left after the rule: 9 images before" in text


def test_the_answer_of_many_settings_is_one(tmp_path):
    for classes, gaps in ((2, (0.01, 0.02, 0.03)), (4, (0.02, 0.03, 0.04)), (10, (0.09, 0.10, 0.11))):
        experiment_folder(tmp_path / "runs" / f"phantom_classes_{classes}", gaps=gaps)
    for seeds, architecture in (((1000,), "progressive"), ((1001,), "biggan")):
        experiment_folder(tmp_path / "runs" / "phantom_classes_2", architecture, seeds, gaps=None, privacy=privacy())
    text = page_of(tmp_path / "runs", tmp_path / "out")[0].text
    assert "Less than 0.05 of AUC is lost: shown in 0 of 5 settings" in text
    assert "3 of 5 settings are measured: 2 below the margin, 1 above it, the others not shown to be either." in text
    assert "0 of those below have the 5 seeds that it takes." in text
    assert "Smallest gap: 0.020 (interval 0.010 to 0.030), phantom_classes_2, cpd." in text
    assert "Largest gap: 0.100 (interval 0.090 to 0.110), phantom_classes_10, cpd." in text
    assert "All limits hold in 2 audited runs 2 of 11 runs are audited." in text
    table = text.split("Every setting")[1]
    assert table.index("phantom_classes_4") < table.index("phantom_classes_10") and "above 0.05" in table


def test_overfitting_variants_are_held_against_the_plain_ones(tmp_path, monkeypatch):
    """Figure 3 and S.5: at the same number of samples, and against the most samples."""
    draw_nothing(monkeypatch)
    for name, gaps in (("100", (0.04, 0.05, 0.06)), ("500", (0.07, 0.08, 0.09)), ("100_overfit", (-0.01, 0.0, 0.01))):
        experiment_folder(tmp_path / "runs" / f"phantom_samples_{name}", gaps=gaps)
    report = write_report(tmp_path / "runs", tmp_path / "out")
    text = (report.files[0].parent / "tables" / "tests-phantom-samples.csv").read_text()
    assert [row.split(",")[:2] for row in text.splitlines()[1:]] == [
        ["cpd: 100", "cpd: 500"],
        ["cpd-OF: 100", "cpd: 500"],
        ["cpd-OF: 100", "cpd: 100"],
    ]


def test_pictures_only_when_asked_for(experiment, tmp_path):
    png = b"\x89PNG\r\n\x1a\n" + bytes(8)
    run = experiment / "cpd-seed1000"
    (run / "samples").mkdir()
    (run / "samples" / "latest.png").write_bytes(png)
    plain, _ = page_of(experiment, tmp_path / "plain")
    assert not any(source.startswith("data:image/png") for source in plain.sources)
    shown, _ = page_of(experiment, tmp_path / "shown", with_images=True)
    assert sum(source.startswith("data:image/png") for source in shown.sources) == 1
    assert "do not publish this report" in shown.text
    shutil.rmtree(run / "samples")


def test_labels_and_names_are_escaped(tmp_path):
    folder = tmp_path / "phantom"
    run_folder(folder / "cpd-seed1", 1)
    values = json.loads(json.dumps(gap(seeds=(1,), gaps=(0.02,))).replace("Edema", "<script>alert(1)</script>"))
    write(folder / "cpd-gap" / "gap.json", values)
    page_of(folder, tmp_path / "out")
    html = (tmp_path / "out" / "report.html").read_text()
    assert "<script" not in html and "&lt;script&gt;" in html


def test_damaged_files_are_on_the_page(tmp_path):
    run = run_folder(tmp_path / "phantom" / "cpd-seed1", 1)
    (run / "evaluation").mkdir()
    (run / "evaluation" / "privacy.json").write_text("{")
    found, report = page_of(run, tmp_path / "out")
    assert report.problems == ["evaluation/privacy.json cannot be read; make it again"]
    assert "Damaged files" in found.text and report.problems[0] in found.text


def test_a_result_of_another_version_costs_one_section(tmp_path, caplog):
    run = run_folder(tmp_path / "phantom" / "cpd-seed1", 1, **{"privacy": privacy(), "fid-classifier": {"fid": 3.5}})
    found, report = page_of(run, tmp_path / "out")
    assert "could not be made (KeyError" in found.text
    assert "cpd-seed1: fidelity, classifier could not be made (KeyError: 'metrics')." in report.failed
    assert "All 2 limits hold" in found.text and "hashes" in caplog.text


def test_the_command(experiment, tmp_path, monkeypatch):
    draw_nothing(monkeypatch)
    done = CliRunner().invoke(command, [str(experiment), "--out", str(tmp_path), "--json"], standalone_mode=False)
    assert done.exit_code == 0, done.output
    values = json.loads(done.output)
    assert values["kind"] == "experiment" and values["files"][0].endswith("report.html") and values["damaged"] == []
    text = CliRunner().invoke(command, [str(experiment), "--out", str(tmp_path)], standalone_mode=False).output
    line = "not measured: reader study (cpd-seed1000, cpd-seed1001, cpd-seed1002): medgan-tf reader-study create"
    assert line in text
    assert text.rstrip().endswith("report.html")


def test_the_rooms_parts_need_no_tensorflow():
    heavy = "{'tensorflow', 'keras', 'pydicom', 'medgan_tf.gans.build', 'medgan_tf.training.checkpoints'}"
    load = "import sys, medgan_tf.reporting.write; from medgan_tf.reporting.rooms import rooms"
    code = f"{load}; print(len(rooms()), sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "6 []"


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)")
def test_opens_in_a_browser_without_network_and_prints(page, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="needs a browser: pip install '.[browser]'")
    problems, requests = [], []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        sheet = browser.new_context(offline=True, viewport={"width": 1100, "height": 900}).new_page()
        sheet.on("console", lambda line: problems.append(line.text))
        sheet.on("pageerror", lambda error: problems.append(str(error)))
        sheet.on("request", lambda request: requests.append(request.url.split(":")[0]))
        sheet.goto(page[1].files[0].as_uri())
        broken = sheet.evaluate("[...document.images].filter(image => !image.naturalWidth).length")
        wide = sheet.evaluate("document.documentElement.scrollWidth > innerWidth")
        printed = sheet.pdf(prefer_css_page_size=True)
        browser.close()
    assert (problems, broken, wide) == ([], 0, False)
    assert set(requests) <= {"file", "data"} and requests.count("file") == 1
    assert printed.startswith(b"%PDF") and len(printed) > 20_000
