"""Nearest real images in one line for the terminal."""

from medgan_tf.evidence.neighbours.table import summarise_neighbours


def test_medians_of_as_many_training_as_held_out_images():
    distances = {"train": {"50%": 0.01}, "held_out": {"50%": 0.025}, "train_part_of_30": {"50%": 0.02}}
    line = summarise_neighbours({"nearest_distance": distances})
    assert line == "median distance to the nearest training image 0.02, held-out image 0.025"
    line = summarise_neighbours({"nearest_distance": {"train": {"50%": 0.01}}})
    assert line == "median distance to the nearest training image 0.01"
