"""The agreement of importance maps in a report."""

from result_files import experiment_folder, occlusion

from medgan_tf.evidence.importance.section import sections
from medgan_tf.presentation.blocks import Interval, Missing, Table, bullets
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import rooms


def test_every_measure_of_every_classifier_is_a_row(tmp_path):
    maps = occlusion()
    overlap = {"value": 0.5, "interval": {"low": None, "high": None}}
    maps["agreement_with_real"]["shuffled labels"] = {"Edema": {"top_overlap": overlap, "images": 2}}
    folder = experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None, occlusion=maps)
    experiment_folder(folder, "biggan", seeds=(2,), gaps=None)
    [section] = sections(read_results(folder, rooms()), details=True)
    [table] = [block for block in section.blocks if isinstance(block, Table)]
    assert table.rows == [
        ["cpd-seed1", "synthetic-trained", "all labels", 2, "rank correlation", 0.25, Interval(0.1, 0.4)],
        ["cpd-seed1", "shuffled labels", "Edema", 2, "overlap of the most important", 0.5, Interval(None, None)],
    ]
    flat = "flat maps were not looked for by the version that made this"
    assert section.blocks[-1] == bullets(["no classifier of another seed", flat])
    assert section.missing == [Missing("biggan-seed2", "occlusion maps", "medgan-tf occlusion EXPERIMENT.yaml")]


def test_flat_maps_are_counted_and_brightness_stands_beside(tmp_path):
    found = {"value": 0.4, "interval": {"low": 0.3, "high": 0.5}}
    maps = occlusion() | {
        "settings": {"flat": 0.001, "fill": "zero"},
        "agreement_with_brightness": {"real-trained": {"all labels": found}},
        "classifiers": [{"title": "real-trained", "flat_maps": {"all labels": 1}}],
    }
    agreement = maps["agreement_with_real"]["synthetic-trained"]["all labels"]
    agreement |= {"compared": 1, "flat": {"first": 1, "second": 0}, "partial_rank_correlation": found}
    folder = experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None, occlusion=maps)
    [section] = sections(read_results(folder, rooms()), details=True)
    [table] = [block for block in section.blocks if isinstance(block, Table)]
    assert [row[3:6] for row in table.rows] == [
        [1, "rank correlation", 0.25],
        [1, "rank correlation without brightness", 0.4],
        [1, "rank correlation with the change of brightness", 0.4],
    ]
    assert "real-trained, all labels: 1 of 2 maps are flat (no patch increases the loss by more than 0.1% of it" in (
        section.blocks[-1].text
    )
