"""Tissues have their Hounsfield units and a head has the shape of a head."""

import cv2
import numpy as np
import pytest

from medgan_tf.phantom.head_anatomy import draw_patient, level_scale, view_skull
from medgan_tf.phantom.head_bleeds import BleedPlan
from medgan_tf.phantom.head_brain import view_brain
from medgan_tf.phantom.head_raster import Frame, SmoothField, ellipse, ramp
from medgan_tf.phantom.head_render import compose, scan
from medgan_tf.phantom.head_series import render_series

SIZE = 256


@pytest.fixture(scope="module")
def patient():
    return draw_patient(np.random.default_rng(21), SIZE)


@pytest.fixture(scope="module")
def middle(patient):
    """A slice through the bodies of the ventricles."""
    (one,) = render_series(np.random.default_rng(0), patient, BleedPlan(), np.array([57.0]))
    return one


def pure(cover, pixels=3):
    """Pixels whose whole neighbourhood is of one tissue."""
    return cv2.erode(cover.astype(np.float32), np.ones((pixels, pixels))) > 0.97


def test_hounsfield_units_of_the_tissues(middle, patient):
    values = middle.hounsfield
    assert values.dtype == np.int16
    assert np.median(values[patient.frame.from_centre > 100]) == pytest.approx(-1000, abs=2)
    assert values[pure(middle.tissues["ventricles"])].mean() == pytest.approx(patient.fluid, abs=3)
    white = values[pure(middle.tissues["white"], 5)].mean()
    grey = values[pure(middle.tissues["grey"])].mean()
    assert white == pytest.approx(patient.white, abs=3)
    assert grey == pytest.approx(patient.grey, abs=4)
    assert 4 < grey - white < 14
    bone = values[pure(middle.tissues["skull"])]
    assert 500 < np.percentile(bone, 5) and np.percentile(bone, 95) < 1500


def test_skull_has_two_tables_around_the_diploe(patient):
    view = view_brain(patient, 60.0)
    clean = compose(view)
    share = view.skull.depth / view.skull.thickness
    outer, diploe, inner = (clean[np.abs(share - middle) < 0.06].mean() for middle in (0.17, 0.5, 0.83))
    assert outer > 1200 and inner > 1100
    assert 600 < diploe < 900


def test_scalp_lies_outside_the_bone(patient):
    clean = compose(view_brain(patient, 60.0))
    skull = view_skull(patient, 60.0)
    ring = (skull.depth < -0.5) & (skull.depth > -patient.fat)
    assert -110 < np.median(clean[ring]) < 70
    assert (clean[(skull.depth < -25) & (patient.frame.y > 0)] == -1000).all()


def test_noise_has_its_strength_and_is_correlated(patient):
    flat = np.full((SIZE, SIZE), 30.0, np.float32)
    values = scan(patient, flat, np.random.default_rng(2)).astype(float)
    assert values.mean() == pytest.approx(30, abs=0.3)
    assert values.std() == pytest.approx(patient.noise, rel=0.05)
    assert np.corrcoef(values[:, 1:].ravel(), values[:, :-1].ravel())[0, 1] > 0.15


def test_head_narrows_towards_the_vertex(patient):
    areas = [view_brain(patient, z).inside.sum() for z in (55.0, 80.0, 100.0)]
    assert areas[0] > 1.1 * areas[1] > 1.1 * 1.1 * areas[2]
    assert level_scale(52) == 1
    frame = patient.frame
    inside = view_brain(patient, 55.0).skull.depth > 0
    length, width = np.ptp(frame.y[inside]), np.ptp(frame.x[inside])
    assert 155 < length < 200 and 120 < width < 155 and length > width


def test_ventricles_appear_where_they_belong(patient):
    amount = {z: view_brain(patient, z).ventricles.sum() for z in (28.0, 58.0, 90.0)}
    assert amount[28.0] == 0 and amount[90.0] == 0
    assert 300 < amount[58.0] * patient.frame.spacing**2 < 3000
    assert view_brain(patient, 44.0).third.sum() > 0
    assert view_brain(patient, 28.0).cisterns.sum() > view_brain(patient, 70.0).cisterns.sum() == 0


def test_same_anatomy_at_every_size():
    small, large = (draw_patient(np.random.default_rng(4), size) for size in (64, 256))
    means = [
        cv2.resize(compose(view_brain(one, 60.0)), (32, 32), interpolation=cv2.INTER_AREA) for one in (small, large)
    ]
    assert np.corrcoef(means[0].ravel(), means[1].ravel())[0, 1] > 0.99


def test_frame_measures_in_millimetres():
    frame = Frame(200, 0.5, 0.3, (4.0, -6.0))
    circle = frame.polygons([ellipse((10, 5), (20, 20), points=200)])
    assert circle.sum() * 0.25 == pytest.approx(np.pi * 400, rel=0.02)
    assert np.average(frame.x, weights=circle) == pytest.approx(10, abs=0.1)
    assert np.average(frame.y, weights=circle) == pytest.approx(5, abs=0.1)
    tube = frame.tubes([(np.array([(-10, 0), (10, 0)]), np.array([3, 3]))])
    assert tube.sum() * 0.25 == pytest.approx(20 * 6 + np.pi * 9, rel=0.06)
    assert np.array_equal(frame.soften(np.array([-1.0, -0.25, 0.0, 0.25, 1.0])), [0, 0, 0.5, 1, 1])


def test_smooth_field_changes_slowly_with_height():
    field = SmoothField(np.random.default_rng(0), 9)
    near = np.corrcoef(field.at(50, 64).ravel(), field.at(52, 64).ravel())[0, 1]
    far = np.corrcoef(field.at(50, 64).ravel(), field.at(90, 64).ravel())[0, 1]
    assert near > 0.9 > 0.5 > abs(far)


def test_ramp_is_a_trapezium():
    assert [ramp(z, 0, 10, 20, 30) for z in (-1, 5, 15, 25, 31)] == [0, 0.5, 1, 0.5, 0]
    assert ramp(1e9, 0, 1) == 1
