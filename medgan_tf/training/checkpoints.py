"""Full training states on disk: weights, averaged weights, optimizer moments and the image counter.

Every draw and the order of the images are functions of the image counter (`gans.draws`, `data.pipeline`), so these are
all the state there is. A checkpoint is one folder, written under a temporary name and renamed: it is whole or absent.
"""

import json
import logging
import os
import re
import shutil
from pathlib import Path

import tensorflow as tf

from medgan_tf.errors import RunError
from medgan_tf.gans.base import ConditionalGan

log = logging.getLogger(__name__)

_NAME = "images-{:011d}"
_STATE = "state"


def training_variables(gan: ConditionalGan) -> dict[str, list[tf.Variable]]:
    """Everything that changes during training, by part, in a fixed order."""
    parts = {
        "generator": gan.generator.variables,
        "discriminator": gan.discriminator.variables,
        "ema_generator": gan.ema_generator.variables,
        "generator_optimizer": gan.generator_optimizer.variables,
        "discriminator_optimizer": gan.discriminator_optimizer.variables,
    }
    variables = {name: [variable.value for variable in part] for name, part in parts.items()}
    return {**variables, "images_seen": [gan.images_seen]}


class Checkpoints:
    """The checkpoints of one run.

    Args:
        folder: Where they are; made when the first one is saved.
        keep: Recent checkpoints kept, beside the final one.
    """

    def __init__(self, folder: Path, keep: int):
        self.folder = folder
        self.keep = keep

    def list(self) -> list[Path]:
        """Whole checkpoints, oldest first."""
        return sorted(path for path in self.folder.glob("images-*") if (path / "checkpoint.json").is_file())

    def save(self, gan: ConditionalGan, final: bool = False) -> Path:
        """Saves the state and removes older checkpoints beyond `keep`; the final one comes on top of these.

        Raises:
            RunError: It could not be written; earlier checkpoints are untouched.
        """
        images_seen = int(gan.images_seen.numpy())
        path = self.folder / _NAME.format(images_seen)
        partial = self.folder / f".partial-{path.name}"
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            tf.train.Checkpoint(**training_variables(gan)).write(str(partial / _STATE))
            description = {"images_seen": images_seen, "files": sorted(path.name for path in partial.iterdir())}
            (partial / "checkpoint.json").write_text(json.dumps(description), encoding="utf-8")
            shutil.rmtree(path, ignore_errors=True)
            os.replace(partial, path)
        except (OSError, tf.errors.OpError) as error:
            shutil.rmtree(partial, ignore_errors=True)
            raise RunError(f"checkpoint could not be written to {self.folder}: {first_line(error)}") from error
        for old in self.list()[: -(self.keep + final)]:
            shutil.rmtree(old, ignore_errors=True)
        return path

    def restore_latest(self, gan: ConditionalGan) -> int | None:
        """Restores the newest readable checkpoint; falls back to the one before, with a warning.

        Returns:
            Images seen, or None when there is no checkpoint.

        Raises:
            RunError: There are checkpoints but none can be read.
        """
        candidates = self.list()[::-1]
        for path in candidates:
            try:
                reader = tf.train.Checkpoint(**training_variables(gan))
                reader.read(str(path / _STATE)).assert_existing_objects_matched()
            except (tf.errors.OpError, AssertionError, ValueError, IndexError) as error:
                log.warning("checkpoint %s cannot be read (%s); trying the one before", path, first_line(error))
                continue
            return int(gan.images_seen.numpy())
        if candidates:
            raise RunError(f"none of the {len(candidates)} checkpoints in {self.folder} can be read; use --restart")
        return None


def first_line(error: Exception) -> str:
    """The first line of an error's message, without the names TensorFlow puts around it."""
    message = re.sub(r"\{\{.*?\}\} ?| ?\[Op:.*?\]", "", str(error)).strip()
    return message.splitlines()[0] if message else type(error).__name__
