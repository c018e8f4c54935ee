"""`manifest.json`: the content of a dataset folder, how it was made, and the hashes that prove it.

Nothing in it identifies a person: images and patients are pseudonyms, paths are left out.

`content_sha256` is the SHA-256 of everything else in the file: label names, their order and the label policy are what
the images were labelled with, as surely as the images are those that were written. Version 1 of the format, of
medgan-tf 0.1, has no such hash and is still read.
"""

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

import medgan_tf
from medgan_tf.data.looks.spoiler_counts import Spoilers
from medgan_tf.data.records.parts import Count, Part, Sha256
from medgan_tf.data.records.synthesis import Synthesis
from medgan_tf.data.tables.table import Rule
from medgan_tf.errors import DataError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.json_files import read_json
from medgan_tf.files.plain_text import name_problem
from medgan_tf.files.result_files import json_text

FORMAT_VERSION = 2
_WITHOUT_HASH = 1
FOLDS = ("train", "valid", "test")
FILE_NAME = "manifest.json"
_LARGEST_FILE = 64 * 2**20
_HASH = "content_sha256"

FoldCounts = dict[Literal["train", "valid", "test"], Count]


class Shard(Part):
    """One TFRecord file. The pattern of `file` also keeps readers inside the folder."""

    file: Annotated[str, Field(pattern=r"^(train|valid|test)-\d{5}-of-\d{5}\.tfrecord$")]
    fold: Literal["train", "valid", "test"]
    images: Count
    bytes: Count
    sha256: Sha256


class Combination(Part):
    """Images of one label combination in each fold."""

    labels: list[str]
    vector: list[Annotated[int, Field(ge=0, le=1)]]
    train: Count = 0
    valid: Count = 0
    test: Count = 0


class RuleCount(Part):
    """Images and patients before and after one rule of the preparation."""

    rule: str
    images_before: Count
    images_after: Count
    patients_before: Count
    patients_after: Count

    @classmethod
    def of(cls, rule: Rule) -> "RuleCount":
        """The counts from the fold table's own record of the rule."""
        counts = (rule.images_before, rule.images_after, rule.patients_before, rule.patients_after)
        names = ("images_before", "images_after", "patients_before", "patients_after")
        return cls(rule=rule.rule, **{name: int(count) for name, count in zip(names, counts, strict=True)})


class Unreadable(Part):
    """Images that were planned and could not be read, by pseudonym."""

    count: Count = 0
    image_ids: list[str] = []


class Constant(Part):
    """Images that have one grey level only, by pseudonym, and whether they were kept."""

    count: Count = 0
    image_ids: list[str] = []
    kept: bool = True


class Covariates(Part):
    """Sex, age and view of the images.

    Attributes:
        views: The views that records name by their number in this list.
        counts: Images by covariate, group and fold; ages in bands. A value that is not known is the group `unknown`.
        keyed_hash: Identifies the values of all images, for who has the pseudonym secret.
        positives: Images that are positive for a label, by covariate, group, label and fold. None in older datasets.
    """

    views: Annotated[list[str], Field(max_length=255)] = []
    counts: dict[Literal["sex", "age", "view"], dict[str, FoldCounts]]
    keyed_hash: str = ""
    positives: dict[Literal["sex", "age", "view"], dict[str, dict[str, FoldCounts]]] | None = None


def _on_one_line(numbers: re.Match) -> str:
    return "[" + " ".join(numbers[1].split()) + "]"


