"""Full training states on disk: weights, averaged weights, optimizer moments, the image counter, callbacks' own state.

Every draw and the order of the images are functions of the image counter (`gans.draws`, `data.records.pipeline`), so
this is all the state there is. A checkpoint is one folder, written under a temporary name and renamed: it is whole or
absent.
Its `checkpoint.json` lists the SHA-256 of every file, so that a damaged one is recognised before it is read.
"""

import hashlib
import logging
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from medgan_tf.errors import DataError, RunError
from medgan_tf.files.atomic import atomic_path, flush_to_disk, replace_folder
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import json_text
from medgan_tf.gans.gan import ConditionalGan

log = logging.getLogger(__name__)

_NAME = "images-{:011d}"
_STATE = "state"
_CARD = "checkpoint.json"
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"


@dataclass(frozen=True)
class Restored:
    """A checkpoint that was read.

    Attributes:
        path: Its folder.
        images_seen: Real images shown until then.
        extra: State that was saved beside the variables: a JSON object, empty if there was none.
    """

    path: Path
    images_seen: int
    extra: dict[str, Any]


def training_variables(gan: ConditionalGan) -> dict[str, list[tf.Variable]]:
    """Everything that changes during training, by part, in a fixed order."""
    parts = {
        "generator": gan.generator.variables,
        "discriminator": gan.discriminator.variables,
        "ema_generator": gan.average_state,
        "generator_optimizer": gan.generator_optimizer.variables,
        "discriminator_optimizer": gan.discriminator_optimizer.variables,
    }
    variables = {name: [variable.value for variable in part] for name, part in parts.items()}
    return {**variables, **gan.extra_state, "images_seen": [gan.images_seen]}


class Checkpoints:
    """The checkpoints of one run.

    Args:
        folder: Their folder; made when the first one is saved.
        keep: Recent checkpoints kept, beside the final one.
    """

    def __init__(self, folder: Path, keep: int):
        self.folder = folder
        self.keep = keep

    def list(self) -> list[Path]:
        """Whole checkpoints, oldest first."""
        return sorted(path for path in self.folder.glob("images-*") if (path / _CARD).is_file())

    def save(self, gan: ConditionalGan, final: bool = False, extra: dict[str, Any] | None = None) -> Path:
        """Saves the state and removes older checkpoints beyond `keep`; the final one comes on top of these.

        Args:
            gan: The GAN in training.
            final: Whether the run ends here.
            extra: Further state, a JSON object; `restore_latest` gives it back, None for a number that is not finite.

        Raises:
            RunError: It could not be written; earlier checkpoints are untouched.
        """
        images_seen = int(gan.images_seen.numpy())
        path = self.folder / _NAME.format(images_seen)
        partial = path.with_name(f".partial-{path.name}")
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            tf.train.Checkpoint(**training_variables(gan)).write(str(partial / _STATE))
            files = {}
            for file in sorted(partial.iterdir()):
                flush_to_disk(file)
                files[file.name] = sha256_of(file)
            _write_card(partial, {"images_seen": images_seen, "files": files, "extra": extra or {}})
            replace_folder(partial, path)
            flush_to_disk(self.folder)
        except (OSError, tf.errors.OpError) as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise RunError(f"checkpoint could not be written to {self.folder}: {first_line(error)}") from error
        for earlier in self.list()[: -(self.keep + final)]:
            shutil.rmtree(earlier, ignore_errors=True)
        return path

    def replace_extra(self, path: Path, extra: dict[str, Any]) -> None:
        """Replaces the further state of one checkpoint and leaves its variables alone; all or nothing.

        Raises:
            RunError: It could not be written.
        """
        try:
            _write_card(path, {**_read_card(path), "extra": extra})
        except OSError as error:
            raise RunError(f"checkpoint could not be written to {path}: {first_line(error)}") from error

    def remove_after(self, path: Path) -> None:
        """Removes the checkpoints that are newer than one of them."""
        for later in self.list():
            if later > path:
                shutil.rmtree(later, ignore_errors=True)

    def restore_latest(
        self, gan: ConditionalGan, before: Path | None = None, parts: Sequence[str] | None = None
    ) -> Restored | None:
        """Restores the newest readable checkpoint; falls back to the one before, with a warning.

        Args:
            gan: Gets the variables.
            before: A checkpoint whose further state is damaged: only those before it are tried.
            parts: The parts of `training_variables` that are restored; None: all.

        Returns:
            The restored checkpoint, or None when there is none.

        Raises:
            RunError: There are checkpoints but none can be read.
        """
        candidates = self.list()[::-1]
        for path in candidates:
            if before is not None and path >= before:
                continue
            try:
                card = _read_card(path)
                _check_files(path, card.get("files"))
                variables = training_variables(gan)
                reader = tf.train.Checkpoint(**{name: variables[name] for name in parts or variables})
                reader.read(str(path / _STATE)).assert_existing_objects_matched()
            except (DataError, OSError, tf.errors.OpError, AssertionError, ValueError, IndexError, KeyError) as error:
                log.warning("checkpoint %s cannot be read (%s); trying the one before", path, first_line(error))
                continue
            return Restored(path, int(gan.images_seen.numpy()), card.get("extra", {}))
        if candidates:
            raise RunError(f"none of the {len(candidates)} checkpoints in {self.folder} can be read; use --restart")
        return None


