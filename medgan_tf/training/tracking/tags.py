"""The names under which TensorBoard and MLflow show the numbers of a tick."""

import math
from collections.abc import Mapping

TAGS = {
    "loss_d": "loss/discriminator",
    "loss_g": "loss/generator",
    "score_real": "score/real",
    "score_fake": "score/fake",
    "gradient_norm": "penalty/gradient_norm",
    "gradients_g": "gradients/generator",
    "gradients_d": "gradients/discriminator",
    "images_per_second": "speed/images_per_second",
    "fid": "fidelity/fid",
    "diversity": "watchdog/diversity",
    "rollbacks": "watchdog/rollbacks",
    "r_t": "score/r_t",
    "r1": "penalty/r1",
    "r2": "penalty/r2",
    "augmentation_strength": "augmentation/strength",
    "auxiliary_real": "auxiliary/real",
    "auxiliary_fake": "auxiliary/fake",
    "resolution": "growth/resolution",
    "fade": "growth/fade",
    "epsilon": "privacy/epsilon",
    "accuracy_fake": "privacy/accuracy_fake",
    "discriminator_steps": "privacy/discriminator_steps",
    "memory_gib": "memory/process_gib",
    "gpu_memory_gib": "memory/gpu_gib",
}
"""Tag by the name in `metrics.jsonl`."""

OF_THE_MACHINE = ("speed/", "memory/")
"""Beginnings of tags that tell about the machine, and in a private training a little about the draws of a step."""

FINAL_IMAGES, FINAL_FID = "final/images", "final/fid"
"""At the end of a training: images seen, and FID of the exported generator where it was computed while training."""


def tagged(values: Mapping[str, float]) -> dict[str, float]:
    """The finite values of a tick that have a tag, by tag."""
    return {tag: values[name] for name, tag in TAGS.items() if math.isfinite(values.get(name, math.nan))}
