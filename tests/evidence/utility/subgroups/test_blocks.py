"""Groups of patients in a report: tables, what is not shown, the card, and files of earlier versions."""

import numpy as np
import pytest
from report_pages import page_of, table_of
from result_files import LABELS, gap, run_folder, write

from medgan_tf.evidence.utility.subgroups.figures import forest_figure
from medgan_tf.evidence.utility.subgroups.measure_prevalence import RealRows, SyntheticCounts, measure_prevalence
from medgan_tf.files.result_files import plain


def shown(mean, half, finding, labels=2, **more):
    entry = {"shown": True, "counts_as": 60, "missing_patients": 0, "images": 100, "patients": 80,
             "labels_in_mean": labels, "left_out": [], "real": 0.9, "synthetic": 0.9 - mean, "labels": {}}  # fmt: skip
    numbers = {"values": [mean, mean], "mean": mean, "interval": {"low": mean - half, "high": mean + half}}
    return entry | {"gap": numbers, "verdict": {"finding": finding, "missing_patients": 0}} | more


def pair(groups, change, finding, answer, more=None, within=False):
    def numbers(mean):
        return {"values": [mean, mean], "mean": mean, "interval": {"low": mean - 0.01, "high": mean + 0.01}}

    verdict = {"finding": finding, "answer": answer, "loses_more": more, "within_margin": within, "missing_patients": 0}
    return {"groups": groups, "shown": True, "counts_as": 60, "missing_patients": 0, "labels_in_mean": 2,
            "left_out": [], "real": numbers(0.01), "synthetic": numbers(0.01 + change), "change": numbers(change),
            "verdict": verdict}  # fmt: skip


def few(missing, groups=None):
    entry = {
        "shown": False,
        "counts_as": 15 - missing,
        "missing_patients": missing,
        "labels_in_mean": 0,
        "left_out": [],
    }
    return entry | ({"groups": groups} if groups else {"images": 9, "patients": 9, "labels": {}})


def grouped(findings=("worse", "equivalent"), answer=("widened", "shown", "F"), synthetic=(100, 150)):
    sex = {
        "groups": {"F": shown(0.12, 0.03, findings[0]), "M": shown(0.01, 0.02, findings[1])},
        "pairs": [pair(["F", "M"], -0.11, *answer)],
    }
    age = {"groups": {"18-39": shown(0.02, 0.04, "open"), "90+": few(11)}, "pairs": [few(11, ["18-39", "90+"])]}
    labels = np.stack([np.arange(400) % 4 == 0, np.arange(400) % 8 == 0], axis=1)
    counts = SyntheticCounts(3, 400, np.array(synthetic), None, False)
    prevalence = measure_prevalence(tuple(LABELS), RealRows(labels, np.arange(400).astype(str), {}), counts)
    return {
        "subgroups": {"missing": None, "margin": 0.05, "covariates": {"sex": sex, "age": age}},
        "prevalence": {"missing": None, **prevalence, "groups_missing": "the synthetic set says no sex"},
    }


def report(tmp_path, extra, **values):
    for seed in (1000, 1001, 1002, 1003, 1004):
        run_folder(tmp_path / "phantom" / f"cpd-seed{seed}", seed)
    found = gap(seeds=range(1000, 1005), gaps=(0.01, 0.02, 0.01, 0.02, 0.01), **values)
    write(tmp_path / "phantom" / "cpd-gap" / "gap.json", plain(found | extra))
    return page_of(tmp_path / "phantom", tmp_path / "report")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return report(tmp_path_factory.mktemp("grouped"), grouped())


def test_tables(page):
    head, rows = table_of(page[1], "groups-phantom-cpd")
    assert head[:4] == ["group", "patients", "effective patients", "labels"]
    assert rows["sex F"][-1] == "worse" and float(rows["sex F"][5]) == pytest.approx(0.12)
    # Nothing is dropped in silence.
    assert rows["age 90+"][-1] == "not shown: 11 patients missing" and set(rows["age 90+"][3:-1]) == {""}
    assert rows["age 18-39"][-1] == "undecided"
    _, differences = table_of(page[1], "group-differences-phantom-cpd")
    assert differences["sex F minus M"][-2:] == ["F", "shown"]
    assert differences["age 18-39 minus 90+"][-1] == "not shown: 11 patients missing"
    _, shares = table_of(page[1], "prevalence-phantom-cpd")
    assert shares["Fracture"][-1] == "yes" and shares["Edema"][-1] == "not shown"


def test_sentences(page):
    text = page[0].text
    assert "by group: worse in sex F; equivalent in sex M; undecided in 1; not shown for age 90+" in text
    assert "Does synthetic training widen the difference between groups: shown for sex F minus M." in text
    assert "Shown to lose more by synthetic training than the other group: F (sex F minus M)." in text
    assert "differ between the real and the synthetic training images for 1 of 2 labels: Fracture 12.5% real" in text


def test_a_group_that_pays_takes_the_green_card(page, tmp_path):
    text = page[0].text
    assert "The loss is below the margin of 0.05 on average, but not in every group" in text
    assert "The loss is above the margin in these groups of patients: sex F (0.090 to 0.150)." in text
    assert "other label shares than the real ones (1 of 2 labels)" in text
    calm = grouped(("equivalent", "equivalent"), ("below margin", "refuted"), (100, 50))
    text = report(tmp_path, calm)[0].text
    assert "The loss is below the margin of 0.05" in text and "not in every group" not in text
    assert "widen the difference between groups: refuted for all 1 pairs." in text
    assert "no group is shown to lose more" in text.lower() and "other label shares" not in text


def test_what_could_not_be_measured_is_said(tmp_path):
    reason = {"missing": "the source of the images says no sex, age or view"}
    text = report(tmp_path, {"subgroups": reason, "prevalence": {"missing": "a synthetic set is not at its place"}})[
        0
    ].text
    assert "By group of patients: not measured, because the source of the images says no sex, age or view." in text
    assert "Label shares of the training sets: not compared, because a synthetic set is not at its place." in text


def test_a_file_of_an_earlier_version_is_read(tmp_path):
    text = report(tmp_path, {})[0].text
    assert "The loss is below the margin of 0.05" in text and "groups of patients" not in text


def test_the_forest_has_a_line_for_every_group_and_pair():
    figure = forest_figure(grouped()["subgroups"])
    left, right = figure.axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["age 90+", "age 18-39", "sex M", "sex F"]
    assert [label.get_text() for label in right.get_yticklabels()] == ["age 18-39 minus 90+", "sex F minus M"]
    assert "not shown: 11 patients missing" in left.texts[0].get_text()
