"""The paper's findings over all settings, from made-up gaps and audits with results worked out by hand."""

import csv

import pytest
from report_pages import page_of
from result_files import experiment_folder, privacy, verdict


def table(report, name):
    """Rows of a table's CSV, by the first column."""
    [file] = [file for file in report.files if file.name == f"{name}.csv"]
    rows = list(csv.reader(file.read_text().splitlines()))
    return rows[0], {row[0]: row[1:] for row in rows[1:]}


def numbers(cells):
    return [float(cell) for cell in cells]


@pytest.fixture
def grid(tmp_path):
    """Two datasets x 2 and 6 classes x 2 GANs; cpD-GAN's gap is smaller in 3 of 4 settings, 2 classes always better."""
    gaps = {("one", 2): (0.01, 0.03), ("one", 6): (0.05, 0.09), ("two", 2): (0.02, 0.05), ("two", 6): (0.08, 0.07)}
    for (dataset, classes), (cpd, progressive) in gaps.items():
        folder = tmp_path / "runs" / f"{dataset}_classes_{classes}"
        for architecture, gap in (("cpd", cpd), ("progressive", progressive)):
            experiment_folder(folder, architecture, gaps=(gap - 0.01, gap, gap + 0.01))
    return tmp_path / "runs"


def test_pairs_over_all_settings(grid, tmp_path):
    found, report = page_of(grid, tmp_path / "out")
    _, rows = table(report, "findings")
    assert list(rows) == ["gap of cpd smaller than of progressive", "gap smaller with fewer label combinations"]
    # Differences -0.02, -0.04, -0.03, +0.01: mean -0.02, sd 0.0216, t = -1.852 with 3 degrees of freedom.
    # Ranks of their sizes 2, 4, 3, 1: the positive one has rank sum 1, which 2 of 16 signs reach.
    gan = rows["gap of cpd smaller than of progressive"]
    assert gan[0] == "3 of 4"
    assert numbers(gan[1:4]) == pytest.approx([0.04, 0.06, -0.02])
    assert numbers(gan[4:]) == pytest.approx([0.0806, 2 / 16, 1 / 16], abs=1e-3)
    # -0.04, -0.06, -0.06, -0.02.
    classes = rows["gap smaller with fewer label combinations"]
    assert classes[0] == "4 of 4"
    assert numbers(classes[1:4]) == pytest.approx([0.0275, 0.0725, -0.045])
    assert "memorisation by number of training images" in found.text
    assert "medgan-tf privacy EXPERIMENT.yaml" in found.text


def audit(images, value, status):
    return privacy([verdict("distance image"), verdict("discriminator image", status, value, (value, value + 0.1))]) | {
        "combinations": [
            {"labels": "Edema", "train_images": images, "guidance": "memorises"},
            {"labels": "Fracture", "train_images": images + 5, "guidance": "memorises"},
        ]
    }


def test_memorisation_by_number_of_images(tmp_path):
    for images, value, status in ((100, 0.8, "fail"), (300, 0.6, "fail"), (1000, 0.55, "pass"), (3000, 0.5, "pass")):
        experiment_folder(tmp_path / "runs" / f"one_samples_{images}", gaps=None, privacy=audit(images, value, status))
    _, report = page_of(tmp_path / "runs", tmp_path / "out")
    head, rows = table(report, "memorisation")
    assert head[4] == "AUC of the attack by discriminator"
    assert list(rows) == [f"one_samples_{images}" for images in (100, 300, 1000, 3000)]
    first, last = rows["one_samples_100"], rows["one_samples_3000"]
    assert first[:3] == ["cpd", "100", "3"] and last[:3] == ["cpd", "3000", "3"]
    assert numbers(first[3:5]) == pytest.approx([0.8, 0.51]) and numbers(last[3:5]) == pytest.approx([0.5, 0.51])
    assert first[5:] == ["", "3 of 3"] and last[5:] == ["", "0 of 3"]
    _, settings = table(report, "settings")
    assert settings["one_samples_300"][-1] == "limits broken in 3 of 3 audits"
    assert settings["one_samples_1000"][-1] == "no limit broken in 3 audits"
    _, tests = table(report, "memorisation-tests")
    audits, rank, trend_p, below, difference, p = numbers(tests["discriminator"])
    assert (audits, below) == (12, 6)
    assert [rank, difference] == pytest.approx([-1, 0.175]) and trend_p < 1e-6 and p < 0.01
    # The same in all audits, and asked in none: no test says anything.
    assert tests["distance"][:3] == ["12", "", ""] and float(tests["distance"][4]) == pytest.approx(0)
    assert tests["density"] == ["0", "", "", "0", "", ""]


def test_one_setting_has_no_pairs(tmp_path):
    experiment_folder(tmp_path / "runs" / "one_classes_2")
    experiment_folder(tmp_path / "runs" / "two_classes_6")
    _, report = page_of(tmp_path / "runs", tmp_path / "out")
    assert not [file for file in report.files if file.name == "findings.csv"]
