"""What a manifest says of the experiment and of its source."""

from typing import Any

from medgan_tf.config.schema import Experiment
from medgan_tf.data.dataset_settings import comparable_config, switches
from medgan_tf.data.records.manifest import RuleCount
from medgan_tf.data.tables.table import FoldTable, SourceTable

PATIENTS_UNKNOWN = (
    "The source does not say which images are of the same patient. Images of one patient can be in the training fold "
    "and in the test fold, so scores can be too good, and tests of privacy are by image instead of by patient."
)
"""Remark of the manifest of a dataset without patients."""


def manifest_values(experiment: Experiment, table: SourceTable, folds: FoldTable) -> dict[str, Any]:
    """Fields of the manifest besides counts and shards."""
    config = comparable_config(experiment.data)
    return {
        "name": experiment.name,
        "source": experiment.data.source,
        "source_options": config["options"],
        "config": config,
        "label_policy": experiment.data.policy.model_dump(mode="json"),
        "original_code": switches(experiment) or None,
        "rules": [RuleCount.of(rule) for rule in folds.rules],
        "source_counts": {name: int(count) for name, count in table.counts.items()},
        "split_seed": experiment.data.split_seed,
        "remarks": None if table.patients_known else [PATIENTS_UNKNOWN],
    }
