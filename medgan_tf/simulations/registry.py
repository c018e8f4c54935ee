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
    ),
}
