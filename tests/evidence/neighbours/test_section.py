"""The distances to the nearest real images in a report."""

from result_files import experiment_folder, neighbours

from medgan_tf.evidence.neighbours.section import TITLE, sections
from medgan_tf.presentation.blocks import Missing, Table
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import rooms


def test_distances_beside_those_of_held_out_patients(tmp_path):
    folder = experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None, neighbours=neighbours())
    [section] = sections(read_results(folder, rooms()), details=True)
    [table] = [block for block in section.blocks if isinstance(block, Table)]
    assert (section.title, section.missing, table.name) == (TITLE, [], "neighbours-cpd-seed1")
    assert table.caption == "cpd-seed1: cosine distance of synthetic images to the nearest real image"
    assert table.rows == [
        ["training images", 0.01, 0.02, 0.04],
        ["held-out patients", 0.03, 0.05, 0.09],
        ["training images, part of 50", 0.02, 0.04, 0.08],
    ]


def test_many_gans_are_not_shown_one_by_one(tmp_path):
    folder = experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None, neighbours=neighbours())
    experiment_folder(folder, "biggan", seeds=(2,), gaps=None)
    [section] = sections(read_results(folder, rooms()), details=False)
    command = "medgan-tf neighbours EXPERIMENT.yaml"
    assert (section.blocks, section.missing) == ([], [Missing("biggan-seed2", "nearest neighbours", command)])
