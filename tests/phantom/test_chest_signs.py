"""Each finding changes the picture where it should: measured on the same person, view and noise with and without it."""

import numpy as np
import pytest

from medgan_tf.phantom.chest_anatomy import draw_anatomy
from medgan_tf.phantom.chest_findings import FINDINGS, NO_FINDING
from medgan_tf.phantom.chest_lateral import render_lateral
from medgan_tf.phantom.chest_rendering import compose, render_frontal
from medgan_tf.phantom.chest_scene import new_scene
from medgan_tf.phantom.chest_signs import apply_before, cardiomegaly_ratio, place
from medgan_tf.phantom.chest_view import draw_view


class Pair:
    """Water equivalent with and without one finding."""

    def __init__(self, index, finding, severity, ap=False):
        self.person = draw_anatomy(np.random.default_rng([21, index]))
        self.view = draw_view(np.random.default_rng([22, index]), True, ap, 320, 390)
        self.scene = new_scene(self.person, self.view)
        self.with_ = compose(self.scene, {finding: severity}, np.random.default_rng(1))
        self.without = compose(new_scene(self.person, self.view), {}, np.random.default_rng(1))
        self.change = self.with_ - self.without
        self.side = int(place(self.scene, finding).choice((-1, 1)))

    def where(self, low_x, high_x, low_y, high_y, side=None):
        x = self.scene.x * (side or self.side)
        return (x > low_x) & (x < high_x) & (self.scene.y > low_y) & (self.scene.y < high_y)


def test_normal_radiograph_is_dark_in_the_lungs_and_bright_in_the_middle():
    for index in range(4):
        person = draw_anatomy(np.random.default_rng([31, index]))
        view = draw_view(np.random.default_rng([32, index]), True, False, 320, 390)
        image = render_frontal(person, view, {}, np.random.default_rng(0)).astype(float)
        assert image.dtype == float and image.shape == (view.height, view.width)
        x, y = view.grid()
        lungs = (np.abs(np.abs(x) - 0.6) < 0.15) & (np.abs(y - 0.6) < 0.25)
        middle = (np.abs(x) < 0.1) & (np.abs(y - 1.25) < 0.2)
        belly = (np.abs(x) < 0.5) & (np.abs(y - 1.85) < 0.08) & (x < 0)
        assert image[middle].mean() > image[lungs].mean() + 80
        assert image[belly].mean() > image[lungs].mean() + 60
        assert image.std() > 40


@pytest.mark.parametrize("severity", [0.0, 0.5, 1.0])
def test_cardiomegaly_widens_the_heart_beyond_every_normal_one(severity):
    person = draw_anatomy(np.random.default_rng(7))
    view = draw_view(np.random.default_rng(8), True, False, 320, 390)
    scene = new_scene(person, view)
    usual = np.ptp(scene.heart_outline()[:, 0])
    apply_before(scene, {"Cardiomegaly": severity})
    ratio = np.ptp(scene.heart_outline()[:, 0]) / (2 * float(person.wall(person.dome[0])))
    assert ratio == pytest.approx(cardiomegaly_ratio(severity), rel=0.03) and ratio > 0.495
    assert np.ptp(scene.heart_outline()[:, 0]) > 1.02 * usual


def test_cardiomegaly_adds_water_left_of_the_heart():
    pair = Pair(0, "Cardiomegaly", 0.7)
    assert pair.change[pair.where(0.62, 0.75, 1.25, 1.45, side=1)].mean() > 2


def test_wide_mediastinum_adds_water_beside_the_upper_spine():
    pair = Pair(1, "Enlarged Cardiomediastinum", 0.7)
    assert pair.change[pair.where(0.2, 0.28, 0.35, 0.6, side=-1)].mean() > 3
    assert abs(pair.change[pair.where(0.6, 0.9, 0.35, 0.6, side=-1)].mean()) < 0.1


@pytest.mark.parametrize("ap", [False, True])
def test_effusion_fills_the_costophrenic_angle(ap):
    pair = Pair(2, "Pleural Effusion", 0.6, ap)
    foot = float(pair.person.dome[0 if pair.side < 0 else 1]) + 0.1 - pair.view.raised
    assert pair.change[pair.where(0.75, 0.9, foot - 0.15, foot)].mean() > 4
    assert abs(pair.change[pair.where(0.4, 0.8, 0.1, 0.2)].mean()) < 0.5


def test_effusion_grows_with_severity():
    amounts = [Pair(2, "Pleural Effusion", severity).change.mean() for severity in (0.1, 0.4, 0.7, 1.0)]
    assert np.all(np.diff(amounts) > 0) and amounts[0] > 0


