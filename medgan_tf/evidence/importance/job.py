"""The classifiers of an experiment side by side: real, synthetic, and what agreement can be at best and by chance."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.classification.published_code import published_code_line
from medgan_tf.config.original_code import ORIGINAL_PATCH
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.importance.classifier import LoadedClassifier, load_classifier
from medgan_tf.evidence.importance.figures import draw_maps
from medgan_tf.evidence.importance.measure import (
    ALL_LABELS,
    ClassifierMaps,
    agreement,
    checked_labels,
    chosen_images,
    occlude,
)
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.evidence.traced_set import TracedSet, traced_folds
from medgan_tf.files.result_files import write_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.progress import Progress

REAL, SYNTHETIC, CEILING, FLOOR = "real-trained", "synthetic-trained", "real-trained, other seed", "labels shuffled"
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
        images: What was looked at.
        maps: Of each classifier, the real-trained one first.
        labels: Names and columns of the maps: all labels first.
        summary: What goes into `occlusion.json`.
    """

    images: TracedSet
    maps: list[ClassifierMaps]
    labels: list[tuple[str, int | None]]
    summary: dict[str, Any]


def occlusion_settings(experiment: Experiment) -> OcclusionConfig:
    """The section `evaluation.occlusion`, with the published code's patch where `original_code` asks for it."""
    settings = experiment.evaluation.occlusion
    if not experiment.original_code.in_occlusion(settings):
        return settings
    return settings.model_copy(update={"patch": ORIGINAL_PATCH})


def occlude_experiment(experiment: Experiment, progress: Progress | None = None) -> OcclusionResult:
    """Maps of an experiment's classifiers, and their agreement with that of the real images.

    The real-trained classifier of another seed shows what agreement to expect at best, the one with shuffled labels
    what remains by chance; where one is missing, the result says how to make it.

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
    images = chosen_images(traced_folds(dataset, folds, "real"), settings, experiment.seed)
    home = RunFolder.of_real(experiment.training.output, experiment.name, experiment.seed)
    maps = occlude(classifiers, images, settings, home.evaluation / "occlusion", progress)
    others = {
        one.classifier.title: {
            name: agreement(maps[0], one, images.patients, settings, experiment.seed, label) for name, label in labels
        }
        for one in maps[1:]
    }
    summary = {
        "format_version": 1,
        "what": "occlusion",
        "experiment": experiment.name,
        "seed": experiment.seed,
        "original_code": [
            *(dataset.manifest.original_code or []),
            *code.in_occlusion(experiment.evaluation.occlusion),
        ],
        "images": [
            {"image_id": str(image), "patient": str(patient), "fold": str(fold), "labels": str(combination)}
            for image, patient, fold, combination in zip(
                images.image_ids, images.patients, images.folds, images.combinations(), strict=True
            )
        ],
        "label_names": list(dataset.label_names),
        "image_size": classifiers[0].image_size,
        "positions": maps[0].increase.shape[1],
        "classifiers": [_described(one) for one in maps],
        "agreement_with_real": others,
        "settings": settings.model_dump(mode="json"),
        "notes": notes,
        "seconds": round(time.monotonic() - started, 1),
    }
    return OcclusionResult(images, maps, labels, summary)


def _described(maps: ClassifierMaps) -> dict[str, Any]:
    return {
        "title": maps.classifier.title,
        "weights_sha256": maps.classifier.weights_sha256,
        "method": maps.method,
        "masks_per_second": maps.masks_per_second,
        "work": maps.work,
        "probabilities": maps.before,
    }


def classifier_folders(experiment: Experiment, coming: Collection[Path] = ()) -> dict[str, Path]:
    """Where the classifiers to look at lie, by title: the real-trained one first, then those of the others that exist.

    Args:
        experiment: The experiment.
        coming: Classifier folders that count as existing, because they are about to be written.
    """
    output, name, seed = experiment.training.output, experiment.name, experiment.seed
    real = RunFolder.of_real(output, name, seed)
    others = {
        SYNTHETIC: RunFolder.of(output, name, experiment.gan.architecture, seed).classifier,
        CEILING: _other_seed(real.path, coming),
        FLOOR: real.baseline("shuffled").classifier,
    }
    return {REAL: real.classifier} | {
        title: folder
        for title, folder in others.items()
        if folder is not None and (folder in coming or _is_exported(folder))
    }


def _classifiers(experiment: Experiment, dataset: DatasetFolder) -> tuple[list[LoadedClassifier], list[str]]:
    """The classifiers that are there, and notes on those that are not."""
    folders = classifier_folders(experiment)
    found = [
        load_classifier(folder, title, dataset.label_names, dataset.resolution) for title, folder in folders.items()
    ]
    notes = [
        f"no classifier '{title}', so there is no agreement with it; {remedy}"
        for title, remedy in _REMEDIES.items()
        if title not in folders
    ]
    return found, notes


def _other_seed(real: Path, coming: Collection[Path]) -> Path | None:
    """The classifier folder of another seed's real images; the smallest seed there is."""
    prefix = real.name.rpartition("seed")[0] + "seed"
    found = {path / "classifier" for path in real.parent.glob(f"{prefix}*") if _is_exported(path / "classifier")}
    seeds = sorted(
        (int(folder.parent.name.removeprefix(prefix)), folder)
        for folder in found.union(coming)
        if folder.parent.parent == real.parent
        and folder.parent != real
        and folder.parent.name.startswith(prefix)
        and folder.parent.name.removeprefix(prefix).isdigit()
    )
    return seeds[0][1] if seeds else None


def _is_exported(classifier: Path) -> bool:
    return (classifier / "model.json").is_file()


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


def occlusion_lines(summary: dict[str, Any]) -> str:
    """What the terminal shows."""
    count, positions = len(summary["images"]), summary["positions"]
    lines = [f"{count} images, {positions}x{positions} masks each"]
    for one in summary["classifiers"]:
        rate = one["masks_per_second"]
        speed = "read from earlier calls" if rate != rate else f"{rate:,.1f} masks/s"
        work = one["work"]
        share = ""
        if work:
            share = f", {work['planned']:.0%} of the whole network for each mask, {work['unavoidable']:.0%} unavoidable"
        lines.append(f"{one['title']}: {speed}, {one['method']}{share}")
    for title, by_label in summary["agreement_with_real"].items():
        for name, found in by_label.items():
            told = [
                f"{words} {found[key]['value']:.3f} "
                f"({found[key]['interval']['low']:.3f}..{found[key]['interval']['high']:.3f})"
                for key, words in (("rank_correlation", "rank correlation"), ("top_overlap", "top overlap"))
            ]
            lines.append(f"agreement of {REAL} and {title}, {name}: {', '.join(told)}")
    if remark := published_code_line(summary["original_code"]):
        lines.append(remark)
    return "\n".join([*lines, *(f"note: {note}" for note in summary["notes"])])
