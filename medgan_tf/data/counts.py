"""What an experiment's dataset would hold, counted from the table alone: `prepare --counts`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from medgan_tf.config.schema import Experiment
from medgan_tf.data.folds.demands import count_images
from medgan_tf.data.prepare import folds_of, open_source
from medgan_tf.data.records.manifest import RuleCount
from medgan_tf.data.tables.combinations import FOLDS, find_combinations
from medgan_tf.data.tables.labels import refuse_hidden_names
from medgan_tf.data.tables.table import FoldTable
from medgan_tf.presentation.text_table import text_table


@dataclass(frozen=True)
class CombinationCount:
    """Images of one label combination in train, valid and test; three numbers each.

    Attributes:
        name: Its labels, joined by "|".
        there: Images of the folds before the subset is drawn.
        asked: What the subset asks of each combination; None where it takes all.
        used: Images that would be written, repeats included; 0 for a combination that the subset leaves out.
    """

    name: str
    there: tuple[int, ...]
    asked: tuple[int | None, ...]
    used: tuple[int, ...]


@dataclass(frozen=True)
class DatasetCounts:
    """The counts of a dataset that has not been written.

    Attributes:
        experiment: What was counted.
        table: Numbers of rows read and set aside, by reason.
        labels: Names of the labels that occur.
        rules: The effect of every rule, in order.
        combinations: Every combination that is frequent enough, most frequent first.
        images, repeats: Images that would be written, and how many of them are repeats, for each fold.
        patients: Patients of each fold; None where the source does not know them.
    """

    experiment: Experiment
    table: dict[str, int]
    labels: tuple[str, ...]
    rules: tuple[RuleCount, ...]
    combinations: tuple[CombinationCount, ...]
    images: tuple[int, ...]
    repeats: tuple[int, ...]
    patients: tuple[int, ...] | None

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values; numbers of folds by their names."""
        data = self.experiment.data
        subset = data.subset
        return {
            "name": self.experiment.name,
            "source": data.source,
            "table": self.table,
            "policy": data.policy.model_dump(mode="json"),
            "original_code": list(self.experiment.original_code.in_dataset(data)),
            "split_seed": data.split_seed,
            "labels": list(self.labels),
            "rules": [rule.model_dump(mode="json") for rule in self.rules],
            "subset": subset.model_dump(mode="json"),
            "combinations": [
                {"name": one.name}
                | {kind: dict(zip(FOLDS, getattr(one, kind), strict=True)) for kind in ("there", "asked", "used")}
                for one in self.combinations
            ],
            "images": dict(zip(FOLDS, self.images, strict=True)),
            "repeats": dict(zip(FOLDS, self.repeats, strict=True)),
            "patients": None if self.patients is None else dict(zip(FOLDS, self.patients, strict=True)),
        }

    def as_text(self) -> str:
        """The same for people."""
        data = self.experiment.data
        policy = ", ".join(f"{name} {value}" for name, value in data.policy.model_dump(mode="json").items())
        lines = [f"{self.experiment.name}: counted only. No picture was looked at, and nothing was written."]
        lines += [f"  {name}: {count:,}" for name, count in self.table.items()]
        lines += [f"  label policy: {policy}"]
        if switches := self.experiment.original_code.in_dataset(data):
            lines += [f"  as in the published code: {', '.join(switches)}"]
        rules = [("rule", "images", "after", "patients", "after")]
        for rule in self.rules:
            counts = (rule.images_before, rule.images_after, rule.patients_before, rule.patients_after)
            rules.append((rule.rule, *(f"{count:,}" for count in counts)))
        return "\n".join([*lines, "", *text_table(rules), "", *text_table(self._table())])

    def _table(self) -> list[tuple[str, ...]]:
        rows = [("combination", *(head for fold in FOLDS for head in (f"{fold}: there", "asked", "used")))]
        others = [one for one in self.combinations if not any(one.used)]
        for one in self.combinations:
            if any(one.used):
                rows.append(_row(one.name.replace("|", " + "), one.there, one.asked, one.used))
        if others:
            there = np.sum([one.there for one in others], axis=0).tolist()
            rows.append(_row(f"{len(others)} more, left out by the subset", there, (0, 0, 0), (0, 0, 0)))
        subset = self.experiment.data.subset
        there = np.sum([one.there for one in self.combinations], axis=0).tolist()
        rows.append(_row("all images", there, (None, subset.valid_images, subset.test_images), self.images))
        if self.patients is not None:
            rows.append(("patients", *(cell for count in self.patients for cell in ("", "", f"{count:,}"))))
        return rows


def _row(name: str, *three: Sequence[int | None]) -> tuple[str, ...]:
    cells = ("all" if number is None else f"{number:,}" for fold in zip(*three, strict=True) for number in fold)
    return (name, *cells)


def count_dataset(experiment: Experiment) -> DatasetCounts:
    """Counts what `prepare` would write. Reads the table alone, and writes nothing.

    A source whose table does not name the patients reads them where they are: `rsna` in the headers of its DICOM files.

    Raises:
        ConfigError: Options or findings that the source does not have.
        DataError: A table that is missing or contradictory, or a rule that leaves too few images.
    """
    source = open_source(experiment.data, counts_only=True)
    table = source.read_table()
    refuse_hidden_names(table)
    folds = folds_of(source, table, experiment)
    frame = folds.frame
    repeats = [int(((frame["fold"] == fold) & (frame["copy"] > 0)).sum()) for fold in FOLDS]
    known = bool((frame["patient_id"] != "").all())
    patients = tuple(frame["patient_id"][frame["fold"] == fold].nunique() for fold in FOLDS)
    return DatasetCounts(
        experiment=experiment,
        table={name: int(count) for name, count in table.counts.items()},
        labels=folds.label_names,
        rules=tuple(RuleCount.of(rule) for rule in folds.rules),
        combinations=_combinations(experiment, folds),
        images=tuple(int((frame["fold"] == fold).sum()) for fold in FOLDS),
        repeats=tuple(repeats),
        patients=patients if known else None,
    )


def _combinations(experiment: Experiment, folds: FoldTable) -> tuple[CombinationCount, ...]:
    found = find_combinations(folds.labels, folds.label_names)
    counts = count_images(found.index, folds.frame["fold"].to_numpy(), len(found.names))
    used = dict(zip(found.names, map(tuple, counts.tolist()), strict=True))
    subset = experiment.data.subset
    asked = tuple(getattr(subset, f"{fold}_per_combination") for fold in FOLDS)
    rows = []
    for name, there in (folds.pool or used).items():
        taken = used.get(name)
        rows.append(CombinationCount(name, there, asked if taken else (0, 0, 0), taken or (0, 0, 0)))
    return tuple(rows)
