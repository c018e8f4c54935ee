"""The settings of a benchmark: experiments that differ in one thing, which their names say.

The paper's benchmark varies the number of label combinations, the number of training images of each, and the
resolution: `chest_classes_6`, `chest_samples_500`, `chest_samples_100_overfit`, `chest_resolution_64`.
"""

import re
from dataclasses import dataclass

from medgan_tf.evidence.report import GanResults, Results

_NAME = re.compile(r"(?P<dataset>.+)_(?P<benchmark>classes|samples|resolution)_(?P<value>\d+)(?P<overfit>_overfit)?")


@dataclass(frozen=True)
class Setting:
    """One experiment of the benchmark with one GAN.

    Attributes:
        dataset: First part of the name.
        benchmark: `classes`, `samples` or `resolution`.
        value: The number in the name: combinations, images of each, or pixels.
        overfit: Whether it is the variant that overfits on purpose.
        gan: Its results.
    """

    dataset: str
    benchmark: str
    value: int
    overfit: bool
    gan: GanResults

    @property
    def kind(self) -> str:
        """The architecture, with `-OF` for the variant that overfits on purpose."""
        return f"{self.gan.architecture}-OF" if self.overfit else self.gan.architecture


def settings(results: Results) -> list[Setting]:
    """Experiments whose names follow the benchmark's, ordered by value."""
    found = []
    for gan in results.gans:
        match = _NAME.fullmatch(gan.experiment)
        if match:
            place = match["dataset"], match["benchmark"], int(match["value"])
            found.append(Setting(*place, bool(match["overfit"]), gan))
    return sorted(found, key=lambda one: (one.dataset, one.benchmark, one.value, one.kind))
