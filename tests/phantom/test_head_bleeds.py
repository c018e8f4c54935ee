"""Each haemorrhage has the sign it is recognised by, measured from its mask."""

import cv2
import numpy as np
import pytest

from medgan_tf.phantom.head_anatomy import draw_patient
from medgan_tf.phantom.head_bleeds import (
    FINDINGS,
    BleedPlan,
    Epidural,
    Extent,
    Intraparenchymal,
    Intraventricular,
    Subarachnoid,
    Subdural,
)
from medgan_tf.phantom.head_brain import view_brain
from medgan_tf.phantom.head_plan import draw_plan
from medgan_tf.phantom.head_series import draw_series, render_series

SIZE = 128
EPIDURAL = Epidural(1.6, 24.0, 14.0, 68.0, -3.0, Extent(60, 25))
SUBDURAL = Subdural(1, 1.5, 1.1, 8.0, 65.0, -4.0, Extent(60, 40))
BLOB = Intraparenchymal(((-25.0, 8.0, 14.0),), 5.0, 70.0, 2.0, Extent(50, 20))
VENTRICULAR = Intraventricular((-1, 1), 0.15, False, 66.0, 0.0, Extent(54, 15))
SULCAL = Subarachnoid(1.2, 0.8, 0.0, 1, 0.5, 60.0, 0.0, Extent(80, 30))
BASAL = Subarachnoid(0.0, 0.0, 1.0, 0, 0.5, 60.0, 0.0, Extent(32, 20))


@pytest.fixture(scope="module")
def patient():
    return draw_patient(np.random.default_rng(3), SIZE)


