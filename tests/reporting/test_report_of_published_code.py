"""A report on results that follow the published code says so beside every number that does."""

import csv

import pytest
from result_files import as_published, experiment_folder, gap, occlusion, write

from medgan_tf.reporting.write import write_report

SENTENCE = "as in the published code: the last test image dropped; AUC below 0.5 flipped (1 label)"


def made(folder, *published):
    """Experiments on 2 and on 4 classes; those named in `published` follow the published code."""
    for name in ("chest_classes_2", "chest_classes_4"):
        maps = occlusion() | {"original_code": ["occlusion_patch_4"] if name in published else []}
        experiment_folder(folder / name, occlusion=maps)
        if name in published:
            write(folder / name / "cpd-gap" / "gap.json", as_published(gap(name)))
    return folder


@pytest.mark.parametrize("published", [("chest_classes_2",), ()])
def test_one_experiment(tmp_path, published):
    folder = made(tmp_path / "runs", *published) / "chest_classes_2"
    report = write_report(folder, tmp_path / "report")
    html = report.files[0].read_text(encoding="utf-8")
    assert (f"Measured {SENTENCE}." in html) is (f"1002; {SENTENCE}" in html) is bool(published)
    assert ("as in the published code: patches of 4x4 pixels" in html) is bool(published)
    table = next(file for file in report.files if file.name == "gap-chest_classes_2-cpd.csv")
    with open(table, newline="", encoding="utf-8") as file:
        head = next(csv.reader(file))
    assert head[2:4] == ([f"AUC (below 0.5 flipped) {kind}" for kind in ("real", "synthetic")] if published
                         else ["AUC real", "AUC synthetic"])  # fmt: skip


def test_a_grid_counts_settings(tmp_path):
    report = write_report(made(tmp_path / "runs", "chest_classes_4"), tmp_path / "report")
    html = report.files[0].read_text(encoding="utf-8")
    sentence = "1 of 2 measured as in the published code: the last test image dropped; AUC below 0.5 flipped."
    assert f"Every setting. {sentence}" in html
    assert f"chest, classes: AUC after training on synthetic and on real images. {sentence}" in html
