"""Everything that result files say about a run, an experiment or a folder of experiments; reads JSON and YAML only.

A file that is missing is None, a file that is damaged is None and named in `Results.problems`: a report of half of the
work says so instead of failing.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medgan_tf.data.records.manifest import FILE_NAME
from medgan_tf.errors import DataError
from medgan_tf.evidence.report import GanResults, Results, RunResults
from medgan_tf.evidence.run_guarantee import run_guarantee
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.reporting.rooms import Room
from medgan_tf.workflow.study_plan import PLAN

_RUN = re.compile(r"(?P<name>.+)-seed(?P<seed>\d+)")
_REAL = "real"


def read_results(path: str | Path, rooms: Sequence[Room]) -> Results:
    """Reads a run folder, the folder of an experiment, or a folder that holds folders of experiments.

    Args:
        path: The folder.
        rooms: The rooms, which read their results of each run.

    Raises:
        DataError: It is none of them.
    """
    path = Path(path)
    if not path.is_dir():
        raise DataError(
            f"no such folder: {path}; expected a run, e.g. runs/quickstart/cpd-seed1000, or runs/quickstart"
        )
    # Resolved, so that "." and ".." have names.
    path = path.resolve()
    reader = LenientReader(path)
    if _is_run(path):
        gans = [_gan(reader, rooms, path.parent, _split(path)[0], [path])]
        kind, title = "run", f"{path.parent.name}, {path.name}"
    elif found := _experiment(reader, rooms, path):
        kind, title, gans = "experiment", path.name, found
    else:
        folders = [folder for folder in path.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
        folders.sort(key=_by_number)
        gans = [gan for folder in folders for gan in _experiment(reader, rooms, folder)]
        kind, title = "grid", path.name
    if not gans:
        raise DataError(
            f"{path.name} holds no runs: expected a run folder (config.yaml in <gan>-seed<seed>), a folder of such "
            "folders, or a folder of experiments"
        )
    failed = tuple(_failed_jobs(reader, path)) if kind == "grid" else ()
    files = {gan.experiment: gan.runs[0].folder.path.parent / PLAN for gan in gans}
    plans = {name: reader.json(file) for name, file in files.items() if file.exists()}
    return Results(kind, title, tuple(gans), tuple(reader.problems), failed, plans)


def _failed_jobs(reader: LenientReader, path: Path) -> list[tuple[str, str]]:
    failed = []
    for file in sorted(path.glob(".grid/*/status.json")):
        found = (reader.json(file) or {}).get("failed", {})
        if isinstance(found, dict):
            failed += [(job, str(cause)) for job, cause in found.items()]
        else:
            reader.damaged(file)
    return failed


def _is_run(path: Path) -> bool:
    match = _RUN.fullmatch(path.name)
    return bool(match) and match["name"] != _REAL and (path / "config.yaml").is_file()


def _by_number(path: Path) -> list[tuple[int, str]]:
    """Sorts classes_2 before classes_10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]


def _split(path: Path) -> tuple[str, int]:
    match = _RUN.fullmatch(path.name)
    return match["name"], int(match["seed"])


def _experiment(reader: LenientReader, rooms: Sequence[Room], path: Path) -> list[GanResults]:
    runs = [folder for folder in path.iterdir() if folder.is_dir() and _is_run(folder)]
    found: dict[str, list[Path]] = {}
    for folder in sorted(runs, key=_split):
        found.setdefault(_split(folder)[0], []).append(folder)
    return [_gan(reader, rooms, path, architecture, folders) for architecture, folders in found.items()]


def _gan(
    reader: LenientReader, rooms: Sequence[Room], path: Path, architecture: str, folders: list[Path]
) -> GanResults:
    return GanResults(path.name, architecture, tuple(_run(reader, rooms, RunFolder(folder)) for folder in folders))


def _run(reader: LenientReader, rooms: Sequence[Room], folder: RunFolder) -> RunResults:
    found = {room.key: room.read(folder, reader) for room in rooms}
    stages = {file.stem: reader.json(file) for file in sorted(folder.stages.glob("*.json"))}
    config = reader.yaml(folder.config)
    return RunResults(
        folder=folder,
        config=config,
        environment=reader.json(folder.environment),
        metrics=reader.lines(folder.metrics),
        events=reader.lines(folder.events),
        stages={name: record for name, record in stages.items() if record is not None},
        generator=reader.json(folder.generator / "assets" / "generator.json"),
        evidence={key: result for key, result in found.items() if result is not None},
        dataset=reader.json(folder.dataset),
        origin=_origin(reader, folder) if (config or {}).get("external") else None,
        guarantee=run_guarantee(reader, folder),
    )


def _origin(reader: LenientReader, folder: RunFolder) -> dict[str, Any] | None:
    """The generator from elsewhere, as the manifest of its images says; None for one of this project."""
    synthesis = (reader.json(folder.synthetic / FILE_NAME) or {}).get("synthesis")
    origin = synthesis.get("external") if isinstance(synthesis, dict) else None
    return origin if isinstance(origin, dict) else None
