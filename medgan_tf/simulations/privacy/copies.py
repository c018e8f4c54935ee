"""Copies of training images among released ones: how often are the limits of their share on the wrong side of it?

A patient is a point in 16 dimensions and has 1 to 4 images around it. Released images are drawn from the distribution
of the real ones. A part of them are copies of training images with noise that is small beside the distance between
patients. Their share is the truth of every excess at training images: of all released images, of those that are nearer
to a real image than another patient is (authenticity), and of near copies.

A limit of 95 % on one side may be on the wrong side of the truth in 5 % of the studies. "broken" is a verdict as an
audit with 15 rows gives it, against the audit's own limits.

Near copies are also simulated by their numbers alone: images are suspected, planted copies found, and held-out images
suspected with known probabilities.
"""

import numpy as np

from medgan_tf.metrics.privacy.authenticity import RealPool
from medgan_tf.metrics.privacy.data_copying import Excess, training_excess
from medgan_tf.metrics.privacy.near_copies import Found, NearCopies
from medgan_tf.simulations.row import ERROR, Row

DIMENSIONS = 16
SIZES = ((120, 40, 400), (400, 300, 2000), (300, 400, 2000))
"""Training patients, held-out patients, released images."""
LARGE = ((400, 300, 10_000), (4000, 4000, 4000))
"""Sizes of which a large run has a tenth of the studies."""
LEAKS = (0.0, 0.05)
AUTHENTICITY, NEAREST = 0.05, 0.05
_ROWS = 15
_NOISE = 0.05
COUNTS = ((400, 300), (1000, 1000), (4000, 4000))
"""Released images and held-out patients of the simulation by numbers alone."""
SHARES = (0.0, 0.005, 0.02)
ALARMS, SENSITIVITY, PLANTED = (0.0, 0.01), (0.8, 0.97), 100


def simulate(draws: int, seed: int, sizes: tuple = (*SIZES, *LARGE)) -> list[Row]:
    """Rates of limits on the wrong side, and of limits that are called broken without a leak.

    Args:
        draws: Studies of each setting; a tenth of it for `LARGE`.
        seed: Seed of all draws.
        sizes: Training patients, held-out patients and released images of each setting.
    """
    random = np.random.default_rng(seed)
    rows = []
    for size in sizes:
        for leak in LEAKS:
            rows += _searches(random, size, leak, max(20, draws // 10) if size in LARGE else draws)
    for counts in COUNTS:
        for share in SHARES:
            for alarms in ALARMS:
                rows += [_by_numbers(random, counts, share, alarms, one, draws) for one in SENSITIVITY]
    return rows


def world(
    random: np.random.Generator, patients: tuple[int, int], images: int, leak: float
) -> tuple[RealPool, np.ndarray]:
    """Real images of training and held-out patients, and features of released images [M, 16], the copies first."""
    real, owner = [], []
    for count in patients:
        numbers = np.repeat(np.arange(count), random.integers(1, 5, count))
        centres = 0.9 * random.normal(size=(count, DIMENSIONS))
        real.append(centres[numbers] + np.sqrt(1 - 0.9**2) * random.normal(size=(len(numbers), DIMENSIONS)))
        owner.append(numbers + len(owner) * patients[0])
    released = random.normal(size=(images, DIMENSIONS))
    copies = round(leak * images)
    chosen = random.integers(0, len(real[0]), copies)
    released[:copies] = real[0][chosen] + _NOISE * random.normal(size=(copies, DIMENSIONS))
    features = np.concatenate(real).astype(np.float32)
    pool = RealPool(features, np.concatenate(owner), np.arange(len(features)) < len(real[0]))
    return pool, released.astype(np.float32)


def _searches(random: np.random.Generator, size: tuple[int, int, int], leak: float, draws: int) -> list[Row]:
    """Rates of the excess of all images at training images, and of those that are not authentic."""
    names = ("nearest images", "images that are not authentic")
    wrong = {(name, side): 0 for name in names for side in ("above the lower", "below the upper", "broken")}
    for _ in range(draws):
        pool, released = world(random, size[:2], size[2], leak)
        places, strata = pool.place(released), np.zeros(len(pool))
        for name, counts in zip(names, (places.relative < np.inf, places.relative < 1), strict=True):
            found = training_excess(places, counts, pool, strata)
            low, high = found.limits(0.95)
            wrong[name, "above the lower"] += leak < low
            wrong[name, "below the upper"] += leak > high
            limit = NEAREST if name == names[0] else AUTHENTICITY
            wrong[name, "broken"] += found.limits(1 - 0.05 / _ROWS)[0] > limit
    setting = f"{size[0]:,} training, {size[1]:,} held-out patients, {size[2]:,} released images"
    rows = []
    for (name, side), count in wrong.items():
        what = f"{name}: called broken" if side == "broken" else f"{name}: truth not {side} limit"
        if side != "broken" or leak == 0:
            rows.append(Row(f"{setting}; {what}", f"{leak:.0%} copies", ERROR, count, draws))
    return rows


def _by_numbers(
    random: np.random.Generator, counts: tuple[int, int], share: float, alarms: float, sensitivity: float, draws: int
) -> Row:
    """Rate at which the share of near copies is above its upper limit of 95 %."""
    images, patients = counts
    wrong = 0
    for _ in range(draws):
        copies = random.binomial(images, share)
        false = random.binomial(images - copies, alarms, 2) / 2
        trained, others = random.binomial(copies, sensitivity) + round(false[0]), round(false[1])
        excess = Excess(images, trained + others, trained, 0.0, (trained - others) / images, 0.5, 0.0, 1.0,
                        patients, patients)  # fmt: skip
        planted = Found(int(random.binomial(PLANTED, sensitivity)), PLANTED)
        seen = int(random.binomial(1000, alarms)), 1000
        wrong += NearCopies(excess, {"noised": planted}, seen).limits(0.95)[1] < share
    setting = (
        f"{images:,} released images, {patients:,} held-out patients, {sensitivity:.0%} of copies found, {alarms:.0%} "
        "false alarms; near copies: truth not below the upper limit"
    )
    return Row(setting, f"{share:.1%} copies", ERROR, wrong, draws)
