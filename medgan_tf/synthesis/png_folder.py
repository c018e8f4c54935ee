"""A synthetic dataset as PNG files, each of which says that it is synthetic."""

from pathlib import Path

import cv2

from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.synthesis.image_folder import new_image_folder
from medgan_tf.synthesis.marks.png_writer import marked_png
from medgan_tf.synthesis.settings import GenerateConfig


def write_pngs(dataset: DatasetFolder, folder: str | Path, config: GenerateConfig | None = None) -> Path:
    """The images as PNG files with `labels.csv` and a README, for tools that read folders.

    The columns of `labels.csv` are path, fold, row (the place of the image in its fold, by which `import-synthetic`
    finds the same order again), one for each label, and sex, age and view where the images have them.

    Args:
        dataset: A synthetic dataset of `generate`.
        folder: The folder to make.
        config: Licence and corner mark; None for none.

    Raises:
        DataError: The folder exists and holds something.
    """
    folder = Path(folder)
    with new_image_folder(dataset, folder, config or GenerateConfig(), "png", "PNG") as made:
        for image in made.images():
            content = cv2.imencode(".png", image.pixels)[1].tobytes()
            made.add(image, f"{image.fold}/{image.image_id}.png", marked_png(content, made.marks))
    return folder
