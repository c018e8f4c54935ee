"""The numbers of a private step, and the names of its secret draws."""

from dataclasses import dataclass

SECRET_STREAMS = ("sampling", "images", "noise 0", "noise 1", "noise 2", "noise 3")
"""The secret draws of one discriminator step, in the order of its seeds: who takes part, which image of a patient, and
four draws of the noise. The noise is their sum divided by 2, which has the deviation of one and hides the grid of
floating-point numbers of each (Holohan and Braghin 2021)."""


@dataclass(frozen=True)
class StepTerms:
    """What a private discriminator step is charged for.

    Attributes:
        clip: Largest norm of the gradient of one unit.
        noise_multiplier: Standard deviation of the noise divided by `clip`; 0 for a training without guarantee.
        sampling_probability: Probability with which each unit takes part in a step, independently of the others.
        expected_batch: Mean number of units in a step, by which the noisy sum is divided; public.
        images_per_patient: Images of a unit whose mean gradient is taken, at most.
        chunk: Units whose gradients are computed at a time.
        discriminator_steps: Discriminator steps for each generator step; None: adaptive.
    """

    clip: float
    noise_multiplier: float
    sampling_probability: float
    expected_batch: int
    images_per_patient: int = 1
    chunk: int = 16
    discriminator_steps: int | None = None
