"""Dataset folders of this project (TFRecords), of a generator that somebody else trained with it."""

from collections.abc import Iterator, Sequence

import numpy as np

from medgan_tf.data.records.image_coding import decode_image
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.covariates import AGE, SEX, UNKNOWN_AGE, VIEW
from medgan_tf.errors import DataError
from medgan_tf.registry import FORMATS
from medgan_tf.synthesis.external.listing import ListedImage, Listing
from medgan_tf.synthesis.external.pixels import ImageSource
from medgan_tf.synthesis.external.places import folder_of
from medgan_tf.synthesis.external.settings import ExternalConfig

_FOLDS = ("train", "valid")


@FORMATS.register("records")
def listing(config: ExternalConfig, seed: int, names: tuple[str, ...]) -> Listing:
    """The images of a dataset folder, with its folds and its order. Images of a test fold have no place in training.

    Raises:
        DataError: The folder is damaged, or holds real images.
    """
    dataset = DatasetFolder(folder_of(config, seed))
    if dataset.manifest.kind != "synthetic":
        raise DataError(f"{dataset.path} holds real images; external.folder names synthetic ones")
    if dataset.manifest.images["test"]:
        raise DataError(
            f"{dataset.path} has a test fold, which synthetic images are never used for; generate it again with "
            "generate.folds=[train, valid]"
        )
    dataset.verify()
    return RecordListing(dataset.label_names, [image for fold in _FOLDS for image in _fold(dataset, fold)])


class RecordListing(Listing):
    """The listing of a dataset folder. A source is a shard and the number of the record in it."""

    def read(self, number: int) -> np.ndarray:
        """One image; reads its shard up to there."""
        return next(self.stream([number]))

    def stream(self, numbers: Sequence[int], workers: int = 0) -> Iterator[np.ndarray]:
        """Images in any order; records of a shard that follow each other are read in one pass."""
        reader = _Shards()
        for number in numbers:
            yield reader.image(self.images[number].source)


class _Shards:
    """Reads records one after the other, and begins a shard again for one that is behind."""

    def __init__(self) -> None:
        self._file, self._next, self._images = "", 0, iter(())

    def image(self, source: ImageSource) -> np.ndarray:
        if source.file != self._file or source.index < self._next:
            self._file, self._next, self._images = source.file, 0, _images(source.file)
        for image in self._images:
            self._next += 1
            if self._next > source.index:
                return image
        raise DataError(f"{source} is not there any more")


def _images(file: str) -> Iterator[np.ndarray]:
    folder, _, name = file.rpartition("/")
    dataset = DatasetFolder(folder)
    shape, encoding = tuple(dataset.manifest.image_shape), dataset.manifest.encoding
    (shard,) = (shard for shard in dataset.shards() if shard.file == name)
    for batch in dataset.shard_batches(shard):
        for payload in batch.payloads:
            yield decode_image(payload, shape, encoding)[:, :, 0]


def _fold(dataset: DatasetFolder, fold: str) -> Iterator[ListedImage]:
    covariates, row = dataset.read_covariates(fold), 0
    for shard in dataset.shards(fold):
        index = 0
        for batch in dataset.shard_batches(shard):
            for labels in batch.labels:
                known = {} if covariates is None else _known(covariates.iloc[row])
                source = ImageSource(f"{dataset.path.as_posix()}/{shard.file}", index=index)
                yield ListedImage(source, tuple(labels.tolist()), fold, row=row, **known)
                row, index = row + 1, index + 1


def _known(covariates) -> dict[str, str | int | None]:
    age = int(covariates[AGE])
    return {
        "sex": covariates[SEX] or None,
        "age": None if age == UNKNOWN_AGE else age,
        "view": covariates[VIEW] or None,
    }
