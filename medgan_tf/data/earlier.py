"""What is already there of a dataset that is built: shards of an interrupted build, or of an older dataset."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import medgan_tf
from medgan_tf.data.looks.comparison import Comparison
from medgan_tf.data.looks.look import Look
from medgan_tf.data.records.journal import FinishedShard
from medgan_tf.data.records.manifest import FORMAT_VERSION
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError

Images = Mapping[str, Iterable[str]]
"""Images that belong into each shard, by its name."""


@dataclass(frozen=True)
class Earlier:
    """A dataset of the same images, labels and folds, some of whose files changed since.

    Attributes:
        dataset: The dataset.
        intact: Names of its shards that are as its manifest says.
        comparison: What is known of the files now.
    """

    dataset: DatasetFolder
    intact: frozenset[str]
    comparison: Comparison

    def entries(self, images: Images, with_covariates: bool) -> list[FinishedShard]:
        """The shards that can stay as they are, with the looks at their images.

        Args:
            images: What belongs into which shard.
            with_covariates: Whether records have sex, age and view now.
        """
        manifest, found = self.dataset.manifest, self.comparison
        # Another version may write the same record in another form, and one dataset has one form.
        form = (manifest.medgan_tf_version, manifest.format_version, manifest.covariates is not None)
        if form != (medgan_tf.__version__, FORMAT_VERSION, with_covariates):
            return []
        gone = set(manifest.unreadable.image_ids)
        gone |= set(manifest.constant.image_ids) if manifest.constant and not manifest.constant.kept else set()
        entries = []
        for shard in manifest.shards:
            inside = set(images.get(shard.file, ()))
            if shard.file in self.intact and inside and not inside & (found.changed | found.mended):
                looks = {image: found.looks[image] for image in inside & found.looks.keys()}
                entries.append(FinishedShard(shard, tuple(sorted(inside & gone)), looks))
        return entries

    def has(self, file: str, image: str) -> bool:
        """Whether an image need not be read again: it lies in an intact shard, and its pixels are still right."""
        found = self.comparison
        return file in self.intact and image in found.looks and image not in found.changed | found.mended

    def payloads(self, file: str) -> dict[str, bytes]:
        """The stored images of an intact shard by pseudonym; empty for another shard."""
        if file not in self.intact:
            return {}
        return self.dataset.payloads(file)


def is_right(entry: FinishedShard, images: Images, looks: Mapping[str, Look]) -> bool:
    """Whether a finished shard holds all its images with the pixels that their files have now.

    Args:
        entry: The shard.
        images: What belongs into which shard.
        looks: What is known now, for the images that can be read.
    """
    inside, known = images.get(entry.shard.file), entry.looks
    if inside is None:
        return False
    return all(
        (image in known and known[image].digest == looks[image].digest) if image in looks else image in entry.unreadable
        for image in inside
    )


def stored(payloads: Mapping[str, bytes], file: str, image: str) -> bytes:
    """One of the stored images of a shard. Raises `DataError` if it is not there."""
    try:
        return payloads[image]
    except KeyError as error:
        raise DataError(f"{file} lacks image {image}, which its manifest counts; replace it with --restart") from error
