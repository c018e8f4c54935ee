"""The comparison of generators on the page and in its files, one of them from elsewhere."""

import csv
import shutil

import pytest
from report_pages import numbers, page_of, table_of
from result_files import experiment_folder, write
from several_generators import EXTERNAL, write_generators


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several")
    return page_of(write_generators(folder / "phantom"), folder / "out")


def test_everything_stands_side_by_side(report):
    head, rows = table_of(report[1], "generators-phantom")
    values = {name: dict(zip(head[1:], row, strict=True)) for name, row in rows.items()}
    assert list(values) == ["cpd", "progressive", "stylegan3"]
    assert [one["finding on the gap"] for one in values.values()] == [
        "equivalent within 0.05", "worse by more than 0.05", "equivalent within 0.05"]  # fmt: skip
    kid = "KID x 1000 (classifier)"
    assert numbers(one[f"{kid}"] for one in values.values()) == pytest.approx([2.2, 6.2, 2.4])
    assert {one[f"floor of {kid}"] for one in values.values()} == {"0.1"}
    assert {one["protocol (classifier)"] for one in values.values()} == {"P1"}
    assert values["progressive"]["which are broken"] == "excess of suspected copies"
    assert [one["limits broken"] for one in values.values()] == ["0", "1", "0"]
    # 2,000 images took 20 seconds on a CPU. What is not known of the stranger is said to be unknown.
    assert values["cpd"]["GPU hours"] == "none; 0.00556 h on CPUs"
    assert (values["stylegan3"]["GPU hours"], values["stylegan3"]["whose"]) == ("12.5", EXTERNAL["owner"])
    assert [one["parameters of the generator"] for one in values.values()] == ["25147396", "25147396", "unknown"]


def test_ranks_are_intervals_from_what_is_shown(report):
    head, rows = table_of(report[1], "generators-phantom")
    for quantity in ("gap", "KID x 1000 (classifier)"):
        place = head.index(f"rank by {quantity}") - 1
        assert [row[place] for row in rows.values()] == ["1 to 2 of 3", "3 of 3", "1 to 2 of 3"]
    [file] = [file for file in report[1].files if file.name == "differences-phantom.csv"]
    with open(file, newline="", encoding="utf-8") as opened:
        pairs = list(csv.DictReader(opened))
    shown = {(one["quantity"], one["first"], one["second"]): one["shown"] for one in pairs}
    assert shown["gap", "cpd", "progressive"] == "cpd is better"
    assert shown["gap", "cpd", "stylegan3"] == "no difference is shown"
    assert shown["KID x 1000 (classifier)", "progressive", "stylegan3"] == "stylegan3 is better"
    # Six pairs are tested; FID at infinite n has no error in these files.
    assert "both directions of all 6 pairs that this page tests" in report[0].text
    assert [one["shown"] for one in pairs][6:] == ["not compared: there is no error of its value"] * 3
    tested = [(float(one["p"]), float(one["p Holm"])) for one in pairs if one["p"]]
    assert all(holm >= p for p, holm in tested) and len(tested) == 6
    # The smallest is half of its two-sided p-value, times twelve directions.
    assert min(tested)[1] == pytest.approx(6 * min(tested)[0])


def test_the_page_and_the_files(report):
    text = report[0].text
    assert "Generators side by side" in text and "There is no score over all questions." in text
    assert text.index("Generators side by side") < text.index("Each finding's AUC is the chance")
    assert "differences and ranks by gap are for other trainings and other patients" in text
    assert "images from elsewhere those that they came with" in text
    names = {file.name for file in report[1].files}
    tables = ("generators", "side-by-side", "differences", "compared-gap", "compared-fid", "compared-privacy",
              "compared-reader_study", "compared-cost")  # fmt: skip
    assert {f"{name}-phantom.{end}" for name in tables for end in ("csv", "tex")} <= names
    [latex] = [file.read_text() for file in report[1].files if file.name == "side-by-side-phantom.tex"]
    rows = [line for line in latex.splitlines() if line.endswith(r"\\")]
    assert all(line.replace(r"\&", "").count("&") == 4 for line in rows)
    assert r"What the data is worth & seeds & 5 & 5 & 5 \\" in rows and r" & 95 \% interval of the gap" in latex


def test_one_generator_is_compared_with_nothing(tmp_path):
    page, _ = page_of(experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None), tmp_path / "out")
    assert "Generators side by side" not in page.text


def test_a_grid_has_a_part_for_each_experiment_with_several(tmp_path):
    for name, generators in (("one", ("cpd", "sg3")), ("two", ("cpd", "sg3")), ("three", ("cpd",))):
        for generator in generators:
            own = experiment_folder(tmp_path / generator / name, generator, (1, 2), (0.02, 0.03))
            (tmp_path / "runs" / name).mkdir(parents=True, exist_ok=True)
            for folder in own.iterdir():
                folder.rename(tmp_path / "runs" / name / folder.name)
    page, report = page_of(tmp_path / "runs", tmp_path / "out")
    names = {file.name for file in report.files}
    assert {"side-by-side-one.csv", "side-by-side-two.csv"} <= names and "side-by-side-three.csv" not in names
    # Made-up gaps without predictions: nothing is compared, and no p-value is claimed.
    assert "all 0 pairs that this page tests" in page.text
    assert "not compared: the predictions of cpd-seed1 are missing or damaged" in page.text
    head, rows = table_of(report, "generators-one")
    assert {row[head.index("rank by gap") - 1] for row in rows.values()} == {"not ranked"}


def test_damage_costs_its_part_only(tmp_path):
    folder = write_generators(tmp_path / "phantom", ("cpd", "progressive"), (1000, 1001))
    path = folder / "cpd-seed1000" / "evaluation" / "fid-classifier.json"
    write(path, {"format_version": 2, "metrics": []})
    page, report = page_of(folder, tmp_path / "out")
    assert any(line.startswith("How good the images are: comparison of generators") for line in report.failed)
    assert "could not be made" in page.text and "cpd is better" in page.text
    shutil.rmtree(folder / "cpd-gap")
    _, report = page_of(folder, tmp_path / "again")
    head, rows = table_of(report, "generators-phantom")
    assert rows["cpd"][head.index("gap") - 1] == "not measured"
