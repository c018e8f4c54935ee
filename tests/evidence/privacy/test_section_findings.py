"""Memorisation by number of training images, from made-up audits with results worked out by hand."""

import pytest
from report_pages import numbers, page_of, table_of
from result_files import experiment_folder, privacy, verdict


def audit(images, value, status):
    return privacy([verdict("distance image"), verdict("discriminator image", status, value, (value, value + 0.1))]) | {
        "combinations": [
            {"labels": "Edema", "train_images": images, "guidance": "memorises"},
            {"labels": "Fracture", "train_images": images + 5, "guidance": "memorises"},
        ]
    }


def test_memorisation_by_number_of_images(tmp_path):
    for images, value, status in (
        (100, 0.8, "broken"),
        (300, 0.6, "broken"),
        (1000, 0.55, "undecided"),
        (3000, 0.5, "holds"),
    ):
        experiment_folder(tmp_path / "runs" / f"one_samples_{images}", gaps=None, privacy=audit(images, value, status))
    _, report = page_of(tmp_path / "runs", tmp_path / "out")
    head, rows = table_of(report, "memorisation")
    assert head[4] == "AUC of the attack by discriminator"
    assert list(rows) == [f"one_samples_{images}" for images in (100, 300, 1000, 3000)]
    first, last = rows["one_samples_100"], rows["one_samples_3000"]
    assert first[:3] == ["cpd", "100", "3"] and last[:3] == ["cpd", "3000", "3"]
    assert numbers(first[3:5]) == pytest.approx([0.8, 0.51]) and numbers(last[3:5]) == pytest.approx([0.5, 0.51])
    assert first[5:] == ["", "3 of 3"] and last[5:] == ["", "0 of 3"]
    _, settings = table_of(report, "settings")
    assert settings["one_samples_300"][-1] == "limits broken in 3 of 3 audits"
    assert settings["one_samples_1000"][-1] == "limits undecided in 3 of 3 audits, broken in none"
    assert settings["one_samples_3000"][-1] == "all limits hold in 3 audits"
    _, tests = table_of(report, "memorisation-tests")
    # Four settings of three seeds each are four points: the order is one of 24, and the best of the 6 ways to choose 2.
    count, rank, trend_p, below, difference, p = numbers(tests["discriminator"])
    assert (count, below) == (4, 2)
    assert [rank, difference] == pytest.approx([-1, 0.175])
    # By Holm for three tests, of which the U test of equal distances has p = 1: 3 times the smallest, 2 times the next.
    assert [trend_p, p] == pytest.approx([3 / 24, 2 / 6])
    # The same in all audits, and asked in none: no test finds anything.
    assert tests["distance"][:3] == ["4", "", ""] and float(tests["distance"][4]) == pytest.approx(0)
    assert tests["density"] == ["0", "", "", "0", "", ""]


def test_seeds_of_a_setting_are_not_settings(tmp_path):
    """With more seeds of the same settings nothing becomes more significant."""
    found = {}
    for seeds in (2, 6):
        home = tmp_path / str(seeds)
        for images, value in ((100, 0.8), (3000, 0.5)):
            experiment_folder(
                home / f"one_samples_{images}", gaps=None, seeds=range(seeds), privacy=audit(images, value, "holds")
            )
        _, report = page_of(home, tmp_path / f"out{seeds}")
        found[seeds] = table_of(report, "memorisation-tests")[1]["discriminator"]
        assert found[seeds][0] == "2"
    # Half of the orders of two settings.
    assert numbers([found[2][-1], found[6][-1]]) == pytest.approx([1.0, 1.0]) == [2 * 0.5] * 2
