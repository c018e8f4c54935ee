"""Whether the source files of images are still those that were read: by size and time, then by pixels."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from medgan_tf.data.looks.look import Look, stamp_of
from medgan_tf.data.reading.pool import UnreadableFile
from medgan_tf.data.records.encoding import ImageEncoder
from medgan_tf.data.tables.table import Source
from medgan_tf.presentation.progress import Progress

NO_FILE = (0, 0)


@dataclass
class Comparison:
    """Images by their pseudonyms, after a comparison of their files with earlier looks.

    Attributes:
        looks: What is known now of every image that was read then or can be read now. A lost image keeps its old look.
        changed: Images that have other pixels now.
        mended: Images that could not be read then, and can be now.
        missing: Images that were read then, and whose file is gone.
        broken: Images that were read then, and whose file cannot be read any more, with the reasons.
        unreadable: Images that could not be read then and still cannot be, with the reasons.
        renewed: How many files have another size or time, but the same pixels.
    """

    looks: dict[str, Look] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    mended: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    broken: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    renewed: int = 0

    @property
    def all_missing(self) -> bool:
        """Whether no file is there any more of the images that were read then."""
        return bool(self.looks) and len(self.missing) == len(self.looks) and not self.mended


def compare(
    source: Source,
    encoder: ImageEncoder,
    paths: Mapping[str, str],
    looks: Mapping[str, Look],
    unreadable: set[str],
    progress: Progress,
) -> Comparison:
    """Compares files with earlier looks. Only files with another size or time are read, and those once unreadable.

    Args:
        source: Knows the file of a path.
        encoder: Reads images of this source as they are stored.
        paths: The images to compare, their paths by pseudonym. Those of them without a look are read.
        looks: What was known of the images.
        unreadable: Images that could not be read; they are always tried again.
        progress: Shows how many of the files that are read again are done.
    """
    found = Comparison(looks={image: looks[image] for image in paths if image in looks})
    again = [image for image in paths if image in unreadable and image not in looks]
    stamps: dict[str, tuple[int, int]] = {}
    for image, path in paths.items():
        look, file = looks.get(image), source.file_of(path) or ""
        if file not in stamps:
            stamps[file] = stamp_of(file)
        if look is None:
            again += [] if image in unreadable else [image]
        elif look.stamp != stamps[file]:
            if stamps[file] == NO_FILE:
                found.missing.add(image)
            else:
                again.append(image)
    if found.all_missing:
        found.unreadable = {image: f"{paths[image]}: is not there" for image in again}
        return found
    answers = encoder.stream(paths[image] for image in again)
    try:
        for number, (image, answer) in enumerate(zip(again, answers, strict=True), start=1):
            _enter(found, image, looks.get(image), answer)
            progress(number, len(again), "files that are read again")
    finally:
        answers.close()
    return found


def _enter(found: Comparison, image: str, before: Look | None, answer: tuple[Look, bytes] | UnreadableFile) -> None:
    if isinstance(answer, UnreadableFile):
        (found.unreadable if before is None else found.broken)[image] = answer.reason
        return
    found.looks[image] = now = answer[0]
    if before is None:
        found.mended.add(image)
    elif now.digest == before.digest:
        found.renewed += 1
    else:
        found.changed.add(image)
