"""The plan of a study: margin, limits and the rest of what decides its claims, written down before there are results.

The plan is `plan.json` in the folder of an experiment, beside its runs. It is written once. A later plan is added to it
only when that is asked for, and keeps every plan before it. Each says which results were there when it was written.

A plan and its hash are made on the machine of those who plan. They prove no order of events by themselves: for that,
the hash has to be sent to somebody, or registered, before there are results.
"""

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medgan_tf.config.schema import Experiment
from medgan_tf.config.section import deciding
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import json_text, plain, write_json
from medgan_tf.registry import EVIDENCE

log = logging.getLogger(__name__)

PLAN = "plan.json"
FORMAT_VERSION = 1
_ADVICE = "restore it from a backup, or remove it: the report then says what was there when the next one was written"
_SECTIONS = ("data", "original_code", "classifier", "evaluation")
# A text that begins as a path does, or has a separator and no blanks. The reason of a limit is none.
_PATH = re.compile(r"~|\.{0,2}[/\\]|[A-Za-z]:[\\/]|\S*[/\\]\S*\Z")
OPEN = ("seeds", "labels")
"""Parts of a plan that need not be known yet: null. A later plan may add them."""


@dataclass(frozen=True)
class Plan:
    """One plan.

    Attributes:
        made: Its time, UTC, as the clock of the machine said it.
        results: Results of the experiment that were there at that time, e.g. `classifier of cpd-seed1000`.
        content: The plan itself: experiment, seeds, labels and settings.
        sha256: SHA-256 of all this and of the plan before it.
    """

    made: str
    results: tuple[str, ...]
    content: dict[str, Any]
    sha256: str

    @property
    def day(self) -> str:
        """The day of its time."""
        return self.made[:10]

    @property
    def flat(self) -> dict[str, Any]:
        """Its values by dotted key, e.g. `classifier.margin`."""
        open_parts = {name: self.content[name] for name in OPEN}
        return open_parts | flat(self.content["settings"])


@dataclass(frozen=True)
class Registered:
    """What `preregister` did.

    Attributes:
        path: The file.
        plans: All plans of the experiment, the newest last.
        written: Whether the newest one was written now.
        differences: What the experiment has otherwise than the newest plan, a line each; empty if it was written now.
    """

    path: Path
    plans: tuple[Plan, ...]
    written: bool
    differences: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        """The newest plan."""
        return self.plans[-1]


def plan_path(experiment: Experiment) -> Path:
    """The plan's file, in the folder of the experiment's runs."""
    return Path(experiment.training.output) / experiment.name / PLAN


def preregister(experiment: Experiment, seeds: Sequence[int] | None = None, again: bool = False) -> Registered:
    """Writes the plan of an experiment unless there is one.

    A plan that only lacks seeds or labels that are known now is completed, as long as there are no results.

    Args:
        experiment: The experiment.
        seeds: The seeds that will be measured; None if they are not known yet.
        again: Add a new plan if there is another one. The one before is kept.

    Raises:
        DataError: The file that is there is damaged. It is left as it is.
        RunError: The file cannot be written.
    """
    path, content = plan_path(experiment), planned(experiment, seeds)
    plans = read_plans(read_json(path, advice=_ADVICE)) if path.exists() else ()
    now = tuple(results_in(path.parent))
    if plans:
        differences = tuple(differing(plans[-1].content, content))
        added = [name for name in OPEN if plans[-1].content[name] is None and content[name] is not None]
        completes = bool(added) and not differences and not now
        if not completes and not (again and differences):
            return Registered(path, plans, False, differences)
        # What is not known now was known to the plan before.
        content |= {name: plans[-1].content[name] for name in OPEN if content[name] is None}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    new = Plan(made, now, content, plan_sha256(made, now, content, plans[-1].sha256 if plans else ""))
    plans = (*plans, new)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror}") from error
    write_json(path, {"format_version": FORMAT_VERSION, "what": "plan", "plans": list(map(_values, plans))})
    return Registered(path, plans, True)


def note_plan(experiment: Experiment, seeds: Sequence[int] | None = None) -> Registered:
    """As `preregister`, with a line in the log: what was written, or how the experiment differs from its plan."""
    done = preregister(experiment, seeds)
    if done.written:
        log.info(f"plan written to {done.path}, SHA-256 {done.plan.sha256}")
    elif done.differences:
        log.warning(
            f"the plan of {done.plan.day} in {done.path} says otherwise, and stays: {'; '.join(done.differences)}. The "
            "report will say so; `medgan-tf preregister --again` adds a new plan"
        )
    return done


