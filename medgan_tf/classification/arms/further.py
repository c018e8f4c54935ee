"""Further synthetic sets of a run, which arms are trained on: where they are, and whether they fit the synthetic set.

The synthetic set itself stays as it is. Every further set has a folder of its own, `further/<name>/`, with noise of its
own: `2` is the second set of as many training images, `3` the third. So a larger multiple adds folders and changes
none, and nothing but arms reads them.
"""

from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.metrics.streams import stream


def further_seed(seed: int, name: str) -> int:
    """Seed of the noise of a further set, 0 to 2^32 - 1.

    Args:
        seed: Seed of the synthetic set.
        name: Name of the further set.
    """
    return int(stream(seed, f"further synthetic images {name}").integers(2**32))


def fitting_set(folder: RunFolder, name: str, synthetic: DatasetFolder) -> DatasetFolder | None:
    """The further set of this name, if it is there and of the same generator and seed as the synthetic set.

    Raises:
        DataError: Its manifest is damaged.
    """
    path = folder.further(name)
    if not (path / "manifest.json").is_file():
        return None
    found = DatasetFolder(path)
    own, main = found.manifest.synthesis, synthetic.manifest.synthesis
    fits = (
        own is not None
        and main is not None
        and own.generator_sha256 == main.generator_sha256
        and own.seed == further_seed(main.seed, name)
        and (found.label_names, found.resolution) == (synthetic.label_names, synthetic.resolution)
    )
    return found if fits else None


def further_set(folder: RunFolder, name: str, synthetic: DatasetFolder) -> DatasetFolder:
    """As `fitting_set`. Raises `DataError` that says which command makes it where it is not there, or does not fit."""
    found = fitting_set(folder, name, synthetic)
    if found is None:
        raise DataError(
            f"{folder.further(name)} is no further set of images beside {synthetic.path}; "
            "`medgan-tf generate EXPERIMENT.yaml --further` makes it"
        )
    return found
