"""One stage of a workflow: what it is made from, whether it is there, and how to make it.

A stage is up to date when its record in the folder names the same hash of its inputs and its outputs are there. Inputs
are the parts of the experiment that decide the outputs, and hashes of the files it reads, never dates.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medgan_tf.config.renamed import as_today
from medgan_tf.config.section import Section
from medgan_tf.errors import DataError
from medgan_tf.files.result_files import plain, read_json, write_json

log = logging.getLogger(__name__)

Folders = Callable[[Collection[Path]], Iterable[Path]]
"""From the folders that the stages before will write to those that a stage reads or writes."""


def _no_folders(coming: Collection[Path]) -> Iterable[Path]:
    return ()


def _no_objection() -> None:
    pass


@dataclass(frozen=True)
class Stage:
    """A stage for one seed, or for the whole experiment.

    Attributes:
        name: For the terminal and the record's file name.
        folder: Where the record goes, `<folder>/<name>.json`.
        inputs: What decides the outputs, as JSON values; called when the stages before it are done.
        is_there: Whether the outputs are complete.
        work: Makes the outputs.
        required: Whether the workflow ends when it fails; otherwise the others are done and the failure is reported at
            the end.
        reads, writes: Folders that it shares with other stages, so that a plan can say what follows from what.
        check: Raises what the work would raise at once, where that can be told without doing it.
        settings: The inputs that are sections of the experiment, by name: a record of an earlier version is compared
            after its keys have today's names and those that do not decide the outputs are left out.
    """

    name: str
    folder: Path
    inputs: Callable[[], dict[str, Any]]
    is_there: Callable[[], bool]
    work: Callable[[], Any]
    required: bool = True
    reads: Folders = _no_folders
    writes: Folders = _no_folders
    check: Callable[[], None] = _no_objection
    settings: Mapping[str, type[Section]] = field(default_factory=dict)

    @property
    def record(self) -> Path:
        """The file that says what was done."""
        return self.folder / f"{self.name}.json"


def content_key(inputs: dict[str, Any]) -> str:
    """SHA-256 of a stage's inputs."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def reason_to_do(stage: Stage, inputs: dict[str, Any]) -> str:
    """Why a stage has to be done; "" when it was done with these inputs and its outputs are there."""
    if not stage.record.is_file():
        return "not done yet"
    try:
        record = read_json(stage.record)
        if record.get("key") != content_key(inputs) and (changes := _changes(stage, record.get("inputs"), inputs)):
            return changes
        return "" if stage.is_there() else "outputs missing or replaced"
    except DataError:
        return "its record or its outputs are damaged"


def _changes(stage: Stage, before: Any, now: dict[str, Any]) -> str:
    """Names of the inputs that differ from those in a record; "" if none does."""
    # As they come back from a record.
    now = json.loads(json.dumps(plain(now), default=str))
    before = dict(before) if isinstance(before, dict) else {}
    for name, section in stage.settings.items():
        if isinstance(before.get(name), dict):
            before[name] = as_today(before[name], section)
    names = [name for name in dict.fromkeys([*now, *before]) if before.get(name) != now.get(name)]
    return f"inputs changed: {', '.join(names)}" if names else ""


def run_stage(stage: Stage) -> bool:
    """Does a stage unless it is up to date, and records it. Returns whether there was something to do."""
    inputs = stage.inputs()
    key, reason = content_key(inputs), reason_to_do(stage, inputs)
    if not reason:
        log.info(f"{stage.name}: up to date")
        return False
    log.info(f"{stage.name}: to do ({reason})")
    started = time.monotonic()
    stage.record.unlink(missing_ok=True)
    stage.work()
    write_json(
        stage.record,
        {"stage": stage.name, "key": key, "inputs": inputs, "seconds": round(time.monotonic() - started, 1)},
    )
    return True
