"""One stage of a workflow: what it is made from, whether it is there, and how to make it.

A stage is up to date when its record in the run folder names the same hash of its inputs and its outputs are there.
Inputs are the parts of the experiment that decide the outputs, and hashes of the files it reads, never dates.
"""

import hashlib
import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from medgan_tf.config.renamed import as_today
from medgan_tf.config.schema import Experiment
from medgan_tf.config.section import Section
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import parse_json, read_json
from medgan_tf.files.result_files import plain, write_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.workflow.context import Context

log = logging.getLogger(__name__)


class Stage(ABC):
    """A stage that each seed has. It keeps no state: the seed is an argument of every method.

    Attributes:
        name: Its name on the terminal and in the record's file name.
        unit: Name of the things that its progress counts, e.g. `images`.
        required: Whether the workflow ends when it fails; otherwise the others are done and the failure is reported at
            the end.
        settings: The inputs that are sections of the experiment, by name: a record of an earlier version is compared
            after its keys have today's names and those that do not decide the outputs are left out.
    """

    name: str
    unit: str = "images"
    required: bool = True
    settings: Mapping[str, type[Section]] = MappingProxyType({})

    def seed(self, experiment: Experiment, seed: int) -> int:
        """The seed that the stage is done for when a seed is done; several seeds may share it."""
        return seed

    @abstractmethod
    def inputs(self, context: Context) -> dict[str, Any]:
        """Everything that decides the outputs, as JSON values. Called when the stages before it are done."""

    def earlier_inputs(self, context: Context) -> dict[str, Any]:
        """Inputs that an earlier version recorded in another form, as it would record them now. Asked for only where a
        record differs, since they may take as long as `inputs`."""
        return {}

    @abstractmethod
    def outputs_exist(self, context: Context) -> bool:
        """Whether the outputs are complete."""

    @abstractmethod
    def work(self, context: Context) -> None:
        """Makes the outputs."""

    def reads(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """Folders that it reads and stages before it may write, so that a dry run knows what follows from what.

        Args:
            context: The seed.
            pending_outputs: Folders that the stages before it will write.
        """
        return ()

    def writes(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """Folders that it writes and stages after it may read."""
        return ()

    def renew(self, context: Context) -> None:  # noqa: B027 (most stages print nothing of the kind)
        """Called when the stage is up to date: writes again what is printed beside a result and changes none."""

    def check(self, context: Context) -> None:  # noqa: B027 (most stages have nothing to check)
        """Raises the error that the work would raise at once, if it can be found without doing the work."""


def stage_record(folder: RunFolder, name: str) -> Path:
    """The file in a run folder that says with which inputs a stage was done."""
    return folder.stages / f"{name}.json"


def content_key(inputs: dict[str, Any]) -> str:
    """SHA-256 of a stage's inputs."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def reason_to_do(stage: Stage, context: Context, inputs: dict[str, Any]) -> str:
    """The reason why a stage has to be done; "" when it was done with these inputs and its outputs are there."""
    path = stage_record(context.folder, stage.name)
    if not path.is_file():
        return "not done yet"
    try:
        record = read_json(path)
        if record.get("key") != content_key(inputs) and (
            changes := _changes(stage, context, record.get("inputs"), inputs)
        ):
            return changes
        return "" if stage.outputs_exist(context) else "outputs missing or replaced"
    except DataError:
        return "its record or its outputs are damaged"


def _changes(stage: Stage, context: Context, before: Any, now: dict[str, Any]) -> str:
    """Names of the inputs that differ from those in a record; "" if none does."""
    # As they come back from a record.
    now = parse_json(json.dumps(plain(now), default=str))
    if before is not None and not isinstance(before, dict):
        raise DataError("a record without inputs")
    before = dict(before or {})
    for name, section in stage.settings.items():
        if isinstance(before.get(name), dict):
            before[name] = as_today(before[name], section)
    names = [name for name in dict.fromkeys([*now, *before]) if before.get(name) != now.get(name)]
    if names:
        earlier = stage.earlier_inputs(context)
        names = [name for name in names if name not in earlier or before.get(name) != earlier[name]]
    return f"inputs changed: {', '.join(names)}" if names else ""


def run_stage(stage: Stage, context: Context) -> bool:
    """Does a stage unless it is up to date, and records it. Returns whether there was something to do."""
    inputs, path = stage.inputs(context), stage_record(context.folder, stage.name)
    key, reason = content_key(inputs), reason_to_do(stage, context, inputs)
    if not reason:
        log.info(f"{stage.name}: up to date")
        stage.renew(context)
        return False
    log.info(f"{stage.name}: to do ({reason})")
    started = time.monotonic()
    path.unlink(missing_ok=True)
    stage.work(context)
    seconds = round(time.monotonic() - started, 1)
    write_json(path, {"stage": stage.name, "key": key, "inputs": inputs, "seconds": seconds})
    return True
