"""Which noise and labels each sheet shows, with a generator whose pixels are its inputs."""

from types import SimpleNamespace

import numpy as np
import pytest

from medgan_tf.data.conditions.columns import Conditions, Group
from medgan_tf.synthesis.explore.sheets import (
    Look,
    base_vector,
    combination_sheet,
    label_strip,
    noise_strip,
    sweep_sheet,
    truncation_sheet,
)
from medgan_tf.synthesis.noise import spherical, truncated_noise

SEX = Conditions((Group("sex", ("F",), "F"), Group("sex", ("M",), "M")))


class Shown:
    """First row of an image: its labels; second row: its noise, divided by 4. Both as -1..1 of the grey range."""

    latent_size, resolution = 4, 4

    def __init__(self, *vectors, conditions=SEX):
        self.conditions, self.label_names = conditions, ("Edema", "Fracture")
        self.column_names = (*self.label_names, *conditions.names)
        self.combinations = [SimpleNamespace(vector=np.array(one, np.float32)) for one in vectors]

    def generate(self, z, labels):
        images = np.zeros((len(z), 4, 4, 1), np.float32)
        images[:, 0, : labels.shape[1], 0], images[:, 1, :, 0] = labels * 2 - 1, z / 4
        return images


def labels_of(sheet):
    return sheet.images[:, :, 0, :, 0] / 255


def noise_of(sheet):
    return (sheet.images[:, :, 1, :, 0] - 127.5) / 127.5 * 4


def look(*vectors, **options):
    return Look(Shown(*vectors), 5, 3, **options)


def test_each_combination_has_a_row_and_each_column_its_noise():
    sheet = combination_sheet(look((1, 0, 1, 0), (0, 1, 0, 1), (0, 0, 1, 0)), 2)
    assert sheet.rows == ("Edema|sex=F", "Fracture|sex=M") and sheet.columns == ()
    np.testing.assert_array_equal(labels_of(sheet), [[[1, 0, 1, 0]] * 3, [[0, 1, 0, 1]] * 3])
    for row in noise_of(sheet):
        np.testing.assert_allclose(row, truncated_noise(5, 3, 4, None), atol=0.02)


def test_a_sweep_adds_one_finding_or_changes_one_group():
    sheet = sweep_sheet(look((1, 0, 1, 0), (1, 1, 1, 0)), np.array([1, 0, 1, 0], np.float32))
    assert sheet.rows == ("Edema|sex=F", "+ Fracture", "sex=M|(not on its card)")
    np.testing.assert_array_equal(labels_of(sheet)[:, 0], [[1, 0, 1, 0], [1, 1, 1, 0], [1, 0, 0, 1]])
    np.testing.assert_array_equal(noise_of(sheet)[0], noise_of(sheet)[2])
    assert sheet.title.startswith("One label added to Edema + sex=F;")


def test_the_base_is_that_to_which_most_findings_can_be_added():
    """Nothing: both findings alone were trained with. Edema: only one more can be added."""
    assert base_vector(Shown((1, 0, 0, 1), (0, 1, 1, 0), (1, 1, 1, 0))).tolist() == [0, 0, 0, 1]
    assert base_vector(Shown((1, 0, 1, 0), (1, 1, 1, 0))).tolist() == [0, 0, 1, 0]
    assert base_vector(Shown((1, 1), (1, 0), conditions=Conditions())).tolist() == [0, 0]
    three = Shown((1, 1, 0), (1, 0, 1), conditions=Conditions())
    three.label_names = ("Edema", "Fracture", "Mass")
    three.combinations.append(SimpleNamespace(vector=np.array([1, 0, 0], np.float32)))
    assert base_vector(three).tolist() == [1, 0, 0]


def test_truncation_has_a_row_for_each_threshold():
    sheet = truncation_sheet(look((1, 0, 1, 0)), np.array([1, 0, 1, 0], np.float32), (1.0, 0.5))
    assert sheet.rows == ("no truncation", "truncation 1", "truncation 0.5")
    largest = np.abs(noise_of(sheet)).max(axis=(1, 2))
    assert largest[0] > 1 and largest[1] == pytest.approx(1, abs=0.3) and largest[2] < 0.53
    cut = truncation_sheet(look((1, 0, 1, 0), truncation=2.0), np.array([1, 0, 1, 0], np.float32), (0.5,))
    assert cut.rows == ("truncation 2", "truncation 0.5")


def test_the_way_between_noise_vectors_keeps_the_labels():
    sheet = noise_strip(look((1, 0, 1, 0)), np.array([0, 1, 1, 0], np.float32), 5)
    assert sheet.images.shape[:2] == (1, 5) and sheet.columns == ("0%", "25%", "50%", "75%", "100%")
    assert sheet.rows == ("Fracture|sex=F|(not on its card)",)
    np.testing.assert_array_equal(labels_of(sheet)[0], [[0, 1, 1, 0]] * 5)
    np.testing.assert_allclose(noise_of(sheet)[0], spherical(*truncated_noise(5, 2, 4, None), 5), atol=0.02)


def test_the_way_between_labels_keeps_the_noise():
    ends = np.array([[1, 0, 1, 0], [0, 1, 1, 0]], np.float32)
    sheet = label_strip(look(*ends), *ends, 9)
    assert sheet.rows == ("noise 1", "noise 2", "noise 3")
    assert sheet.columns == ("0%", "", "25%", "", "50%", "", "75%", "", "100%")
    np.testing.assert_allclose(labels_of(sheet)[1, :, 0], np.linspace(1, 0, 9), atol=0.003)
    np.testing.assert_array_equal(noise_of(sheet)[2, 0], noise_of(sheet)[2, 8])
    assert sheet.title == "From Edema + sex=F to Fracture + sex=F, in a straight line; the noise of a row stays"
