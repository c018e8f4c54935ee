"""Training sets of a classifier: real images, synthetic ones, and baselines that the paper does not have."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgan_tf.classification.arms.images import arm_examples
from medgan_tf.classification.arms.names import FINE_TUNED, MULTIPLE, Arm, arm_of, config_arms
from medgan_tf.classification.identity import identities
from medgan_tf.classification.settings import KEPT_PERMUTED
from medgan_tf.classification.training_set import Examples, TrainingSet
from medgan_tf.classification.trivial import FEATURES, PROTOCOL
from medgan_tf.config.run_folders import real_folder, run_folder
from medgan_tf.config.schema import ClassifierConfig, Experiment
from medgan_tf.config.section import Changes, deciding
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.errors import DataError
from medgan_tf.files.run_folders import RunFolder


@dataclass(frozen=True)
class Condition:
    """One training set.

    Attributes:
        name: real, synthetic, augmented, half_a, half_b, permuted_<number>, mix_<real>_<synthetic>, shuffled (of
            earlier versions), <features>_real and <features>_synthetic of a trivial classifier, or that of an arm.
        real: Share of the real training images.
        synthetic: Share of the synthetic ones.
    """

    name: str
    real: float = 0.0
    synthetic: float = 0.0

    @property
    def title(self) -> str:
        """The title in words, for tables and figures."""
        if self.arm:
            return self.arm.title
        if self.name.startswith("mix_"):
            return f"{self.real:.0%} real + {self.synthetic:.0%} synthetic"
        if self.features:
            return f"{FEATURES[self.features]}, {'synthetic' if self.synthetic else 'real'}"
        if self.name.startswith(_PERMUTED):
            return f"real, labels permuted ({self.name.removeprefix(_PERMUTED)})"
        return _TITLES[self.name]

    @property
    def is_main(self) -> bool:
        """Whether it is one of the two whose AUCs differ by the gap."""
        return self.name in ("real", "synthetic")

    @property
    def is_exported(self) -> bool:
        """Whether its model is kept: the two main ones, and one of permuted labels, for the floor of map agreement."""
        return self.is_main or self.name in KEPT_PERMUTED

    @property
    def is_permuted(self) -> bool:
        """Whether its labels are permuted."""
        return self.name == "shuffled" or self.name.startswith(_PERMUTED)

    @property
    def arm(self) -> Arm | None:
        """The arm that it is; None for others."""
        return arm_of(self.name)

    @property
    def start(self) -> "Condition | None":
        """The condition from whose weights its training starts; None: from those of the config."""
        return SYNTHETIC if self.arm and self.arm.kind == FINE_TUNED else None

    @property
    def features(self) -> str:
        """Features of a trivial classifier, a key of `trivial.FEATURES`; "" for a deep network."""
        kind = self.name.partition("_")[0]
        return kind if kind in FEATURES else ""

    @property
    def longest(self) -> int | None:
        """Upper limit of epochs of a quick training; None for the config's."""
        return 1 if self.name.startswith(_PERMUTED) else None

    @property
    def came_later(self) -> bool:
        """Whether version 0.1 did not have it."""
        return bool(self.features) or self.name.startswith(_PERMUTED)

    def training_seed(self, seed: int) -> int:
        """Seed of starting weights and order. Every permutation has its own, so that no two begin alike."""
        return zlib.crc32(f"{self.name} {seed}".encode()) if self.name.startswith(_PERMUTED) else seed

    def folder(self, experiment: Experiment) -> RunFolder:
        """The folder of its classifier; with synthetic images it lies in the GAN's run."""
        home = run_folder(experiment) if self.synthetic else real_folder(experiment)
        return home if self.is_main else home.baseline(self.name)


_PERMUTED = "permuted_"
_TITLES = {
    "real": "real",
    "synthetic": "synthetic",
    "augmented": "real + classical augmentation",
    "half_a": "first half of the real patients",
    "half_b": "second half of the real patients",
    "shuffled": "real, labels permuted (one classifier)",
}

REAL = Condition("real", real=1.0)
SYNTHETIC = Condition("synthetic", synthetic=1.0)
SHUFFLED = Condition("shuffled", real=1.0)