def _read_card(path: Path) -> dict[str, Any]:
    """The description of a checkpoint. Raises `DataError` or `ValueError` when it is damaged."""
    # A diverged training may have left NaN in the state of a part: version 0.1 wrote it as such, now it is null.
    card = read_json(path / _CARD, finite=False, advice="it is of no use")
    kinds = {"images_seen": int, "extra": dict}
    wrong = [name for name, kind in kinds.items() if name in card and type(card[name]) is not kind]
    if wrong:
        raise ValueError(f"{_CARD}: {wrong[0]} holds {card[wrong[0]]!r:.60}")
    return card


def _write_card(path: Path, card: dict[str, Any]) -> None:
    with atomic_path(path / _CARD) as partial:
        partial.write_text(json_text(card), encoding="utf-8")


def _check_files(path: Path, digests: Any) -> None:
    """Raises `ValueError` for a file that has changed since it was written."""
    # The first checkpoints listed names only: there is nothing to compare with.
    if not isinstance(digests, dict | list) or not all(
        isinstance(name, str) and Path(name).name == name for name in digests
    ):
        raise ValueError(f"{_CARD}: expected the files of the checkpoint; received {digests!r:.60}")
    for name, digest in digests.items() if isinstance(digests, dict) else ():
        if sha256_of(path / name) != digest:
            raise ValueError(f"{name} has changed since it was written")


def state_sha256(path: Path) -> str:
    """SHA-256 that names the variables of a checkpoint: over ``<name>\\0<SHA-256>`` of each of its state files."""
    digest = hashlib.sha256()
    for file in sorted(path.glob(f"{_STATE}.*")):
        digest.update(f"{file.name}\0".encode() + bytes.fromhex(sha256_of(file)))
    return digest.hexdigest()


def shapes_in(path: Path) -> dict[str, list[int]]:
    """The shapes of all variables of a checkpoint, by ``<part>/<number>``. Raises `RunError` if it is damaged."""
    try:
        found = tf.train.load_checkpoint(str(path / _STATE)).get_variable_to_shape_map()
    except (OSError, tf.errors.OpError, ValueError) as error:
        raise RunError(f"checkpoint {path} cannot be read: {first_line(error)}") from error
    return {name.removesuffix(_VALUE): shape for name, shape in found.items() if name.endswith(_VALUE)}


def first_line(error: Exception) -> str:
    """The first line of an error's message, without the names TensorFlow puts around it."""
    message = re.sub(r"\{\{.*?\}\} ?| ?\[Op:.*?\]", "", str(error)).strip()
    return message.splitlines()[0] if message else type(error).__name__
