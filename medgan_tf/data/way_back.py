"""The way from pseudonyms back to raw files, for the owner of the data; once it is written, raw names can go."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from medgan_tf.data.build_plan import BuildPlan
from medgan_tf.data.pseudonym_numbers import pseudonym_numbers


def way_back(plan: BuildPlan) -> Iterator[tuple[str, str, str, str, str]]:
    """The rows that lead from pseudonyms back to files, one of each image."""
    first = np.sort(np.unique(pseudonym_numbers(plan.image_ids), return_index=True)[1])
    columns = [plan.folds.frame[name].to_numpy(dtype=object) for name in ("image_id", "path", "patient_id")]
    for row in first:
        raw_id, path, raw_patient = (column[row] for column in columns)
        yield str(plan.image_ids[row]), raw_id, path, str(plan.patients[row]), raw_patient


def without_raw_names(plan: BuildPlan) -> BuildPlan:
    """The plan without raw identifiers of images and patients: pseudonyms are enough, and they take much memory."""
    needed = plan.folds.frame[["path", "fold", "copy"]].copy()
    return replace(plan, folds=replace(plan.folds, frame=needed))