def baseline_conditions(config: ClassifierConfig, external: bool = False) -> list[Condition]:
    """The baselines, mixtures and arms that the config asks for; `external` as for `config_arms`."""
    conditions = []
    if "trivial" in config.baselines:
        for kind in FEATURES:
            conditions += [Condition(f"{kind}_real", real=1.0), Condition(f"{kind}_synthetic", synthetic=1.0)]
    if "augmented" in config.baselines:
        conditions.append(Condition("augmented", real=1.0))
    if "halves" in config.baselines:
        conditions += [Condition("half_a", real=0.5), Condition("half_b", real=0.5)]
    if "permutations" in config.baselines:
        numbers = range(1, config.permutations + 1)
        conditions += [Condition(f"{_PERMUTED}{number}", real=1.0) for number in numbers]
    if "shuffled" in config.baselines:
        conditions.append(SHUFFLED)
    for mixture in config.mixtures:
        name = f"mix_{mixture.real:g}_{mixture.synthetic:g}"
        conditions.append(Condition(name, mixture.real, mixture.synthetic))
    return conditions + [Condition(arm.name, arm.real, arm.synthetic) for arm in config_arms(config, external)]


def readable_conditions(config: ClassifierConfig) -> list[Condition]:
    """All conditions whose predictions are read where they exist; the default of version 0.1 had `shuffled`."""
    asked = [REAL, SYNTHETIC, *baseline_conditions(config)]
    return asked if SHUFFLED in asked else [*asked, SHUFFLED]


def check_synthetic(real: DatasetFolder, synthetic: DatasetFolder) -> None:
    """Raises `DataError` unless a synthetic set has the label names and the resolution of the real one."""
    if synthetic.label_names != real.label_names:
        raise DataError(
            f"{synthetic.path} has the labels {', '.join(synthetic.label_names)}; the real set {real.path} has "
            f"{', '.join(real.label_names)}; generate it again from a generator trained on this dataset"
        )
    if synthetic.resolution != real.resolution:
        raise DataError(
            f"{synthetic.path} holds {synthetic.resolution}x{synthetic.resolution} images; the real set {real.path} "
            f"holds {real.resolution}x{real.resolution}; generate it again from a generator trained on this dataset"
        )


def check_folds(dataset: DatasetFolder, folds: tuple[str, ...], remedy: str) -> None:
    """Raises `DataError` when a fold that the classifier needs has no images."""
    for fold in folds:
        if not dataset.manifest.images[fold]:
            raise DataError(f"{dataset.path} has no images in its {fold} fold; {remedy}")


def compose(
    condition: Condition,
    real: DatasetFolder,
    synthetic: DatasetFolder | None,
    seed: int,
    flip: bool,
    further: Sequence[DatasetFolder] = (),
) -> TrainingSet:
    """The training set of a condition; the same code for real and synthetic folders.

    Args:
        condition: The training set.
        real: The prepared dataset.
        synthetic: The synthetic dataset, if the condition takes synthetic images.
        seed: Seed of halves, shares and permutations.
        flip: Whether images are mirrored at random in training.
        further: Further synthetic sets of an arm, see `arm_examples`.
    """
    if condition.arm:
        joined = arm_examples(condition.arm, real, synthetic, further, seed)
        # Epochs as long as those of the whole set: an arm differs from its control in images, not in steps.
        whole = synthetic if condition.arm.kind == MULTIPLE else real
        return TrainingSet(*joined, "flip" if flip else "none", whole.manifest.images["train"])
    train, valid = [], []
    if condition.real:
        for fold, parts in (("train", train), ("valid", valid)):
            images = real.read_fold(fold)
            # Halves share the validation fold: they differ in what they were trained on only.
            rows = _real_rows(condition, fold, images, seed)
            parts.append(Examples(images.images[rows], images.labels[rows]))
    if condition.synthetic:
        for fold, parts in (("train", train), ("valid", valid)):
            images = synthetic.read_fold(fold)
            rows = _share(len(images.images), condition.synthetic, seed, f"synthetic {fold}")
            parts.append(Examples(images.images[rows], images.labels[rows]))
    joined = [_joined(train), _joined(valid)]
    if condition.is_permuted:
        number = "" if condition == SHUFFLED else f" {condition.name}"
        joined = [_permuted(part, seed, fold + number) for part, fold in zip(joined, ("train", "valid"), strict=True)]
    augmentation = "classical" if condition.name == "augmented" else ("flip" if flip else "none")
    return TrainingSet(*joined, augmentation)


