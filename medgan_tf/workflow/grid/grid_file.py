"""A grid: experiments x GANs x seeds, as one YAML file."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator

from medgan_tf.config.document import read_document
from medgan_tf.config.explain import explain
from medgan_tf.config.original_code import OriginalCodeConfig
from medgan_tf.config.section import Count, Names, Section
from medgan_tf.errors import ConfigError
from medgan_tf.evidence.choice import names_on_request
from medgan_tf.registry import GANS


class GridConfig(Section):
    """The runs of a grid, and the cores for each job."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Names the folder of its records."""
    output: str = "runs"
    """Folder of all runs, in place of `training.output` of the experiments."""
    experiments: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    """Experiment files, relative to the grid's file."""
    gans: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] = ("cpd", "progressive")
    """Architectures; each is combined with each experiment."""
    seeds: str = "1000..1003"
    """Seeds, e.g. 1000..1003 or 1000,1005."""
    set: Names = ()
    """Overrides for all experiments, KEY=VALUE."""
    set_for: dict[str, Annotated[tuple[str, ...], Field(strict=False)]] = {}
    """Overrides for one architecture, beside `set`."""
    original_code: OriginalCodeConfig | None = None
    """Replaces `original_code` of all experiments: true, false or single switches; None leaves it as they have it."""
    baselines: bool = False
    """Train the baselines of the real images too."""
    evidence: Names = ()
    """Further evidence about every run, as with `medgan-tf run --with`."""
    cores: Count = 1
    """CPU cores that one job takes."""
    retries: Annotated[int, Field(ge=0, le=10)] = 1
    """How often a failed job is tried again."""

    @field_validator("gans")
    @classmethod
    def _known_gans(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in GANS.names()]
        if unknown:
            raise ValueError(f"unknown GAN architecture {unknown[0]!r}; known: {', '.join(GANS.names())}")
        return value

    @field_validator("evidence")
    @classmethod
    def _known_evidence(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = names_on_request()
        unknown = [name for name in value if name not in known]
        if unknown:
            raise ValueError(f"unknown evidence {unknown[0]!r}; known: {', '.join(known)}")
        return value

    @property
    def overrides(self) -> list[str]:
        """Overrides for all experiments, KEY=VALUE as given to `--set`."""
        common = [*self.set, f"training.output={self.output}"]
        if self.original_code is None:
            return common
        switches = ", ".join(f"{name}: true" for name in self.original_code.on())
        return [*common, f"original_code={{{switches}}}"]


def is_grid(path: str | Path) -> bool:
    """Whether a YAML file is a grid and not an experiment: whether it has the key `experiments`.

    Raises:
        ConfigError: There is no such file, or it is not YAML.
    """
    return "experiments" in read_document(path).values


def load_grid(path: str | Path) -> GridConfig:
    """Reads and checks a grid; its experiments are not read yet.

    Raises:
        ConfigError: One line per mistake, with file, line and key.
    """
    document = read_document(path)
    try:
        grid = GridConfig.model_validate(document.values)
    except ValidationError as error:
        raise ConfigError(explain(error, document, GridConfig, str(path), ())) from None
    names = [Path(experiment).stem for experiment in grid.experiments]
    if len(set(names)) < len(names):
        raise ConfigError(f"{path}: experiments: each file may be named once. Received: {', '.join(grid.experiments)}")
    if unknown := sorted(set(grid.set_for) - set(grid.gans)):
        raise ConfigError(f"{path}: set_for: {unknown[0]} is not among the grid's gans: {', '.join(grid.gans)}")
    return grid
