"""The difference between each arm and its control, on the same test patients and with the same seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from medgan_tf.classification.arms.names import config_arms
from medgan_tf.classification.conditions import Condition
from medgan_tf.config.schema import Experiment
from medgan_tf.evidence.utility.arms.gain import gain_verdict
from medgan_tf.evidence.utility.estimates.joint_aucs import joint_aucs
from medgan_tf.evidence.utility.estimates.seed_contrast import SeedContrast
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.metrics.group_tests import holm, repeats

_GAIN = (1.0, -1.0)


def arm_differences(
    seeds: Sequence[SeedScores],
    conditions: Mapping[str, Condition],
    measured: np.ndarray,
    switches: Sequence[str],
    level: float,
) -> list[dict[str, Any]]:
    """What each arm gains over its control: mean AUC of the arm less that of the control.

    Both were tested on the same patients and have the same seeds, so the difference has one interval over both, as the
    gap has. What is undefined is NaN.

    Args:
        seeds: Predictions of all seeds.
        conditions: Conditions that every seed has, by name.
        measured: Labels that are in the means, bool [L].
        switches: Switches of `original_code` that are on.
        level: Coverage of the intervals.

    Returns:
        An entry for each arm whose control is there: `arm`, `kind`, `size`, `title`, `control`, `control_title`,
        `values` of the seeds, `over_seeds`, `interval`, `each_seed`, `enough_patients`, one-sided `p` of a gain,
        `p_holm` over all arms, `verdict`, and `topped_up` of a rare one.
    """
    found = []
    for name, condition in conditions.items():
        arm = condition.arm
        if arm is None or arm.control not in conditions:
            continue
        contrast = joint_aucs(seeds, (name, arm.control), switches).contrast(_GAIN, measured)
        described = {
            "arm": name,
            "kind": arm.kind,
            "size": arm.size,
            "title": arm.title,
            "control": arm.control,
            "control_title": conditions[arm.control].title,
        }
        found.append(described | _difference(contrast, level))
        if topped_up := [entry.topped_up[name] for entry in seeds if name in entry.topped_up]:
            found[-1]["topped_up"] = topped_up
    for entry, p in zip(found, holm(np.array([entry["p"] for entry in found])), strict=True):
        entry["p_holm"] = p
    return found


def arms_not_applicable(experiment: Experiment) -> list[str]:
    """Titles of arms that the config asks for and that need a generator, where the images come from another's."""
    config = experiment.classifier
    known = config_arms(config, external=experiment.external is not None)
    return [arm.title for arm in config_arms(config) if arm not in known]


def _difference(contrast: SeedContrast, level: float) -> dict[str, Any]:
    both, enough = contrast.over_both, contrast.enough_patients
    return {
        "values": contrast.values,
        "over_seeds": asdict(repeats(contrast.values)),
        "interval": contrast.interval(level),
        "each_seed": contrast.each_seed(level),
        "enough_patients": enough,
        "p": both.p_above(0.0) if enough else float("nan"),
        "verdict": gain_verdict(contrast),
    }
