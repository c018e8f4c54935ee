"""`export-folds`: the training fold of a dataset as files, for the training of a generator from elsewhere."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.combinations import NO_LABEL
from medgan_tf.errors import DataError
from medgan_tf.files.result_files import write_json
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.synthesis.external.forms import FORMS, folders, imagefolder, images, monai, stylegan
from medgan_tf.synthesis.external.forms.fold import PATIENT, WARNING, Fold
from medgan_tf.synthesis.external.named_hash import EXPORTED
from medgan_tf.synthesis.external.training_fold import COVARIATES, TrainingHash, TrainingImage, training_images

README = "README.txt"
_FORMAT_VERSION = 1
_PRIVATE = 0o700
_WRITERS = dict(zip(FORMS, (images.write, folders.write, stylegan.write, imagefolder.write, monai.write), strict=True))
_COLUMNS = ("path", "file", "image", "file_name", "fold", PATIENT, *COVARIATES)


@dataclass(frozen=True)
class Exported:
    """A training fold that was written.

    Attributes:
        folder: The folder.
        values: The content of its `fold.json`.
    """

    folder: Path
    values: dict

    @property
    def trained_on(self) -> str:
        """The hash to name in `external.trained_on`."""
        return self.values["trained_on"]


def export_fold(
    dataset: DatasetFolder, folder: str | Path, form: str = "images", progress: Progress | None = None
) -> Exported:
    """Writes the training fold, never valid or test, into a new folder that only its owner can enter.

    Files are named by pseudonym. `fold.json` holds the hash of what was written.

    Args:
        dataset: Images of patients.
        folder: A new or an empty folder outside the dataset.
        form: One of `FORMS`.
        progress: Shows how far the work is.

    Raises:
        DataError: The dataset is synthetic, has no training images or is damaged; the folder is in the way; a label has
            the name of a column; or the disk does not take the files.
    """
    folder, progress = Path(folder), progress or Silent()
    _check(dataset, folder, form)
    dataset.verify("train")
    partial = folder.with_name(f".partial-{folder.name}")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.parent.mkdir(parents=True, exist_ok=True)
        partial.mkdir(mode=_PRIVATE)
        values = _write(dataset, partial, form, progress)
        if folder.exists():
            folder.rmdir()
        os.replace(partial, folder)
    except OSError as error:
        raise DataError(f"the training fold could not be written to {folder}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(partial, ignore_errors=True)
    return Exported(folder, values)


def _check(dataset: DatasetFolder, folder: Path, form: str) -> None:
    manifest = dataset.manifest
    if form not in FORMS:
        raise DataError(f"expected a form among {', '.join(FORMS)}. Received: {form!r}")
    if manifest.kind != "real":
        raise DataError(f"{dataset.path} holds synthetic images; expected a dataset that `medgan-tf prepare` made")
    if not manifest.images["train"]:
        raise DataError(f"{dataset.path} has no training images")
    taken = [name for name in manifest.label_names if name in _COLUMNS]
    if taken:
        raise DataError(f"{dataset.path}: the label {taken[0]!r} has the name of a column; give it another name")
    inner, outer = folder.resolve(), dataset.path.resolve()
    if inner == outer or outer in inner.parents:
        raise DataError(f"{folder} lies in the dataset folder, which may be given away; choose another folder")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is not empty; remove it or choose another folder")


def _write(dataset: DatasetFolder, folder: Path, form: str, progress: Progress) -> dict:
    manifest, digest = dataset.manifest, TrainingHash(dataset.label_names)
    counts = {"|".join(one.labels) or NO_LABEL: one.train for one in manifest.combinations if one.train}
    patients: set[str] = set()

    def passing() -> Iterator[TrainingImage]:
        for done, image in enumerate(training_images(dataset), start=1):
            digest.add(image)
            patients.add(image.patient)
            yield image
            progress(done, manifest.images["train"])

    _WRITERS[form](Fold(dataset.label_names, tuple(counts), manifest.covariates is not None, passing()), folder)
    values = {
        "format_version": _FORMAT_VERSION,
        "what": "training fold",
        "warning": WARNING,
        "form": form,
        "trained_on": digest.hexdigest(),
        "dataset": {"name": manifest.name, "shards_sha256": manifest.shards_sha256()},
        "label_names": list(manifest.label_names),
        "resolution": dataset.resolution,
        "images": manifest.images["train"],
        "patients": len(patients - {""}) or None,
        "combinations": counts,
    }
    write_json(folder / EXPORTED, values)
    (folder / README).write_text(_readme(values), encoding="utf-8")
    return values


def _readme(values: dict) -> str:
    return (
        f"{values['warning']}\n\n"
        f"These are the {values['images']:,} training images of the dataset {values['dataset']['name']}, for the "
        "training of a generator.\n"
        "Patients of the folds valid and test are not among them. A generator that was trained on all of them, and on\n"
        "nothing else of this dataset, names this hash in its experiment:\n\n"
        f"external:\n  trained_on: {values['trained_on']}\n"
    )
