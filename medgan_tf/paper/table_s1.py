"""Table S1 of the paper as data: every setting of its benchmark, and how often each was repeated (S.5)."""

from dataclasses import dataclass
from typing import Literal

Benchmark = Literal["classes", "samples", "resolution"]
DATASETS = ("chexpert", "rsna")


@dataclass(frozen=True)
class PaperRow:
    """One row of Table S1.

    Attributes:
        dataset: `chexpert` or `rsna`.
        benchmark: `classes`, `samples` or `resolution`: the number that is varied.
        labels: m_labels; None where the table's number is not known to us.
        combinations: m_label_comb; None where the table's number is not known to us.
        train: n_tr, training images.
        rest: n_val/te, the number of validation images and, by the table, of test images; None if it is not known.
            In the resolution benchmark it is the sum of both.
        per_combination: n_per_label_comb, training images of each combination; None for all there are.
        resolution: Pixels.
        seeds: Repeats with the cpD-GAN: 4, at the extremes that are tested more (S.5).
    """

    dataset: str
    benchmark: Benchmark
    labels: int | None
    combinations: int | None
    train: int
    rest: int | None
    per_combination: int | None
    resolution: int = 32
    seeds: int = 4

    @property
    def name(self) -> str:
        """The name of the experiment and its file."""
        values = {"classes": self.combinations, "samples": self.per_combination, "resolution": self.resolution}
        return f"{self.dataset}_{self.benchmark}_{values[self.benchmark]}"

    @property
    def stopped_at(self) -> int | None:
        """Real images at which the paper stopped because FID did not converge (3.3, Figure 3); None: FID stops it."""
        few = {"chexpert": 400, "rsna": 500}[self.dataset]
        return 7_000_000 if self.benchmark == "samples" and self.per_combination <= few else None


TRAINING_IMAGES = {32: (7_000_000, 12_000_000), 64: (7_000_000, 14_000_000), 128: (9_000_000, 16_000_000)}
"""Resolution to fewest and most real images shown. Fewest: S.3; the upper limit is the published code's."""

OVERFITTING_IMAGES = 14_000_000
"""Real images shown to the cpD-GAN-OF (Figure 3)."""

FIRST_SEED = 1000
POOL_IMAGES = {"chexpert": (117_168, 15_318, 14_687), "rsna": (173_271, 22_095, 20_500)}
"""Training, validation and test images before subsets are taken (S.1)."""

_CLASSES = {
    # For 2 combinations of chest findings the numbers are the published code's; section 3.3 names that setting.
    "chexpert": [(9, 20, 1450), (8, 15, 1600), (5, 10, 2000), (5, 6, 2300), (5, 4, 3900), (None, 2, 6300)],
    "rsna": [(5, 10, 2500), (5, 8, 3120), (5, 6, 4170), (4, 4, 6250), (2, 2, 12500)],
}
_SAMPLES = {
    "chexpert": (4, 3, [5950, 4500, 3000, 1500, 1000, 500, 400, 200]),
    "rsna": (5, 6, [5400, 4500, 3000, 1500, 1000, 500, 300, 100]),
}
_RESOLUTION = {"chexpert": (14, 138, 8000), "rsna": (None, None, None)}
VALIDATION_PER_COMBINATION = {
    ("chexpert", "classes"): 190,
    ("chexpert", "samples"): 750,
    ("rsna", "classes"): 300,
    ("rsna", "samples"): 500,
}
"""n_val/te divided by m_label_comb."""

TEST_PER_COMBINATION = VALIDATION_PER_COMBINATION | {("chexpert", "classes"): 170, ("rsna", "classes"): 200}
"""The table's numbers. In the class benchmark they are the published code's, with fewer test than validation images."""

OVERFITTING = ("chexpert_samples_200", "rsna_samples_500", "rsna_samples_300", "rsna_samples_100")
"""Settings that the paper also trained as cpD-GAN-OF (Figure 3 and S.5)."""


def _rows(dataset: str) -> list[PaperRow]:
    rows = []
    for labels, combinations, each in _CLASSES[dataset]:
        rest = combinations * VALIDATION_PER_COMBINATION[dataset, "classes"]
        seeds = 10 if combinations in (2, _CLASSES[dataset][0][1]) else 4
        rows.append(PaperRow(dataset, "classes", labels, combinations, combinations * each, rest, each, seeds=seeds))
    labels, combinations, sizes = _SAMPLES[dataset]
    for each in sizes:
        rest = combinations * VALIDATION_PER_COMBINATION[dataset, "samples"]
        seeds = 20 if each in (sizes[0], sizes[-1]) else 4
        rows.append(PaperRow(dataset, "samples", labels, combinations, combinations * each, rest, each, seeds=seeds))
    labels, combinations, rest = _RESOLUTION[dataset]
    train = POOL_IMAGES[dataset][0]
    rows += [PaperRow(dataset, "resolution", labels, combinations, train, rest, None, side) for side in TRAINING_IMAGES]
    return rows


PAPER_ROWS = tuple(row for dataset in DATASETS for row in _rows(dataset))
"""All rows, in the table's order."""


def paper_row(name: str) -> PaperRow:
    """The row of an experiment's name, without `_overfit`. Raises `KeyError` for any other name."""
    return {row.name: row for row in PAPER_ROWS}[name]