def test_pneumothorax_darkens_the_rim_and_takes_its_vessels():
    pair = Pair(3, "Pneumothorax", 0.6)
    from_wall = pair.person.wall(pair.scene.y) - np.abs(pair.scene.x)
    ring = (from_wall > 0.03) & (from_wall < 0.08) & (np.abs(pair.scene.y - 0.6) < 0.25)
    rim, other = ring & (pair.scene.x * pair.side > 0), ring & (pair.scene.x * pair.side < 0)
    assert pair.change[rim].mean() < -0.8
    assert abs(pair.change[other]).max() < 0.01
    assert np.all(pair.scene.vessel_gain[rim] < 0.1)
    image = render_frontal(pair.person, pair.view, {"Pneumothorax": 0.6}, np.random.default_rng(1)).astype(float)
    usual = render_frontal(pair.person, pair.view, {}, np.random.default_rng(1)).astype(float)
    assert image[rim].mean() < usual[rim].mean() - 5


def test_edema_is_bilateral_and_densest_around_the_hila():
    pair = Pair(4, "Edema", 0.7)
    for side in (-1, 1):
        hilar = pair.change[pair.where(0.3, 0.45, 0.8, 1.1, side=side)].mean()
        apical = pair.change[pair.where(0.4, 0.6, 0.1, 0.2, side=side)].mean()
        assert hilar > 1.5 and hilar > 2.2 * apical


@pytest.mark.parametrize("finding", ["Lung Opacity", "Consolidation", "Pneumonia"])
def test_air_space_findings_darken_one_lung_only(finding):
    for index in range(3):
        pair = Pair(index, finding, 0.6)
        sick = pair.change[pair.where(0.0, 1.0, 0.0, 1.5)].mean()
        well = pair.change[pair.where(0.0, 1.0, 0.0, 1.5, side=-pair.side)].mean()
        assert sick > 0.15 and abs(well) < 0.02


def test_consolidation_is_denser_than_opacity():
    dense, hazy = (
        max(np.percentile(Pair(i, f, 0.6).change, 99) for i in range(3)) for f in ("Consolidation", "Lung Opacity")
    )
    assert dense > hazy


def test_atelectasis_raises_the_diaphragm():
    pair = Pair(5, "Atelectasis", 0.8)
    assert pair.scene.raised[pair.side] > pair.view.raised + 0.15
    assert pair.scene.raised[-pair.side] == pair.view.raised


def test_lesion_is_small_and_grows():
    areas = [(Pair(6, "Lung Lesion", severity).change > 0.5).sum() for severity in (0.1, 0.5, 1.0)]
    assert 0 < areas[0] < areas[1] < areas[2] < 0.1 * 320 * 390


def test_pleural_other_lies_at_the_wall():
    pair = Pair(7, "Pleural Other", 0.6)
    near = np.abs(pair.scene.x) > 0.85 * pair.person.wall(pair.scene.y)
    lungs = pair.scene.lung[-1] + pair.scene.lung[1] > 0.5
    assert pair.change[near & lungs].mean() > 4 * pair.change[~near & lungs].mean() > 0


def test_fracture_displaces_ribs_and_leaves_callus():
    pair = Pair(8, "Fracture", 0.9)
    assert 2 <= len(pair.scene.breaks) <= 5 and len(pair.scene.breaks) == len(pair.scene.broken)
    x, y = pair.scene.breaks[0]
    close = (np.abs(pair.scene.x - x) < 0.03) & (np.abs(pair.scene.y - y) < 0.03)
    assert pair.change[close].mean() > 1.5


def test_devices_are_bright_and_thin():
    pair = Pair(9, "Support Devices", 0.9)
    share = (pair.change > 2).mean()
    assert 0.001 < share < 0.06 and pair.change.max() > 4


@pytest.mark.parametrize("finding", [f for f in FINDINGS if f != NO_FINDING])
def test_stronger_is_more_visible_and_faint_is_still_there(finding):
    for ap in (False, True):
        faint, strong = (np.abs(Pair(10, finding, severity, ap).change).sum() for severity in (0.02, 1.0))
        assert 0 < faint < strong


def test_a_finding_stays_in_its_place_from_image_to_image():
    person = draw_anatomy(np.random.default_rng(40))
    centres = []
    for index in range(3):
        view = draw_view(np.random.default_rng(index), True, False, 320, 390)
        scene = new_scene(person, view)
        change = compose(scene, {"Lung Lesion": 0.6}, np.random.default_rng(1))
        change -= compose(new_scene(person, view), {}, np.random.default_rng(1))
        row, column = np.unravel_index(np.argmax(change), change.shape)
        centres.append((scene.x[row, column], scene.y[row, column]))
    assert np.ptp(centres, axis=0).max() < 0.25


def test_lateral_view_shows_a_dark_lung_before_a_bright_spine():
    person = draw_anatomy(np.random.default_rng(50))
    view = draw_view(np.random.default_rng(51), False, False, 320, 390)
    image = render_lateral(person, view, {}, np.random.default_rng(0)).astype(float)
    x, y = view.grid()
    lung = image[(np.abs(x + 0.45) < 0.08) & (np.abs(y - 0.6) < 0.1)].mean()
    assert image.shape == (view.height, view.width)
    assert image[(np.abs(x) < 0.3) & (np.abs(y - 1.8) < 0.1)].mean() > lung + 60
