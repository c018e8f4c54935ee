"""The images of a generator from elsewhere, in whatever format they are."""

from medgan_tf.data.records.manifest import FILE_NAME
from medgan_tf.errors import DataError
from medgan_tf.registry import FORMATS
from medgan_tf.synthesis.external.listing import Listing
from medgan_tf.synthesis.external.places import folder_of
from medgan_tf.synthesis.external.settings import ExternalConfig

_RECORDS = "records"


def open_listing(config: ExternalConfig, seed: int, names: tuple[str, ...]) -> Listing:
    """The images that the section `external` names. A dataset folder of this project is known by its manifest.

    Args:
        config: The section.
        seed: Replaces `{seed}` in its paths.
        names: The labels of the real images, for formats that do not name their own.

    Raises:
        DataError: The folder or its table is missing or has a mistake, or there is no image.
    """
    folder = folder_of(config, seed)
    format_name = _RECORDS if (folder / FILE_NAME).is_file() else config.format
    listing = FORMATS.get(format_name)(config, seed, names)
    if not listing.images:
        raise DataError(f"{folder} lists no images")
    return listing