def planned(experiment: Experiment, seeds: Sequence[int] | None = None) -> dict[str, Any]:
    """The content of a plan. Options of the data source are left out: they hold folders and names of columns.

    The labels are those of the prepared dataset, or else `data.findings`; None while neither is there.
    """
    top_level = [key for key in EVIDENCE.names() if getattr(EVIDENCE.settings(key), "TOP_LEVEL", False)]
    # The GAN is what is judged: it may be changed.
    settings = {name: deciding(getattr(experiment, name)) for name in (*_SECTIONS, *top_level)}
    settings["data"].pop("options")
    found = experiment.data.findings or _prepared_labels(experiment)
    content = {
        "experiment": experiment.name,
        "seeds": None if seeds is None else sorted(seeds),
        "labels": None if found is None else list(found),
        "settings": without_folders(settings),
    }
    # As it comes back from the file.
    return plain(content)


def read_plans(values: Mapping[str, Any]) -> tuple[Plan, ...]:
    """The plans of a `plan.json`, the newest last; at least one. Raises `DataError` for a file that was changed."""
    try:
        if values["format_version"] != FORMAT_VERSION or values["what"] != "plan":
            raise ValueError("it is of another version")
        plans = tuple(map(_plan, values["plans"]))
        if not plans:
            raise ValueError("it holds no plan")
        for number, plan in enumerate(plans):
            before = plans[number - 1].sha256 if number else ""
            if plan_sha256(plan.made, plan.results, plan.content, before) != plan.sha256:
                raise ValueError("it was changed after it was written: its SHA-256 is another one")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise DataError(f"the plan cannot be read: {reason}; {_ADVICE}") from error
    return plans


def _prepared_labels(experiment: Experiment) -> Sequence[str] | None:
    try:
        return Manifest.load(experiment.dataset_dir).label_names
    except DataError:
        return None


def plan_sha256(made: str, results: Sequence[str], content: Mapping[str, Any], before: str) -> str:
    """SHA-256 of a plan: of the JSON of [time, results, content, SHA-256 of the plan before], with sorted keys."""
    return hashlib.sha256(json_text([made, list(results), content, before], sort_keys=True).encode()).hexdigest()


def results_in(folder: Path) -> list[str]:
    """The results in the folder of an experiment, in words. A trained GAN is none: it says nothing about the claims."""
    found = []
    for run in sorted(path for path in folder.glob("*") if path.is_dir()):
        if any((run / "classifier" / name).exists() for name in ("result.json", "predictions.csv")):
            found.append(f"classifier of {run.name}")
        found += [f"{file.stem} of {run.name}" for file in sorted(run.glob("evaluation/*.json"))]
        found += [f"gap of {run.name.removesuffix('-gap')}" for _ in run.glob("gap.json")]
    return found


def differing(plan: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between the contents of two plans, a line each. What is not known in one of them does not count."""
    lines = [
        f"{name} {shown(plan[name])} -> {shown(now[name])}"
        for name in OPEN
        if None not in (plan[name], now[name]) and plan[name] != now[name]
    ]
    before, after = flat(plan["settings"]), flat(now["settings"])
    keys = [key for key in dict.fromkeys([*before, *after]) if before.get(key) != after.get(key)]
    return [*lines, *(f"{key} {shown(before.get(key))} -> {shown(after.get(key))}" for key in keys)]


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested values by dotted key."""
    found = {}
    for key, value in values.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return found


def shown(value: Any) -> str:
    """A value for people: short, and "not stated" for None."""
    if isinstance(value, list):
        text = ", ".join(map(str, value))
    else:
        text = "not stated" if value is None else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def without_folders(value: Any) -> Any:
    """Values in which a path is its last part only: folders can name people."""
    if isinstance(value, Mapping):
        return {key: without_folders(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_folders(item) for item in value]
    is_path = isinstance(value, str) and _PATH.match(value)
    return re.split(r"[/\\]", value.rstrip("/\\"))[-1] if is_path else value


def _plan(values: Mapping[str, Any]) -> Plan:
    content, results = dict(values["content"]), values["results"]
    if not isinstance(values["made"], str) or not all(isinstance(name, str) for name in results):
        raise TypeError("its time or its results are no texts")
    if not isinstance(content["settings"], Mapping) or not all(
        isinstance(content[name], list | type(None)) for name in OPEN
    ):
        raise TypeError("its content is no plan")
    return Plan(values["made"], tuple(results), content, values["sha256"])


def _values(plan: Plan) -> dict[str, Any]:
    return {"made": plan.made, "results": list(plan.results), "content": plan.content, "sha256": plan.sha256}
