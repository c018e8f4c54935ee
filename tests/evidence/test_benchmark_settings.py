"""Which experiments are settings of a benchmark, by their names."""

import pytest

from medgan_tf.evidence.benchmark_settings import settings
from medgan_tf.evidence.report import GanResults, Results


def named(*names):
    return settings(Results("grid", "runs", tuple(GanResults(name, gan, ()) for name, gan in names)))


@pytest.mark.parametrize(
    "name, place",
    [
        ("chest_classes_6", ("chest", "classes", 6, False, "cpd")),
        ("two_words_resolution_64", ("two_words", "resolution", 64, False, "cpd")),
        ("chest_samples_100_overfit", ("chest", "samples", 100, True, "cpd-OF")),
    ],
)
def test_a_name_is_a_place(name, place):
    [one] = named((name, "cpd"))
    assert (one.dataset, one.benchmark, one.value, one.overfit, one.kind) == place


@pytest.mark.parametrize(
    "name", ["quickstart", "chest_classes", "classes_6", "chest_classes_6_other", "chest_colours_3"]
)
def test_other_experiments_are_none(name):
    assert named((name, "cpd")) == []


def test_settings_are_in_order_of_their_numbers():
    found = named(
        ("b_classes_10", "cpd"), ("b_classes_2", "progressive"), ("b_classes_2", "cpd"), ("a_classes_20", "cpd")
    )
    assert [(one.gan.experiment, one.gan.architecture) for one in found] == [
        ("a_classes_20", "cpd"),
        ("b_classes_2", "cpd"),
        ("b_classes_2", "progressive"),
        ("b_classes_10", "cpd"),
    ]
