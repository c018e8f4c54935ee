"""The list of simulations: what each one is about, and the file that does it.

A simulation is one file with one function ``simulate(draws: int, seed: int) -> list[Row]``. `draws` is the number of
studies that are made up in each setting. Everything random comes from ``np.random.default_rng`` of the seed.
A function may have further arguments with defaults, so that a test can ask for a few settings only.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from medgan_tf.simulations.row import Row


@dataclass(frozen=True)
class Simulation:
    """A simulation as docs/statistics.md names it.

    Attributes:
        module: Dotted name of its file.
        title: What is simulated, e.g. "Interval of an AUC".
        estimator: How the value and its error are computed.
        unit: What is drawn anew from study to study: patients, seeds, readers, images.
        source: Where the method comes from.
        draws: Draws of the large run in each setting; more where a draw is quick.
    """

    module: str
    title: str
    estimator: str
    unit: str
    source: str
    draws: int = 2000

    @property
    def simulate(self) -> Callable[..., list[Row]]:
        """Its function; imported when it is asked for."""
        return importlib.import_module(self.module).simulate


_PACKAGE = "medgan_tf.simulations"
SIMULATIONS = {
    "auc": Simulation(
        f"{_PACKAGE}.auc",
        "Interval of an AUC",
        "Obuchowski's clustered variance; Student's t on the logit scale; above 0.9 also a score limit",
        "patients",
        "Obuchowski 1997; DeLong et al. 1988; Newcombe 2006",
        draws=1000,
    ),
    "gap": Simulation(
        f"{_PACKAGE}.gap",
        "Verdict on the gap against its margin",
        "mean over seeds, variance over seeds and shared covariance over patients, limits joined in squares",
        "seeds and patients",
        "Obuchowski and Rockette 1995; Zou and Donner 2008",
        draws=5000,
    ),
    "gap_predictions": Simulation(
        f"{_PACKAGE}.gap_predictions",
        "Gap measured on predictions: interval, and verdict at the margin",
        "clustered covariance of all AUCs, limits of each AUC on the logit scale, joined in squares with the seeds'",
        "seeds and patients",
        "Obuchowski 1997; Obuchowski and Rockette 1995; Zou and Donner 2008",
        draws=1000,
    ),
    "gains": Simulation(
        f"{_PACKAGE}.gains",
        "Gain of an arm over its control: interval, and findings without a true gain",
        "as the gap measured on predictions, against 0",
        "seeds and patients",
        "Obuchowski 1997; Obuchowski and Rockette 1995; Zou and Donner 2008",
        draws=1000,
    ),
    "generators": Simulation(
        f"{_PACKAGE}.comparisons.generators",
        "Differences that are shown between generators, and their ranks",
        "gap: as the gap itself, with the AUCs of two generators on the same patients; KID: spread over seeds joined "
        "in squares with the sum of both errors; Holm for both directions of all pairs; ranks from what is shown",
        "seeds and patients",
        "Holm 1979; Al Mohamad, Goeman and van Zwet 2022; Obuchowski and Rockette 1995",
        draws=1000,
    ),
    "subgroups": Simulation(
        f"{_PACKAGE}.subgroups",
        "Gap by group of patients, and change of the difference between groups",
        "as the gap, on the images of each group, with the covariance of groups that share patients; findings by Holm; "
        "a widened difference by two signs together (intersection-union)",
        "seeds and patients",
        "Obuchowski and Rockette 1995; Zou and Donner 2008; Berger 1982; Holm 1979",
        draws=1000,
    ),
    "prevalence": Simulation(
        f"{_PACKAGE}.prevalence",
        "Difference of the label shares of real and synthetic training images",
        "patient sums on the logit scale, Student's t; Wilson; limits joined in squares; Bonferroni over labels",
        "patients (real images) and images (synthetic images)",
        "Cochran 1977; Wilson 1927; Newcombe 1998",
        draws=1000,
    ),
    "mean_auc": Simulation(
        f"{_PACKAGE}.mean_auc",
        "Interval of the mean AUC of one classifier over labels",
        "clustered covariance of the labels' AUCs; Student's t with Satterthwaite's degrees of freedom, logit scale",
        "patients",
        "Obuchowski 1997",
        draws=1000,
    ),
    "right_combinations": Simulation(
        f"{_PACKAGE}.right_combinations",
        "Share of right combinations: is it at least twice chance",
        "mean over runs, Student's t",
        "runs (seeds)",
        "Student 1908",
    ),
    "exact_tests": Simulation(
        f"{_PACKAGE}.exact_tests",
        "Rank tests over repeats",
        "exact distribution of the rank sum, with ties",
        "repeats (seeds)",
        "Lehmann 1975",
        draws=10_000,
    ),
    "fidelity": Simulation(
        f"{_PACKAGE}.fidelity",
        "Intervals and tests of FID, KID, precision, recall, density and coverage",
        "FID: jackknife over groups of patients; KID: jackknife, pairs of different patients, permutation test; the "
        "others: samples of patients without repeats",
        "patients (real images) and images (synthetic images)",
        "docs/fidelity.md",
        draws=1000,
    ),
    "pixels": Simulation(
        f"{_PACKAGE}.privacy.pixels",
        "Intervals of MS-SSIM and of the sliced Wasserstein distance",
        "MS-SSIM: products of the deviations of pairs that share a patient, Student's t; SWD: halves of the patients",
        "patients (real images) and images (synthetic images)",
        "Fafchamps and Gubert 2007; Shao and Wu 1989",
        draws=1000,
    ),
    "importance": Simulation(
        f"{_PACKAGE}.importance",
        "Agreement of importance maps",
        "mean of the images' agreements on Fisher's scale, its variance by patient",
        "patients",
        "docs/importance.md",
    ),
    "privacy_copies": Simulation(
        f"{_PACKAGE}.privacy.copies",
        "Copies of training images",
        "training and held-out images compete for being the nearest; Student's t over patients; few images: Clopper "
        "and Pearson, joined in squares; near copies divided by the lower limit of the sensitivity",
        "training patients, held-out patients and released images",
        "Meehan et al. 2020; Rogan and Gladen 1978; Zou and Donner 2008",
        draws=1000,
    ),
    "readers": Simulation(
        f"{_PACKAGE}.readers",
        "Score of readers against guessing, and area of their ROC curves",
        "Obuchowski and Rockette's variance with jackknife over images; from 6 readers on Student's t with Hillis's "
        "degrees of freedom, with 3 to 5 limits joined in squares",
        "readers and images",
        "Obuchowski and Rockette 1995; Hillis 2014; Roe and Metz 1997",
        draws=20_000,
    ),
    "privacy_membership": Simulation(
        f"{_PACKAGE}.privacy.membership",
        "Membership rows of the privacy audit",
        "AUC over folds with DeLong's covariance, minus that of the null; members found at 1 % false alarms by the "
        "Beta distribution of the threshold and the binomial one of the members",
        "patients with 1 to 4 images",
        "DeLong et al. 1988; Clopper and Pearson 1934; Zou and Donner 2008",
        draws=200,
    ),
    "privacy_gate": Simulation(
        f"{_PACKAGE}.privacy.gate",
        "Gate of the privacy audit",
        "all limits hold: each at 95 % on one side; a limit is broken: each of K at 1 - 0.05 / K",
        "whole audits of new patients and released images",
        "Berger 1982; Bonferroni",
        draws=200,
    ),
    "one_run_epsilon": Simulation(
        f"{_PACKAGE}.privacy.one_run_epsilon",
        "Lower bound on epsilon from one training",
        "exact tail of right guesses under (epsilon, delta) privacy; a tenth and nine tenths of the canaries guessed, "
        "Bonferroni",
        "coins of the canaries",
        "Steinke et al. 2023; Balle and Wang 2018",
        draws=1000,
    ),
    "private_steps": Simulation(
        f"{_PACKAGE}.privacy.private_steps",
        "Attack on the claim of a differentially private training: 1,000 canaries in gradient space",
        "exact tail of right guesses under (epsilon, delta) privacy; a tenth and nine tenths of the canaries guessed, "
        "Bonferroni",
        "coins of the canaries, and draws of the training",
        "Steinke et al. 2023; Nasr et al. 2023",
        draws=500,
    ),
    "privacy_identity": Simulation(
        f"{_PACKAGE}.privacy.identity",
        "Matches of released images with training patients, beyond chance",
        "weighted Poisson limits with the variance over patients, for training and held-out ones, joined in squares",
        "patients",
        "Fay and Feuer 1997; Zou and Donner 2008",
        draws=500,
    ),
    "privacy_attributes": Simulation(
        f"{_PACKAGE}.privacy.attributes",
        "What a release helps to infer of training patients",
        "gain over other patients' labels, training minus held-out patients, nobody asked with those who were asked "
        "with him; Welch's limits, Clopper and Pearson's for equal gains",
        "training patients, held-out patients and released images",
        "Giomi et al. 2023; Welch 1947",
        draws=500,
    ),
    "external_checks": Simulation(
        f"{_PACKAGE}.external_checks",
        "Checks of images from elsewhere: orientation and grey levels",
        "margin of two correlations of mean images, its variance over images and patients (delta method), Welch's "
        "limits, Bonferroni over 15 changes; Wasserstein's distance of grey levels in the same way",
        "synthetic images and real patients",
        "Welch 1947; docs/external.md",
        draws=500,
    ),
}
