"""The generator of a release: weights and the name of a network, which hold no program; the SavedModel by choice."""

import shutil
from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.gans.exported.weights import ARCHITECTURE, WEIGHTS, has_stored_generator
from medgan_tf.saved_models.inspection import FILE
from medgan_tf.saved_models.object_inspection import CARD
from medgan_tf.synthesis.load import generator_sha256

GENERATOR = "generator"
_OF_SAVED_MODEL = (FILE, "fingerprint.pb", "variables", "assets")


def add_generator(folder: Path, source: Path, sha256: str, saved_model: bool = False) -> None:
    """Copies a generator into the folder of a release.

    Args:
        folder: The folder of the release.
        source: The run's generator.
        sha256: Its hash, `synthesis.load.generator_sha256`, which the copy must have too.
        saved_model: Whether the SavedModel is copied too. It is a program.

    Raises:
        DataError: There is no generator of weights, or no SavedModel, or the copy is another one.
        OSError: The disk does not take it.
    """
    if not has_stored_generator(source):
        raise DataError(
            f"{source} holds no {WEIGHTS} and {ARCHITECTURE}, without which no generator is released: it is of an "
            "earlier version; `medgan-tf train` exports it again"
        )
    target = folder / GENERATOR
    target.mkdir()
    for name in (WEIGHTS, ARCHITECTURE):
        shutil.copyfile(source / name, target / name)
    shutil.copyfile(source / "assets" / CARD, target / CARD)
    if saved_model:
        if not (source / FILE).is_file():
            raise DataError(f"{source} holds no SavedModel; leave out --saved-model, or `medgan-tf train` exports it")
        for name in _OF_SAVED_MODEL:
            one = source / name
            if one.is_dir():
                shutil.copytree(one, target / name, copy_function=shutil.copyfile)
            elif one.is_file():
                shutil.copyfile(one, target / name)
    if generator_sha256(target) != sha256:
        raise DataError(f"{source} changed while it was copied; release it again")
