"""The fidelity part of a report: every metric that was measured stands in its table."""

import csv
import json

import pytest
from report_pages import page_of
from result_files import experiment_folder, fidelity


def similarity(value, half=0.01):
    return {"value": value, "interval": [value - half, value + half], "pairs": 1000}


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """MS-SSIM as `medgan-tf fid` writes it: within and between label combinations, synthetic and real."""
    result = fidelity()
    result["metrics"]["ms_ssim"] = {
        "within": {"real": similarity(0.3), "synthetic": similarity(0.45)},
        "between": {"real": similarity(0.2), "synthetic": {"value": None, "pairs": 0}},
    }
    result["floor"]["synthetic"]["ms_ssim"], result["floor"]["real"]["ms_ssim"] = 0.44, 0.31
    floor = {"images": 40, "real": {"fid": 0.6}, "synthetic": {"fid": 4.0}}
    result["combinations"] = [
        {"labels": ["Edema"], "images_real": 60, "floor": floor, "images_synthetic": 60,
         "values": {"fid": 3.75, "ms_ssim": 0.5, "ms_ssim_real": 0.25}}
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("made")
    run = experiment_folder(folder / "phantom", seeds=(1,), gaps=None, **{"fid-classifier": result})
    return page_of(run, folder / "out")


def rows_of(report, name):
    [file] = [file for file in report[1].files if file.name == f"{name}.csv"]
    return list(csv.reader(file.read_text().splitlines()))


def test_similarity_within_and_between_synthetic_beside_real(report):
    rows = [row for row in rows_of(report, "fidelity") if row[2].startswith("MS-SSIM")]
    assert [row[:4] for row in rows] == [
        ["cpd-seed1", "pixels", "MS-SSIM within: synthetic", "0.45"],
        ["cpd-seed1", "pixels", "MS-SSIM within: real", "0.3"],
        ["cpd-seed1", "pixels", "MS-SSIM between: synthetic", ""],
        ["cpd-seed1", "pixels", "MS-SSIM between: real", "0.2"],
    ]
    assert [float(value) for value in rows[0][4:6]] == pytest.approx([0.44, 0.46]) and rows[2][4:6] == ["", ""]
    # At as many images as the floor has, and the floor, which is the similarity of held-out real images.
    assert rows[0][6:10] == ["0.44", "0.31", "50", "best as high as for real images"]
    text = report[0].text
    assert "MS-SSIM within: synthetic 0.450 0.440 to 0.460" in text
    assert (
        "MS-SSIM between: synthetic undefined" in text
        and "a value above that of the real images stands for less diverse images." in text
    )


def test_similarity_of_each_combination(report):
    head, row = rows_of(report, "fid-combinations-cpd-seed1-classifier")
    assert head[-2:] == ["MS-SSIM within: synthetic", "MS-SSIM within: real"] and row[-2:] == ["0.5", "0.25"]
    assert row[:5] == ["Edema", "60", "3.75", "4.0", "0.6"]


def test_the_other_metrics_are_in_the_unit_of_their_title(report):
    rows = {row[2]: row for row in rows_of(report, "fidelity")}
    assert rows["FID"][9] == "smaller is better"
    assert [float(value) for value in rows["KID x 1000"][3:8]] == pytest.approx([2, 1, 3, 2, 0.1])
    assert rows["FID"][3:11] == ["3.5", "", "", "3.75", "0.5", "50", "smaller is better", "4.5"]
    assert [float(value) for value in rows["FID at infinite n"][3:6]] == pytest.approx([3.25, 3, 4])
    # The interval of the floor.
    assert [float(value) for value in rows["KID x 1000"][11:13]] == pytest.approx([-0.2, 0.4])
    assert rows["FID"][11:13] == ["", ""]


def test_closer_to_the_training_images_is_said(report):
    text = report[0].text
    assert (
        "warning: the synthetic images are closer to the training images than other real images are, as copies would "
        "be (difference of MMD x 1000 -2, 95 % interval -3 to -1, Gaussian kernel of bandwidth 1.5)" in text
    )
    assert "n 100 + 100, draws balanced by patient, seed 1" in text


def test_a_reason_stands_in_place_of_an_interval(tmp_path):
    result = fidelity()
    result["metrics"]["fid"]["infinite"] = {
        "value": None,
        "reason": "too few patients for an FID interval (9; 60 needed)",
    }
    folder = experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None, **{"fid-classifier": result})
    assert "too few patients for an FID interval (9; 60 needed)" in page_of(folder, tmp_path / "out")[0].text


def test_intervals_of_an_earlier_version_are_not_shown(tmp_path):
    """The numbers stay; the intervals covered neither the truth nor other images."""
    result = fidelity()
    for added in ("protocol", "resolution", "closer_to_training"):
        del result[added]
    del result["floor"]["held_out"], result["floor"]["intervals"]
    result["format_version"] = 1
    result["metrics"]["fid"] = {"value": 3.5, "interval": [-0.125, 41.5], "bootstrap": 20, "infinite": 3.25}
    folder = experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None, **{"fid-classifier": result})
    found = page_of(folder, tmp_path / "out")
    rows = {row[2]: row for row in rows_of(found, "fidelity")}
    assert rows["FID"][3:5] == ["3.5", "none: measured by an earlier version"] and "41.5" not in found[0].text
    assert rows["FID at infinite n"][3:5] == ["3.25", ""]


def test_results_of_other_protocols_are_not_to_be_compared(tmp_path):
    folder = experiment_folder(tmp_path / "phantom", seeds=(1, 2), gaps=None, **{"fid-classifier": fidelity()})
    file = next(folder.rglob("*seed2/evaluation/fid-classifier.json"))
    other = fidelity()
    other["protocol"] = other["protocol"].replace("n 100 + 100", "n 100 + 90")
    file.write_text(json.dumps(other))
    text = page_of(folder, tmp_path / "out")[0].text
    assert "warning: fidelity of cpd-seed2 and of cpd-seed1 cannot be compared: medgan-fid-v1" in text


def test_nothing_is_said_of_a_similarity_that_was_not_measured(tmp_path):
    folder = experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None, **{"fid-classifier": fidelity()})
    found, report = page_of(folder, tmp_path / "out")
    assert not [row for row in rows_of((found, report), "fidelity") if row[2].startswith("MS-SSIM")]


def test_combinations_without_a_floor_have_a_table_and_no_figure(tmp_path):
    """Too few held-out images of every combination: there is nothing to draw, and the table says what is known."""
    result = fidelity()
    result["combinations"] = [{"labels": ["Edema"], "images_real": 3, "images_synthetic": 3, "values": {"fid": 3.75}}]
    folder = experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None, **{"fid-classifier": result})
    report = page_of(folder, tmp_path / "out")
    assert rows_of(report, "fid-combinations-cpd-seed1-classifier")[1][:5] == ["Edema", "3", "3.75", "", ""]
    assert "could not be" not in report[0].text
    assert not [file for file in report[1].files if file.name == "fid-combinations-cpd-seed1-classifier.png"]
