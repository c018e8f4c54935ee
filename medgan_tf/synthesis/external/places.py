"""Where the files of a generator from elsewhere lie, for one seed."""

from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.settings import SEED, ExternalConfig


def folder_of(config: ExternalConfig, seed: int) -> Path:
    """The folder of the images, or an archive. Raises `DataError` if there is nothing."""
    path = Path(config.folder.replace(SEED, str(seed)))
    if not path.exists():
        raise DataError(f"no synthetic images at {path}; external.folder is the folder of their files")
    return path


def csv_of(config: ExternalConfig, seed: int) -> Path:
    """The CSV of labels: in the folder, or else anywhere. Raises `DataError` if there is none."""
    name = config.csv.replace(SEED, str(seed))
    folder = folder_of(config, seed)
    for path in (folder / name, Path(name)):
        if path.is_file():
            return path
    raise DataError(
        f"no labels of the synthetic images: neither {folder / name} nor {name} is a file; external.csv names the table"
    )


def one_set(config: ExternalConfig) -> bool:
    """Whether all seeds have the same images, so that they say nothing of how trainings of the generator differ."""
    return SEED not in config.folder and SEED not in config.csv
