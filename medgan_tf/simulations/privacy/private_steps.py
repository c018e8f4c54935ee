"""An attack on the claim of a differentially private training, with steps that can be made wrong on purpose.

A linear discriminator D(x) = w x learns with Wasserstein's loss, so the gradient of a real image x is -x. Each canary
is a patient whose image is 1 in a coordinate of its own, and this coordinate of the weights is the canary's score:
nothing hides a canary but the noise (canaries in gradient space: Nasr et al. 2023). The other patients' images lie in
further coordinates. A step is that of a private training: each patient is drawn with the same probability, each
gradient is clipped, noise is added to their sum, and the sum is divided by the expected batch.

The claim is right for the noise of the first setting. The others are mistakes: less noise than was charged, as when
noise is divided by the number of replicas, or gradients that are not clipped."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medgan_tf.metrics.privacy.one_run_epsilon import audited_epsilon
from medgan_tf.simulations.row import ERROR, POWER, Row

CLAIM, DELTA = 1.0, 1e-5
"""The guarantee that is claimed for `PROBABILITY`, `NOISE` and `STEPS`."""
CANARIES, OTHERS, SIZE = 1000, 500, 50
PROBABILITY, STEPS, CLIP = 0.05, 200, 1.0
NOISE = 2.84
"""The smallest multiplier of three digits for the claim; a test asks the accountant."""
RATE = 0.01


@dataclass(frozen=True)
class Setting:
    """A training and what is wrong with it.

    Attributes:
        words: The mistake.
        noise_share: Noise that is added, as a share of what was charged.
        is_clipped: Whether gradients are clipped. The images of canaries have ten times the norm that is allowed.
    """

    words: str
    noise_share: float = 1.0
    is_clipped: bool = True


RIGHT = Setting("the noise that was charged")
SETTINGS = (
    RIGHT,
    Setting("half of the noise", 1 / 2),
    Setting("a quarter of the noise", 1 / 4),
    Setting("a tenth of the noise", 1 / 10),
    Setting("no clipping, gradients of ten times the norm", is_clipped=False),
)


def simulate(draws: int, seed: int, settings: Sequence[Setting] = SETTINGS) -> list[Row]:
    """The share of trainings whose lower bound is above the claim."""
    random, rows = np.random.default_rng(seed), []
    for setting in settings:
        found = bounds(setting, draws, random)
        what = ERROR if setting == RIGHT else POWER
        truth = f"claimed epsilon {CLAIM:g}; median bound {np.median(found):.2f}"
        rows.append(Row(f"{setting.words}: bound above the claim", truth, what, int((found > CLAIM).sum()), draws))
    return rows


def bounds(setting: Setting, draws: int, random: np.random.Generator) -> np.ndarray:
    """The lower bound on epsilon of each training, float64 [draws]."""
    found = np.empty(draws)
    for draw in range(draws):
        inside = random.random(CANARIES) < 0.5
        found[draw] = audited_epsilon(trained(setting, inside, random), inside, delta=DELTA, seed=draw).bound
    return found


def trained(setting: Setting, inside: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The weights of the canaries' coordinates after training, float64 [canaries].

    Args:
        setting: What is wrong.
        inside: bool [canaries], whether each is among the patients.
        random: Draws everything.
    """
    images = patients(inside, random)
    weights = np.zeros(images.shape[1])
    for _ in range(STEPS):
        gradients = -images[random.random(len(images)) < PROBABILITY]
        total = summed(gradients, CLIP if setting.is_clipped else np.inf)
        total += setting.noise_share * NOISE * CLIP * random.normal(size=len(total))
        weights -= RATE * total / (PROBABILITY * len(images))
    return weights[:CANARIES]


def patients(inside: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The images that are trained on, float64 [patients, coordinates], one for each patient."""
    canaries = np.eye(CANARIES, CANARIES + SIZE)[inside]
    others = np.hstack([np.zeros((OTHERS, CANARIES)), random.normal(size=(OTHERS, SIZE))])
    return 10 * np.vstack([canaries, others])


def summed(gradients: np.ndarray, clip: float) -> np.ndarray:
    """The sum of gradients [N, coordinates], each scaled down to the norm `clip` where it is above it."""
    norms = np.sqrt(np.square(gradients).sum(axis=1) + 1e-12)
    return np.minimum(1.0, clip / norms) @ gradients
