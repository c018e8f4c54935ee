"""A synthetic dataset as DICOM files: one study, and a series for each label combination."""

import hashlib
import re
from pathlib import Path

from medgan_tf.data.dicom.settings import Window
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.files.result_files import json_text
from medgan_tf.synthesis.dicom.header import SetHeader, dicom_bytes
from medgan_tf.synthesis.dicom.values import check_form
from medgan_tf.synthesis.image_folder import ImageFolder, new_image_folder
from medgan_tf.synthesis.settings import GenerateConfig

_LONGEST_SLUG = 60


def write_dicoms(
    dataset: DatasetFolder,
    folder: str | Path,
    config: GenerateConfig | None = None,
    window: Window | None = None,
    unit: str = "US",
) -> Path:
    """The images as DICOM files with `labels.csv` and a README. The same set gives the same files, byte for byte.

    The columns of `labels.csv` are those of `png_folder.write_pngs`.

    Args:
        dataset: A synthetic dataset of `generate`.
        folder: The folder to make.
        config: Form of the files, own root of UIDs, licence and corner mark; None for the defaults.
        window: The window through which the real images were looked at: viewers then show its values again.
        unit: Unit of these values: `HU`, or `US` for an unspecified one.

    Raises:
        ConfigError: The form is CT, and there is no window.
        DataError: The folder exists and holds something, or the disk does not take the files.
    """
    folder, config = Path(folder), config or GenerateConfig()
    check_form(config.dicom_form, window)
    with new_image_folder(dataset, folder, config, "dicom", "DICOM") as made:
        header = _header(made, config, window, unit)
        vectors = sorted({tuple(one.vector) for one in dataset.manifest.combinations})
        series = {vector: number for number, vector in enumerate(vectors, start=1)}
        counts = dict.fromkeys(series, 0)
        for image in made.images():
            vector = tuple(int(value) for value in image.labels)
            counts[vector] += 1
            labels = tuple(name for name, value in zip(dataset.label_names, vector, strict=True) if value)
            # The pixels too: another image must not have the UID of this one.
            name = f"{image.fold} {image.row} {hashlib.sha256(image.pixels.tobytes()).hexdigest()}"
            content = dicom_bytes(header, image.pixels, name, series[vector], counts[vector], labels)
            made.add(image, f"{_slug(series[vector], labels)}/{image.image_id}.dcm", content)
    return folder


def _header(made: ImageFolder, config: GenerateConfig, window: Window | None, unit: str) -> SetHeader:
    written = [config.dicom_form, config.corner_mark, window.model_dump() if window else None, unit]
    key = json_text([made.dataset.manifest.build_hash, made.marks.texts(), written], sort_keys=True)
    return SetHeader(config.dicom_form, key, made.marks, config.uid_root, window, unit, config.corner_mark)


def _slug(series: int, labels: tuple[str, ...]) -> str:
    """Name of a series' folder, of plain characters whatever the labels are."""
    words = re.sub("[^A-Za-z0-9]+", "-", "_".join(labels) or "none").strip("-")
    return f"{series:03d}-{words[:_LONGEST_SLUG]}"
