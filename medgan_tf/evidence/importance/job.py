"""The classifiers of an experiment side by side: real, synthetic, and another seed, and permuted labels."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.config.run_folders import real_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.image_sets import ImageSet, fold_set
from medgan_tf.evidence.importance.classifier import LoadedClassifier, load_classifier
from medgan_tf.evidence.importance.compared import CEILING, FLOOR, SYNTHETIC, classifier_folders, occlusion_settings
from medgan_tf.evidence.importance.figures import draw_maps
from medgan_tf.evidence.importance.measure import (
    ALL_LABELS,
    ClassifierMaps,
    agreement,
    brightness_part,
    checked_labels,
    chosen_images,
    occlude,
)
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.files.result_files import write_json
from medgan_tf.presentation.progress import Progress

RESULT = "occlusion.json"
_REMEDIES = {
    SYNTHETIC: "`medgan-tf classify` trains it",
    CEILING: "`medgan-tf classify --on real --set seed=...` trains one",
    FLOOR: (
        "`medgan-tf classify --on real --baselines` trains it (with --restart if it was trained before its model was "
        "kept)"
    ),
}


@dataclass(frozen=True)
class OcclusionResult:
    """Maps of all classifiers.

    Attributes:
        images: The images that were masked.
        maps: Maps of each classifier, the real-trained one first.
        labels: Names and columns of the maps: all labels first.
        summary: The content of `occlusion.json`.
    """

    images: ImageSet
    maps: list[ClassifierMaps]
    labels: list[tuple[str, int | None]]
    summary: dict[str, Any]


def occlude_experiment(experiment: Experiment, progress: Progress | None = None) -> OcclusionResult:
    """Maps of an experiment's classifiers, and their agreement with that of the real images.

    The real-trained classifier of another seed shows the agreement of two real trainings. One with permuted labels
    shows the agreement without learning any finding. Where one is missing, the result says how to make it.

    Raises:
        ConfigError: An unknown label, or a patch that is too large.
        DataError: The dataset or a classifier is missing, or a classifier has other labels.
    """
    started, settings, code = time.monotonic(), occlusion_settings(experiment), experiment.original_code
    dataset = DatasetFolder(experiment.dataset_dir)
    names = checked_labels(settings.labels, dataset.label_names)
    labels = [(ALL_LABELS, None), *((name, dataset.label_names.index(name)) for name in names)]
    classifiers, notes = _classifiers(experiment, dataset)
    folds = ("train", "valid", "test") if settings.image_ids else ("test",)
    images = chosen_images(fold_set(dataset, folds, "real"), settings, experiment.seed)
    kept = real_folder(experiment).evaluation / "occlusion"
    maps = occlude(classifiers, images, settings, kept, progress)
    summary = {
        "format_version": 1,
        "what": "occlusion",
        "experiment": experiment.name,
        "seed": experiment.seed,
        "original_code": [*(dataset.manifest.original_code or []), *code.in_occlusion(experiment.evaluation.occlusion)],
        "images": _images(images),
        "label_names": list(dataset.label_names),
        "image_size": classifiers[0].image_size,
        "positions": maps[0].increase.shape[1],
        "classifiers": [_described(one, labels) for one in maps],
        **_agreements(maps, images, settings, labels),
        "settings": settings.model_dump(mode="json"),
        "notes": notes,
        "seconds": round(time.monotonic() - started, 1),
    }
    return OcclusionResult(images, maps, labels, summary)


def _images(images: ImageSet) -> list[dict[str, str]]:
    columns = (images.image_ids, images.patients, images.folds, images.combinations())
    names = ("image_id", "patient", "fold", "labels")
    return [dict(zip(names, map(str, row), strict=True)) for row in zip(*columns, strict=True)]


def _agreements(
    maps: list[ClassifierMaps], images: ImageSet, settings: OcclusionConfig, labels: list[tuple[str, int | None]]
) -> dict[str, Any]:
    """How far the maps agree with those of the first classifier, and with the change that each mask makes."""
    others = {
        one.classifier.title: {
            name: agreement(maps[0], one, images.patients, settings, label) for name, label in labels
        }
        for one in maps[1:]
    }
    brightness = {
        one.classifier.title: {name: brightness_part(one, images.patients, label) for name, label in labels}
        for one in maps
    }
    return {"agreement_with_real": others, "agreement_with_brightness": brightness}


def _described(maps: ClassifierMaps, labels: list[tuple[str, int | None]]) -> dict[str, Any]:
    return {
        "title": maps.classifier.title,
        "weights_sha256": maps.classifier.weights_sha256,
        "method": maps.method,
        "masks_per_second": maps.masks_per_second,
        "work": maps.work,
        "probabilities": maps.before,
        "flat_maps": {name: int(maps.flat(label).sum()) for name, label in labels},
        "largest_increase": {name: maps.increases(label).max(axis=(1, 2)) for name, label in labels},
    }


def _classifiers(experiment: Experiment, dataset: DatasetFolder) -> tuple[list[LoadedClassifier], list[str]]:
    """The classifiers that are there, and notes on those that are not."""
    folders, found = classifier_folders(experiment), []
    for title, folder in folders.items():
        like = found[0] if found else None
        found.append(load_classifier(folder, title, dataset.label_names, dataset.resolution, like))
    notes = [
        f"no classifier '{title}', so there is no agreement with it; {remedy}"
        for title, remedy in _REMEDIES.items()
        if title not in folders
    ]
    return found, notes


def save_occlusion(folder: Path, result: OcclusionResult) -> list[Path]:
    """Writes `occlusion.json` and one figure for all labels and for each label asked for; returns their paths."""
    paths = [folder / RESULT]
    write_json(paths[0], result.summary)
    for name, label in result.labels:
        stem = "occlusion" if label is None else f"occlusion-{_file_name(name)}"
        paths.append(folder / f"{stem}.png")
        draw_maps(paths[-1], result.images, result.maps, name, label)
    return paths


def _file_name(label: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in label.lower())