class Manifest(Part):
    """The content of `manifest.json`.

    Attributes:
        kind: `real` images of patients, or `synthetic` ones.
        source_options: Options of the source; values that look like paths are masked.
        config: The data section of the experiment without its places (see `prepare.comparable_config`).
        images, patients: Counts per fold; `patients` is None when they are unknown or there are none.
        original_code: Switches of `original_code` that decided the content, if any.
        rules, source_counts: Numbers of images that the preparation read, set aside and kept.
        image_shape: [R, R, 1].
        build_hash: Keyed hash of the configuration and of the table of images, labels and folds.
        constant: Images of one grey level; None where there are none, or nobody looked.
        pixels_sha256: Identifies the pixels of a real set, however they are encoded and spread over shards.
        covariates: Sex, age and view, where the source has them.
        spoilers: Counts of what spoils evidence; None in datasets from before it was looked for.
        remarks: Sentences that whoever uses the dataset has to know; reports repeat them.
        synthesis: Where the images come from; for synthetic sets only.
    """

    format_version: Literal[1, 2] = FORMAT_VERSION
    kind: Literal["real", "synthetic"]
    name: str
    source: str | None = None
    source_options: dict[str, Any] = {}
    config: dict[str, Any] = {}
    label_names: Annotated[list[str], Field(min_length=1, max_length=4096)]
    label_policy: dict[str, str] = {}
    original_code: list[str] | None = None
    combinations: list[Combination]
    images: FoldCounts
    patients: FoldCounts | None = None
    rules: list[RuleCount] = []
    source_counts: dict[str, int] = {}
    image_shape: Annotated[list[Annotated[int, Field(ge=1, le=4096)]], Field(min_length=3, max_length=3)]
    value_range: Annotated[list[int], Field(min_length=2, max_length=2)] = [0, 255]
    encoding: Literal["png", "raw"]
    shards: list[Shard]
    split_seed: int | None = None
    build_hash: str = ""
    unreadable: Unreadable = Unreadable()
    constant: Constant | None = None
    pixels_sha256: Sha256 | None = None
    covariates: Covariates | None = None
    spoilers: Spoilers | None = None
    remarks: list[Annotated[str, Field(max_length=1000)]] | None = None
    synthesis: Synthesis | None = None
    created: str = Field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    medgan_tf_version: str = medgan_tf.__version__

    @model_validator(mode="after")
    def _consistent(self) -> "Manifest":
        if self.image_shape[0] != self.image_shape[1] or self.image_shape[2] != 1:
            raise ValueError(f"image_shape must be [R, R, 1]. Received: {self.image_shape}")
        if self.value_range != [0, 255]:
            raise ValueError(f"value_range must be [0, 255]. Received: {self.value_range}")
        for name in (self.name, self.source or "", *_names_of(self.synthesis), *self.label_names):
            if problem := name_problem(name):
                raise ValueError(problem)
        if len(set(self.label_names)) != len(self.label_names):
            raise ValueError("label_names holds a name twice")
        if (self.kind == "synthetic") != (self.synthesis is not None):
            raise ValueError(f"`synthesis` belongs to synthetic sets and only to them. Received: kind={self.kind!r}")
        for shard in self.shards:
            if not shard.file.startswith(shard.fold + "-"):
                raise ValueError(f"shard {shard.file} is listed under fold {shard.fold!r}")
        if len({shard.file for shard in self.shards}) != len(self.shards):
            raise ValueError("a shard is listed twice")
        self._check_combinations()
        self._check_covariates()
        for fold, count in self.images.items():
            listed = sum(shard.images for shard in self.shards if shard.fold == fold)
            if listed != count:
                raise ValueError(f"fold {fold!r} should hold {count} images but its shards list {listed}")
        return self

    def _check_combinations(self) -> None:
        if set(self.images) != set(FOLDS):
            raise ValueError(f"`images` must count the folds {', '.join(FOLDS)}. Received: {sorted(self.images)}")
        for combination in self.combinations:
            if len(combination.vector) != len(self.label_names):
                raise ValueError(f"a combination has {len(combination.vector)} labels, not {len(self.label_names)}")
            positive = [name for name, value in zip(self.label_names, combination.vector, strict=True) if value]
            if positive != combination.labels:
                raise ValueError(f"combination {combination.labels} does not name the positives of its vector")
        for fold in FOLDS:
            listed = sum(getattr(combination, fold) for combination in self.combinations)
            if listed != self.images[fold]:
                raise ValueError(
                    f"fold {fold!r} holds {self.images[fold]} images but its combinations add up to {listed}"
                )

    def _check_covariates(self) -> None:
        views = self.covariates.views if self.covariates else []
        for text in (*views, *(self.remarks or [])):
            if problem := name_problem(text):
                raise ValueError(problem)
        for name, groups in (self.covariates.counts if self.covariates else {}).items():
            for fold in FOLDS:
                listed = sum(counts.get(fold, 0) for counts in groups.values())
                if listed != self.images[fold]:
                    raise ValueError(f"{name} counts {listed} images of fold {fold!r}, which holds {self.images[fold]}")

    def shards_sha256(self) -> str:
        """SHA-256 over names and hashes of all shards: another one where anything in them is another."""
        shards = sorted((shard.file, shard.sha256) for shard in self.shards)
        return hashlib.sha256(json.dumps(shards).encode()).hexdigest()

    def save(self, folder: str | Path) -> Path:
        """Writes `manifest.json` into `folder`, atomically."""
        path = Path(folder) / FILE_NAME
        with atomic_path(path) as partial:
            partial.write_text(self.to_json(), encoding="utf-8")
        return path

    def to_json(self) -> str:
        """The text of `manifest.json`; lists of numbers stay on one line."""
        values = self.model_dump(mode="json", exclude_none=True)
        if self.format_version != _WITHOUT_HASH:
            values[_HASH] = content_sha256(values)
        text = json_text(values, indent=2, ascii_only=False)
        return re.sub(r"\[\s+(-?\d+(?:,\s+-?\d+)*)\s+\]", _on_one_line, text) + "\n"

    @classmethod
    def load(cls, folder: str | Path) -> "Manifest":
        """Reads and checks the manifest of a dataset folder. Raises `DataError` saying what is wrong with it."""
        path = Path(folder) / FILE_NAME
        if not path.is_file():
            raise DataError(
                f"no dataset in {Path(folder)}: expected a {FILE_NAME} there; `medgan-tf prepare` makes one"
            )
        values = read_json(path, largest=_LARGEST_FILE, advice="prepare the dataset again")
        version = values.get("format_version")
        if version not in (_WITHOUT_HASH, FORMAT_VERSION):
            raise DataError(f"{path}: expected format_version {FORMAT_VERSION} or older. Received: {version!r:.40}")
        stated = None if version == _WITHOUT_HASH else str(values.pop(_HASH, "none"))
        try:
            manifest = cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            reason = first["msg"].removeprefix("Value error, ")
            raise DataError(f"{path} is malformed: {where + ': ' if where else ''}{reason}") from error
        if stated is not None and stated != (found := content_sha256(values)):
            raise DataError(
                f"{path} was changed after it was written: expected the content with SHA-256 {stated[:12]!r}, found "
                f"{found[:12]!r}; copy the dataset again, or make it again with --restart"
            )
        return manifest


def _names_of(synthesis: Synthesis | None) -> list[str]:
    """The names in it, which reports show."""
    if synthesis is None:
        return []
    external = synthesis.external
    return [synthesis.run, *([external.name, external.owner, external.version] if external else [])]


def content_sha256(values: dict[str, Any]) -> str:
    """SHA-256 of the values of a manifest, its own hash left out: of their JSON, with sorted keys and no blanks."""
    rest = {name: value for name, value in values.items() if name != _HASH}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