def solidity(cover):
    """Area of the mask over that of its convex hull: 1 for a lens, far less for a crescent."""
    mask = (cover > 0.5).astype(np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(outlines, key=cv2.contourArea)
    return cv2.contourArea(largest) / cv2.contourArea(cv2.convexHull(largest))


def arc(cover, view):
    """Angle in radians that the mask spans around the head."""
    angles = view.skull.angle[cover > 0.5]
    return angles.max() - angles.min()


def test_epidural_is_a_lens_and_subdural_a_crescent(patient):
    view = view_brain(patient, 60.0)
    lens, crescent = EPIDURAL.cover(view), SUBDURAL.cover(view)
    assert solidity(lens) > 0.93
    assert solidity(crescent) < 0.65
    assert arc(lens, view) < 1.0 < 1.6 < arc(crescent, view)
    # both touch the bone and neither lies within it
    for cover in (lens, crescent):
        assert view.skull.inside[cover > 0.5].min() < 2
        assert cover[view.skull.inside < -patient.frame.spacing].max() == 0
    assert view.skull.inside[lens > 0.5].max() == pytest.approx(14, abs=3)
    assert view.skull.inside[crescent > 0.5].max() < 8 * 1.4 + 1


@pytest.mark.parametrize("side", [-1, 1])
def test_subdural_stays_on_its_side(patient, side):
    view = view_brain(patient, 60.0)
    cover = Subdural(side, 1.5, 1.1, 8.0, 65.0, 0.0, Extent(60, 40)).cover(view)
    assert (np.sign(patient.frame.x[cover > 0.5]) == side).all()


def test_blood_in_the_ventricles_settles_at_the_back(patient):
    view = view_brain(patient, 54.0)
    cover = VENTRICULAR.cover(view)
    assert cover.sum() > 0
    assert (cover <= view.ventricles + 1e-6).all()
    blood, fluid = cover > 0.5, (view.ventricles > 0.5) & (cover < 0.5)
    assert patient.frame.y[blood].max() < patient.frame.y[fluid].max() - 20
    assert patient.frame.y[blood].mean() < patient.frame.y[fluid].mean()


def test_blob_lies_in_the_brain_with_a_rim_around_it(patient):
    view = view_brain(patient, 50.0)
    cover, rim = BLOB.cover(view), BLOB.oedema(view)
    area = cover.sum() * patient.frame.spacing**2
    assert area == pytest.approx(np.pi * 14 * 14 * 1.25, rel=0.25)
    assert rim.sum() > 1.3 * cover.sum()
    assert (rim >= cover - 0.51).all()
    assert np.average(patient.frame.x, weights=cover) == pytest.approx(-25, abs=4)


def test_subarachnoid_blood_fills_fluid_spaces_only(patient):
    high, low = view_brain(patient, 80.0), view_brain(patient, 32.0)
    sulcal, basal = SULCAL.cover(high), BASAL.cover(low)
    assert sulcal.sum() > 30 and basal.sum() > 30
    assert (high.furrow[sulcal > 0.5] < 4).mean() > 0.8
    assert abs(high.skull.angle[sulcal > 0.3] - 1.2).max() < 0.85
    assert patient.frame.y[basal > 0.5].min() > -35


@pytest.mark.parametrize("bleed", [EPIDURAL, SUBDURAL, BLOB, VENTRICULAR, SULCAL, BASAL])
def test_nothing_beyond_its_extent(patient, bleed):
    z = bleed.extent.centre + bleed.extent.reach + 1
    assert bleed.level(z) == 0
    assert bleed.cover(view_brain(patient, z)).max() == 0


def test_midline_shift_moves_the_ventricles_away(patient):
    plan = BleedPlan((SUBDURAL,))
    assert plan.push(60) == pytest.approx(-4) and plan.push(5) == 0
    still, pushed = view_brain(patient, 60.0), view_brain(patient, 60.0, push=-4.0)
    middle = [np.average(patient.frame.x, weights=view.ventricles) for view in (still, pushed)]
    assert middle[1] < middle[0] - 2


def test_bleeds_are_seen_in_one_run_of_slices_and_some_slices_are_negative():
    negative = total = 0
    kinds = set()
    for number in range(24):
        rng = np.random.default_rng([5, number])
        patient, plan, levels = draw_series(rng, 64)
        slices = render_series(rng, patient, plan, levels)
        assert 4 <= len(slices) <= 10
        assert np.allclose(np.diff([one.z for one in slices]), 5)
        labels = np.array([one.labels for one in slices])
        for column, kind in enumerate(FINDINGS):
            seen = np.flatnonzero(labels[:, column])
            assert not len(seen) or np.array_equal(seen, np.arange(seen[0], seen[-1] + 1))
            assert not len(seen) or kind in {bleed.kind for bleed in plan.bleeds}
            for index in seen:
                area = slices[index].tissues[kind].sum() * patient.frame.spacing**2
                assert area >= 30
            kinds |= {kind} if len(seen) else set()
        negative += (labels.max(1) == 0).sum()
        total += len(slices)
    assert kinds == set(FINDINGS)
    assert 0.35 < negative / total < 0.68


def test_blood_has_the_density_of_blood():
    patient = draw_patient(np.random.default_rng(8), SIZE)
    for bleed in (EPIDURAL, BLOB):
        z = bleed.extent.centre
        (one,) = render_series(np.random.default_rng(0), patient, BleedPlan((bleed,)), np.array([z]))
        core = one.hounsfield[cv2.erode(one.tissues[bleed.kind], np.ones((5, 5))) > 0.99]
        assert core.mean() == pytest.approx(bleed.density, abs=5)


def test_severity_covers_faint_and_obvious():
    patient = draw_patient(np.random.default_rng(1), 64)
    plans = [draw_plan(np.random.default_rng(n), patient, np.array([50.0, 60.0])) for n in range(300)]
    assert np.mean([not plan.bleeds for plan in plans]) == pytest.approx(0.24, abs=0.08)
    densities = np.array([bleed.density for plan in plans for bleed in plan.bleeds])
    assert 43 < densities.min() < 51 and 70 < densities.max() < 80
    thickness = [bleed.thickness for plan in plans for bleed in plan.bleeds if bleed.kind == "subdural"]
    assert min(thickness) < 4 and max(thickness) > 9
