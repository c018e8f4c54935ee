"""A grid as a graph of this package's commands; what runs them is Snakemake, see experiments/benchmark/Snakefile.

A job is done when its marker is there. The marker's name holds a hash of the job's command and settings, and of those
of the jobs it needs, so that a change of an experiment makes what depends on it run again, and nothing else.
"""

import hashlib
import json
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path

from medgan_tf.classification.arms.names import config_arms
from medgan_tf.config.loading import load_experiment, written_values
from medgan_tf.config.run_folders import trained_experiment
from medgan_tf.config.schema import Experiment
from medgan_tf.config.seeds import parse_seeds
from medgan_tf.evidence.choice import always_made, chosen_evidence, over_seeds
from medgan_tf.evidence.question import CLASSIFY, EVERY_REAL, GENERATE, REAL
from medgan_tf.files.result_files import json_text
from medgan_tf.synthesis.external.settings import ExternalConfig
from medgan_tf.workflow.grid.axes import AxisPoint, axis_points, variant_overrides
from medgan_tf.workflow.grid.grid_file import GridConfig, gan_name, load_grid

DONE, FAILED, STARTED, WAITING = "done", "failed", "started", "waiting"
PREPARE, IMPORT = "prepare", "import"
_EXPERIMENT, _PLACES = "{experiment}", ("folder", "csv", "trained_on_ids")
_LOG_TAIL = 4000


@dataclass(frozen=True)
class Job:
    """One command.

    Attributes:
        name: Unique in the grid, e.g. `train.chest_classes_2.cpd.1000`.
        arguments: Arguments of `medgan-tf`.
        needs: Names of the jobs that come before.
        gpu: Whether it uses a GPU where there is one.
        cores: CPU cores that it takes; without a GPU, as many threads, so that jobs side by side do not get in each
            other's way and results do not depend on how many cores the machine has.
        marker, log, lock: Paths of its files.
        experiment: The experiment that it works on, with the grid's overrides.
    """

    name: str
    arguments: tuple[str, ...]
    needs: tuple[str, ...]
    gpu: bool
    cores: int
    marker: Path
    log: Path
    lock: Path
    experiment: Experiment = field(repr=False)

    @property
    def stage(self) -> str:
        """prepare, real, train, generate, import, classify, or the key of a kind of evidence."""
        return self.name.split(".", 1)[0]

    def shell(self, gpus: int) -> str:
        """The line for a shell: through `grid.runner`, which keeps two processes from doing the same job."""
        runner = [sys.executable, "-m", "medgan_tf.workflow.grid.runner", str(self.log), str(self.lock)]
        limit = gpus if self.gpu else 0
        threads = [] if limit else ["env", f"TF_NUM_INTRAOP_THREADS={self.cores}"]
        return shlex.join([*threads, *runner, str(limit), sys.executable, "-m", "medgan_tf", *self.arguments])

    def state(self) -> tuple[str, str]:
        """State, and for a failed job its cause."""
        if self.marker.is_file():
            return DONE, ""
        if not self.log.is_file():
            return WAITING, ""
        lines = self.log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:].splitlines()
        errors = [line for line in lines if line.startswith("Error: ")]
        if errors:
            return FAILED, errors[-1].removeprefix("Error: ")
        return STARTED, ""


class _Graph:
    """Collects jobs and gives each its files."""

    def __init__(self, folder: Path, cores: int):
        self.folder = folder
        self.cores = cores
        self.jobs: dict[str, Job] = {}
        self.keys: dict[str, str] = {}

    def add(self, name: str, arguments: list[str], experiment: Experiment, needs: list[str], gpu: bool = False) -> str:
        settings = written_values(experiment)
        content = [arguments, settings, [self.keys[need] for need in needs]]
        key = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
        self.keys[name] = key
        done, log, lock = (self.folder / f"{name}-{key}.{kind}" for kind in ("done", "log", "lock"))
        self.jobs[name] = Job(name, tuple(arguments), tuple(needs), gpu, self.cores, done, log, lock, experiment)
        return name


def grid_jobs(path: str | Path) -> list[Job]:
    """All jobs of a grid file, each after those it needs.

    Raises:
        ConfigError: The grid or one of its experiments has a mistake.
    """
    grid = load_grid(path)
    seeds = parse_seeds(grid.seeds, 0)
    graph = _Graph(grid_folder(grid), grid.cores)
    prepared: dict[str, str] = {}
    points = axis_points(grid.axes)
    for file in grid.experiments:
        for point in points:
            _experiment_jobs(graph, grid, Path(path).parent / file, seeds, prepared, point)
    return list(graph.jobs.values())


def grid_folder(grid: GridConfig) -> Path:
    """Where markers, logs and locks of a grid lie."""
    return Path(grid.output) / ".grid" / grid.name