def _real_rows(condition: Condition, fold: str, images: FoldArrays, seed: int) -> np.ndarray:
    if condition.name in ("half_a", "half_b"):
        if fold == "valid":
            return np.arange(len(images.images))
        return _half(images.patients, condition.name == "half_b", seed)
    return _share(len(images.images), condition.real, seed, f"real {fold}")


def _half(patients: np.ndarray, second: bool, seed: int) -> np.ndarray:
    """The images of every other patient of a random order; images without a patient count as patients."""
    names = np.where(patients == "", [f" {row}" for row in range(len(patients))], patients)
    order = _random(seed, "halves").permutation(np.unique(names))
    return np.flatnonzero(np.isin(names, order[int(second) :: 2]))


def _share(count: int, share: float, seed: int, stream: str) -> np.ndarray:
    """A share of the rows, at least one, in their order. Larger shares contain smaller ones."""
    taken = max(1, round(count * share)) if count else 0
    return np.sort(_random(seed, stream).permutation(count)[:taken])


def _permuted(examples: Examples, seed: int, stream: str) -> Examples:
    order = _random(seed, f"labels {stream}").permutation(len(examples))
    return Examples(examples.images, examples.labels[order])


def _joined(parts: list[Examples]) -> Examples:
    if len(parts) == 1:
        return parts[0]
    return Examples(np.concatenate([p.images for p in parts]), np.concatenate([p.labels for p in parts]))


def _random(seed: int, stream: str) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, zlib.crc32(stream.encode())]))


def content_sha256(manifest: Manifest) -> str:
    """SHA-256 over label names and the hashes of all shards. It depends on images and labels only."""
    shards = sorted((shard.file, shard.sha256) for shard in manifest.shards)
    return hashlib.sha256(json.dumps([manifest.label_names, shards]).encode()).hexdigest()


def condition_key(
    condition: Condition, experiment: Experiment, real: DatasetFolder, synthetic: DatasetFolder | None
) -> str:
    """SHA-256 of everything that decides a classifier's predictions: settings, seed and the content of its inputs."""
    config = experiment.classifier
    inputs = inputs_sha256(condition, real, synthetic)
    if condition.features:
        # Neither the network's settings nor a seed matter to it.
        what = [1, condition.name, PROTOCOL, inputs]
    else:
        settings = deciding(config, Changes.AFTERWARDS) | identities(config)
        what = [1, condition.name, condition.real, condition.synthetic, settings, experiment.seed, inputs]
        what += [] if condition.longest is None else [condition.longest]
        if condition.start:
            # What decides the weights to start from; `arm_inputs` compares these themselves.
            what += [condition_key(condition.start, experiment, real, synthetic)]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def inputs_sha256(condition: Condition, real: DatasetFolder, synthetic: DatasetFolder | None) -> dict[str, str]:
    """The content of the datasets that a classifier is trained and tested on."""
    inputs = {"real": content_sha256(real.manifest)}
    if condition.synthetic:
        inputs["synthetic"] = content_sha256(synthetic.manifest)
    return inputs


def synthetic_dataset(folder: RunFolder) -> DatasetFolder:
    """The synthetic set of a GAN's run. Raises `DataError` that says which command is missing."""
    if (folder.synthetic / "manifest.json").is_file():
        return DatasetFolder(folder.synthetic)
    if not (folder.generator / "saved_model.pb").is_file():
        raise DataError(
            f"{Path(folder.path)} has no generator; `medgan-tf train` makes one, then `medgan-tf generate`; images of "
            "a generator from elsewhere come by `medgan-tf import-synthetic`"
        )
    raise DataError(f"{Path(folder.path)} has a generator but no synthetic dataset; `medgan-tf generate` makes it")
