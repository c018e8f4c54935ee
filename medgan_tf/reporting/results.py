"""Everything that result files say about a run, an experiment or a folder of experiments; reads JSON and YAML only.

A file that is missing is None, a file that is damaged is None and named in `Results.problems`: a report of half of the
work says so instead of failing.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from medgan_tf.errors import DataError
from medgan_tf.files.run_folders import RunFolder, gap_folder

_RUN = re.compile(r"(?P<name>.+)-seed(?P<seed>\d+)")
_REAL = "real"


@dataclass(frozen=True)
class RunResults:
    """One training run. `None` stands for a result that is not there.

    Attributes:
        name: The folder's, e.g. `cpd-seed1000`.
        architecture, seed: Of the GAN.
        folder: Where it lies.
        config, environment: What was run, and on what.
        metrics, events: One entry per tick; what the watchdog did.
        stages: Name to record of `medgan-tf run`.
        generator: The exported generator's card.
        classifier, real_classifier: Results of the classifiers of this run's and of the real images.
        fidelity: Feature extractor to result.
        privacy, neighbours, occlusion, reader_study: Results.
    """

    name: str
    architecture: str
    seed: int
    folder: RunFolder
    config: dict[str, Any] | None
    environment: dict[str, Any] | None
    metrics: list[dict[str, Any]]
    events: list[dict[str, Any]]
    stages: dict[str, dict[str, Any]]
    generator: dict[str, Any] | None
    classifier: dict[str, Any] | None
    real_classifier: dict[str, Any] | None
    fidelity: dict[str, dict[str, Any]]
    privacy: dict[str, Any] | None
    neighbours: dict[str, Any] | None
    occlusion: dict[str, Any] | None
    reader_study: dict[str, Any] | None


@dataclass(frozen=True)
class GanResults:
    """One architecture in one experiment: its runs by seed, and the gap over seeds as in `gap.json`."""

    experiment: str
    architecture: str
    runs: tuple[RunResults, ...]
    gap: dict[str, Any] | None

    @property
    def title(self) -> str:
        """For headings."""
        return f"{self.experiment}, {self.architecture}"


@dataclass(frozen=True)
class Results:
    """What a report speaks of.

    Attributes:
        kind: `run`, `experiment` or `grid`.
        title: Name of what is reported.
        gans: Every experiment and architecture.
        problems: Damaged files, one line each.
        failed: Jobs of a grid that failed, with the cause, as of the grid's last end.
    """

    kind: str
    title: str
    gans: tuple[GanResults, ...]
    problems: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()

    @property
    def runs(self) -> list[RunResults]:
        """All runs."""
        return [run for gan in self.gans for run in gan.runs]


@dataclass
class _Reader:
    """Reads files and remembers which could not be read."""

    root: Path
    problems: list[str] = field(default_factory=list)

    def json(self, path: Path) -> dict[str, Any] | None:
        text = self._text(path)
        if text is None:
            return None
        try:
            values = json.loads(text)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            self._damaged(path)
            return None
        return values

    def lines(self, path: Path) -> list[dict[str, Any]]:
        found = []
        for line in (self._text(path) or "").splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                # The last line of a run that was killed may be cut short.
                continue
        return [line for line in found if isinstance(line, dict)]

    def yaml(self, path: Path) -> dict[str, Any] | None:
        text = self._text(path)
        if text is None:
            return None
        try:
            values = yaml.safe_load(text)
        except yaml.YAMLError:
            values = None
        if not isinstance(values, dict):
            self._damaged(path)
            return None
        return values

    def _text(self, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError):
            self._damaged(path)
            return None

    def _damaged(self, path: Path) -> None:
        shown = path.relative_to(self.root) if path.is_relative_to(self.root) else Path(path.parent.name) / path.name
        self.problems.append(f"{shown} cannot be read; make it again")


def read_results(path: str | Path) -> Results:
    """Reads a run folder, the folder of an experiment, or a folder that holds folders of experiments.

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
    reader = _Reader(path)
    if _is_run(path):
        gans = [_gan(reader, path.parent, _split(path)[0], [path])]
        kind, title = "run", f"{path.parent.name}, {path.name}"
    elif found := _experiment(reader, path):
        kind, title, gans = "experiment", path.name, found
    else:
        folders = [folder for folder in path.iterdir() if folder.is_dir() and not folder.name.startswith(".")]
        folders.sort(key=_by_number)
        gans = [gan for folder in folders for gan in _experiment(reader, folder)]
        kind, title = "grid", path.name
    if not gans:
        raise DataError(
            f"{path.name} holds no runs: expected a run folder (config.yaml in <gan>-seed<seed>), a folder of such "
            "folders, or a folder of experiments"
        )
    failed = _failed_jobs(reader, path) if kind == "grid" else ()
    return Results(kind, title, tuple(gans), tuple(reader.problems), tuple(failed))


def _failed_jobs(reader: _Reader, path: Path) -> list[tuple[str, str]]:
    statuses = [reader.json(file) for file in sorted(path.glob(".grid/*/status.json"))]
    return [pair for status in statuses if status for pair in status.get("failed", {}).items()]


def _is_run(path: Path) -> bool:
    match = _RUN.fullmatch(path.name)
    return bool(match) and match["name"] != _REAL and (path / "config.yaml").is_file()


def _by_number(path: Path) -> list[tuple[int, str]]:
    """Sorts classes_2 before classes_10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]


def _split(path: Path) -> tuple[str, int]:
    match = _RUN.fullmatch(path.name)
    return match["name"], int(match["seed"])


def _experiment(reader: _Reader, path: Path) -> list[GanResults]:
    runs = [folder for folder in path.iterdir() if folder.is_dir() and _is_run(folder)]
    found: dict[str, list[Path]] = {}
    for folder in sorted(runs, key=_split):
        found.setdefault(_split(folder)[0], []).append(folder)
    return [_gan(reader, path, architecture, folders) for architecture, folders in found.items()]


def _gan(reader: _Reader, path: Path, architecture: str, folders: list[Path]) -> GanResults:
    gap = reader.json(gap_folder(path.parent, path.name, architecture) / "gap.json")
    runs = tuple(_run(reader, path, folder) for folder in folders)
    return GanResults(path.name, architecture, runs, gap)


def _run(reader: _Reader, experiment: Path, path: Path) -> RunResults:
    architecture, seed = _split(path)
    folder = RunFolder(path)
    real = RunFolder.of_real(experiment.parent, experiment.name, seed)
    fidelity = {
        file.stem.removeprefix("fid-"): result
        for file in sorted(folder.evaluation.glob("fid-*.json"))
        if (result := reader.json(file)) is not None
    }
    stages = {
        file.stem: record
        for file in sorted(folder.stages.glob("*.json"))
        if (record := reader.json(file)) is not None
    }  # fmt: skip
    return RunResults(
        name=path.name,
        architecture=architecture,
        seed=seed,
        folder=folder,
        config=reader.yaml(folder.config),
        environment=reader.json(folder.environment),
        metrics=reader.lines(folder.metrics),
        events=reader.lines(folder.events),
        stages=stages,
        generator=reader.json(folder.generator / "assets" / "generator.json"),
        classifier=reader.json(folder.classifier / "result.json"),
        real_classifier=reader.json(real.classifier / "result.json"),
        fidelity=fidelity,
        **{
            name: reader.json(folder.evaluation / f"{name}.json")
            for name in ("privacy", "neighbours", "occlusion", "reader_study")
        },
    )
