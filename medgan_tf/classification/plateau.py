"""The rule by which the learning rate falls and training stops, from the validation AUCs alone (paper S.4)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from medgan_tf.config.schema import ClassifierConfig

_FACTOR = 0.1


@dataclass(frozen=True)
class PlateauState:
    """Where training stands after some epochs.

    Attributes:
        learning_rate: Learning rate of the next epoch.
        best_epoch: The epoch with the best mean validation AUC, from 1; 0 while none has one.
        best: AUC of that epoch; NaN while there is none.
        stop: Whether training ends here.
        reason: Reason why training ends, in words; "" while it goes on.
    """

    learning_rate: float
    best_epoch: int
    best: float
    stop: bool
    reason: str


def plateau_state(aucs: Sequence[float], config: ClassifierConfig) -> PlateauState:
    """Replays the epochs: a pure function, so a resumed training needs nothing but the list.

    The rate is divided by 10 after `reduce_patience` epochs without a better AUC; the count then starts again at 0.
    Training stops after `stop_patience` such epochs. An equal AUC is not better, and an undefined one is not either.

    Args:
        aucs: Mean validation AUC after each epoch so far.
        config: Rates, patience and the upper limit of epochs.
    """
    rate, best, best_epoch, waited = config.learning_rate, math.nan, 0, 0
    for epoch, value in enumerate(aucs, start=1):
        if value > best or (math.isnan(best) and not math.isnan(value)):
            best, best_epoch, waited = value, epoch, 0
            continue
        waited += 1
        if waited >= config.reduce_patience:
            rate, waited = max(rate * _FACTOR, config.minimum_learning_rate), 0
    if len(aucs) - best_epoch >= config.stop_patience:
        reason = f"no better validation AUC for {config.stop_patience} epochs"
        return PlateauState(rate, best_epoch, best, True, reason)
    if len(aucs) >= config.max_epochs:
        limit = "1 epoch is" if config.max_epochs == 1 else f"{config.max_epochs} epochs are"
        return PlateauState(rate, best_epoch, best, True, f"{limit} the limit")
    return PlateauState(rate, best_epoch, best, False, "")
