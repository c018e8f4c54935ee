"""Every simulation by its name. Adding one is adding a file with `simulate(draws, seed)`, and a line here."""

import importlib
from dataclasses import dataclass

from medgan_tf.simulations.row import Row


@dataclass(frozen=True)
class Simulation:
    """What is simulated.

    Attributes:
        module: Dotted name of its file.
        title: What the user sees it as.
        estimator: How it is computed.
        unit: The unit that chance works on.
        source: Where the method comes from.
    """

    module: str
    title: str
    estimator: str
    unit: str
    source: str

    def simulate(self, draws: int, seed: int) -> list[Row]:
        """The rates in all settings."""
        found = importlib.import_module(self.module).simulate(draws, seed)
        return [row if isinstance(row, Row) else Row(*row) for row in found]


SIMULATIONS = {
    "auc": Simulation(
        "medgan_tf.simulations.auc",
        "Interval of an AUC over patients",
        "clustered placement values, Student's t on the logit scale; near 0 and 1 also a score limit",
        "patient",
        "Obuchowski 1997; Newcombe 2006",
    ),
    "gap": Simulation(
        "medgan_tf.simulations.gap",
        "Verdict on the gap against its margin",
        "mean over seeds, variance over seeds and shared covariance over patients, limits joined in squares",
        "seed and patient",
        "Obuchowski and Rockette 1995; Zou and Donner 2008",
    ),
    "exact_tests": Simulation(
        "medgan_tf.simulations.exact_tests",
        "Rank tests over repeats",
        "exact distribution of the rank sum, with ties",
        "repeat (seed)",
        "Lehmann 1975",
    ),
    "readers": Simulation(
        "medgan_tf.simulations.readers",
        "Findings of a reader study",
        "mean score over readers, covariance of readers over images, Hillis's degrees of freedom",
        "reader and image",
        "Obuchowski and Rockette 1995; Hillis 2014; latent variable as in Roe and Metz 1997",
    ),
    "fidelity": Simulation(
        "medgan_tf.simulations.fidelity",
        "Intervals and tests of FID, KID, precision, recall, density and coverage",
        "FID: jackknife over groups of patients; KID: jackknife, pairs of different patients, permutation test; the "
        "others: samples of patients without repeats",
        "patient (real images) and image (synthetic images)",
        "docs/fidelity.md",
    ),
    "importance": Simulation(
        "medgan_tf.simulations.importance",
        "Agreement of importance maps",
        "mean of the images' agreements, its variance by patient",
        "patient",
        "docs/importance.md",
    ),
}
