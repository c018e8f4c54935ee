"""The person behind the chest phantom: shapes, and what a view does with them."""

import numpy as np
import pytest

from medgan_tf.phantom.chest_anatomy import SIDES, draw_anatomy, smooth_closed
from medgan_tf.phantom.chest_view import Canvas, draw_view


def people(count=30):
    return [draw_anatomy(np.random.default_rng([11, index])) for index in range(count)]


def test_same_seed_same_person():
    first, again = (draw_anatomy(np.random.default_rng(3)) for _ in range(2))
    assert (first.sex, first.age, first.heart_ratio, first.seed) == (
        again.sex,
        again.age,
        again.heart_ratio,
        again.seed,
    )
    for (points, width), (points_again, width_again) in zip(first.vessel_tree, again.vessel_tree, strict=True):
        np.testing.assert_array_equal(points, points_again)
        np.testing.assert_array_equal(width, width_again)


def test_closed_curve_passes_through_its_points():
    square = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    np.testing.assert_allclose(smooth_closed(square, 10)[::10], square, atol=1e-12)


@pytest.mark.parametrize("ratio", [0.38, 0.45, 0.49, 0.52, 0.60, 0.68])
def test_heart_outline_has_the_cardiothoracic_ratio_asked_for(ratio):
    for person in people(8):
        heart = person.heart(ratio)
        thorax = 2 * float(person.wall(person.dome[0]))
        assert np.ptp(heart[:, 0]) / thorax == pytest.approx(ratio, rel=0.03)
        right, left = person.heart_extents(ratio)
        assert 0 < right < left, "the apex points to the left"


def test_persons_differ_within_normal_limits():
    group = people()
    ratios = np.array([person.heart_ratio for person in group])
    assert 0.34 <= ratios.min() < ratios.max() < 0.5 and ratios.std() > 0.01
    assert {person.sex for person in group} == {"Male", "Female"}
    assert all((person.breast > 0) == (person.sex == "Female") for person in group)
    assert all(18 <= person.age <= 90 for person in group)
    assert all(person.dome[1] > person.dome[0] - 0.03 for person in group), "the right dome is the higher one"


def test_ribs_run_from_the_spine_to_the_wall_and_drop_to_the_front():
    person = people(1)[0]
    for side in SIDES:
        line, angle = person.rib(6, side)
        assert abs(line[0, 0]) < 0.2 and abs(line[:, 0]).max() == pytest.approx(float(person.wall(1.0)), abs=0.1)
        assert np.all(side * line[:, 0] > 0) and line[-1, 1] > line[0, 1] + 0.2 and line[-1, 2] > 0 > line[0, 2]
        assert np.all(np.diff(angle) > 0)


def test_canvas_area_is_the_outline_area():
    view = draw_view(np.random.default_rng(0), True, False, 320, 390)
    box = np.array([(-0.3, 0.6), (0.3, 0.6), (0.3, 1.1), (-0.3, 1.1)])
    assert Canvas(view).fill([box]).sum() == pytest.approx(0.6 * 0.5 * view.scale**2, rel=0.03)


def test_grid_and_projection_are_inverse():
    view = draw_view(np.random.default_rng(1), True, True, 320, 390)
    x, y = view.grid()
    points = np.array([(x[40, 70], y[40, 70]), (x[200, 10], y[200, 10])], float)
    np.testing.assert_allclose(view.project(points), [(70, 40), (10, 200)], atol=1e-2)


def test_sizes_vary_about_what_is_asked_for():
    shapes = set()
    for index in range(40):
        view = draw_view(np.random.default_rng(index), True, False, 320, 390)
        shapes.add((view.height, view.width))
        assert 300 <= min(view.height, view.width) <= 340 and 370 <= max(view.height, view.width) <= 410
    assert len(shapes) > 20
    assert {height > width for height, width in shapes} == {True, False}