def _experiment_jobs(
    graph: _Graph, grid: GridConfig, file: Path, seeds: list[int], prepared: dict[str, str], point: AxisPoint
) -> None:
    plain = load_experiment(file, [*grid.overrides, *point.overrides], named_by=f"grid {grid.name}: experiments")
    own = variant_overrides(grid.axes, point, plain)
    common, plain = [*grid.overrides, *own], load_experiment(file, [*grid.overrides, *own])
    name = plain.name
    ready = _prepared(graph, file, common, plain, prepared)
    reals = {}
    for seed in seeds:
        settings = [*common, f"seed={seed}"]
        extra = ["--baselines"] if grid.baselines else _arms(plain, "--arms")
        arguments = [*_arguments("classify", file, settings), "--on", "real", *extra]
        experiment = load_experiment(file, settings)
        reals[seed] = graph.add(f"real.{name}.{seed}", arguments, experiment, [ready], gpu=True)
    for gan in grid.gans:
        settings = [*common, *_settings_of(grid, gan, plain)]
        classified = [_run_jobs(graph, grid, file, [*settings, f"seed={seed}"], ready, reals) for seed in seeds]
        experiment, needs = load_experiment(file, settings), [*classified, *reals.values()]
        for evidence in over_seeds():
            command, *words = evidence.command
            arguments = [*_arguments(command, file, settings), *words, "--seeds", ",".join(map(str, seeds))]
            graph.add(f"{evidence.key}.{name}.{gan_name(gan)}", arguments, experiment, needs)


def _prepared(graph: _Graph, file: Path, settings: list[str], plain: Experiment, prepared: dict[str, str]) -> str:
    """The job that prepares an experiment's dataset, which the variants of an axis share."""
    root, folder = plain.data.root, f"{file}: {plain.dataset_dir}"
    if folder in prepared:
        return prepared[folder]
    # Two builds must not draw the same phantom at the same time.
    before = [prepared[root]] if root in prepared else []
    ready = graph.add(f"{PREPARE}.{plain.name}", _arguments(PREPARE, file, settings), plain, before)
    prepared |= {root: ready, folder: ready}
    return ready


def _settings_of(grid: GridConfig, gan: str | ExternalConfig, plain: Experiment) -> list[str]:
    """The overrides that make an experiment one of this generator."""
    more = grid.set_for.get(gan_name(gan), ())
    if isinstance(gan, str):
        # An experiment of its own generator from elsewhere can be one of ours, too.
        return [*([] if plain.external is None else ["external=null"]), f"gan.architecture={gan}", *more]
    values = gan.model_dump(mode="json", exclude_unset=True)
    places = {key: values[key].replace(_EXPERIMENT, plain.name) for key in _PLACES if values.get(key)}
    return [f"external={json_text(values | places)}", *more]


def _run_jobs(
    graph: _Graph, grid: GridConfig, file: Path, settings: list[str], ready: str, reals: dict[int, str]
) -> str:
    """Jobs of one run; returns that of its classifier. `reals` has the real classifiers' jobs by seed."""
    experiment = load_experiment(file, settings)
    real = reals[experiment.seed]
    tail = f"{experiment.name}.{experiment.generator_name}.{experiment.seed}"

    def add(stage: str, needs: list[str], *extra: str, command: str = "", gpu: bool = True) -> str:
        arguments = [*_arguments(command or stage, file, settings), *extra]
        return graph.add(f"{stage}.{tail}", arguments, experiment, needs, gpu)

    if experiment.external is None:
        trained = _trained_by_another(graph, file, settings, experiment, ready)
        if trained is None:
            trained = f"train.{tail}" if f"train.{tail}" in graph.jobs else add("train", [ready])
        generated = add("generate", [trained], *_arms(experiment, "--further"))
    else:
        generated = add(IMPORT, [ready], command="import-synthetic", gpu=False)
    classified = add("classify", [generated], "--on", "synthetic", *_arms(experiment, "--arms"))
    ready = {GENERATE: [generated], CLASSIFY: [classified], REAL: [real], EVERY_REAL: [*reals.values()]}
    for evidence in [*always_made(), *chosen_evidence(grid.evidence)]:
        command, *words = evidence.command
        add(evidence.key, [job for need in evidence.needs for job in ready[need]], *words, command=command)
    return classified


def _trained_by_another(
    graph: _Graph, file: Path, settings: list[str], experiment: Experiment, ready: str
) -> str | None:
    """The job that trains the GAN of all seeds, see `generate.generator_seed`; None where the run trains its own."""
    own = trained_experiment(experiment)
    if own.seed == experiment.seed:
        return None
    name, settings = f"train.{own.name}.{own.generator_name}.{own.seed}", [*settings, f"seed={own.seed}"]
    if name in graph.jobs:
        return name
    return graph.add(name, _arguments("train", file, settings), own, [ready], gpu=True)


def _arms(experiment: Experiment, option: str) -> list[str]:
    """The option where the experiment has arms; without, jobs and their markers are as ever."""
    return [option] if config_arms(experiment.classifier) else []


def _arguments(command: str, file: Path, settings: list[str]) -> list[str]:
    return [command, str(file), *(word for setting in settings for word in ("--set", setting))]
