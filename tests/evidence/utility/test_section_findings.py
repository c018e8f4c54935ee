"""The paper's claims on gaps over all settings, from made-up gaps with results worked out by hand."""

import pytest
from report_pages import numbers, page_of, table_of
from result_files import experiment_folder


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
    head, rows = table_of(report, "findings")
    assert head[-3:] == ["paired t p Holm", "Wilcoxon p Holm", "smallest possible Wilcoxon p"]
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
    # t = -4.700, p = 0.0091 alone, and Wilcoxon 1/16 alone: twice as much, as there are two claims.
    assert numbers(classes[4:]) == pytest.approx([2 * 0.00910, 2 / 16, 1 / 16], abs=1e-4)
    assert "corrected by Holm for the 2 claims of this table" in found.text
    assert "memorisation by number of training images" in found.text
    assert "medgan-tf privacy EXPERIMENT.yaml" in found.text


def test_one_setting_has_no_pairs(tmp_path):
    experiment_folder(tmp_path / "runs" / "one_classes_2")
    experiment_folder(tmp_path / "runs" / "two_classes_6")
    found, report = page_of(tmp_path / "runs", tmp_path / "out")
    assert not [file for file in report.files if file.name == "findings.csv"]
    assert "Too little has been measured to say. This needs settings of the benchmark that differ" in found.text
