"""Single image files of a synthetic dataset, in the forms that are wished."""

from pathlib import Path

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.synthesis.dicom.folder import write_dicoms
from medgan_tf.synthesis.dicom.values import shown_values
from medgan_tf.synthesis.png_folder import write_pngs


def write_image_files(
    experiment: Experiment, dataset: DatasetFolder, png: str | Path | None = None, dicom: str | Path | None = None
) -> dict[str, str]:
    """Writes PNG or DICOM files, or both, as the section `generate` says.

    Args:
        experiment: The experiment.
        dataset: Its synthetic dataset.
        png, dicom: Folders to make; None for none.

    Returns:
        The folders by form.

    Raises:
        ConfigError, DataError: See `write_pngs`, `write_dicoms` and `shown_values`.
    """
    made = {}
    if png:
        made["png"] = str(write_pngs(dataset, png, experiment.generate))
    if dicom:
        made["dicom"] = str(write_dicoms(dataset, dicom, experiment.generate, *shown_values(experiment)))
    return made
