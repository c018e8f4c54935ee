"""Whether images from elsewhere are still those that were imported, from the bytes of their files."""

import hashlib
from dataclasses import astuple
from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.files.hashing import sha256_of
from medgan_tf.synthesis.external.listing import ListedImage, Listing


def listing_sha256(listing: Listing) -> str:
    """SHA-256 of all that a listing says and of the files that it names, whatever their names and order are.

    Raises:
        DataError: A file cannot be read.
    """
    files: dict[str, str] = {}
    for image in listing.images:
        file = image.source.file
        if file not in files:
            try:
                files[file] = sha256_of(Path(file))
            except OSError as error:
                raise DataError(f"{file}: cannot be read: {error.strerror or error}") from error
    order = sorted(range(len(listing.names)), key=listing.names.__getitem__)
    digest = hashlib.sha256("\n".join(listing.names[place] for place in order).encode())
    digest.update((listing.named_hash or "").encode())
    for line in sorted(_line(image, files[image.source.file], order) for image in listing.images):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _line(image: ListedImage, file: str, order: list[int]) -> str:
    labels = [image.labels[place] for place in order]
    about = astuple(image)[2:]
    # Of a file with one image the hash says which one it is; a name in an archive is a place, as an index is.
    return repr((file, image.source.member, image.source.index, labels, about))
