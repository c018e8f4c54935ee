"""A grid: experiments x GANs x seeds, as one YAML file."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator

from medgan_tf.config.document import describe, read_document
from medgan_tf.config.explain import explain
from medgan_tf.config.original_code import OriginalCodeConfig
from medgan_tf.config.section import Count, Names, Section
from medgan_tf.errors import ConfigError
from medgan_tf.evidence.choice import names_on_request
from medgan_tf.registry import GANS
from medgan_tf.synthesis.external.settings import ExternalConfig

Values = Annotated[tuple[Any, ...], Field(strict=False, min_length=1)]


class GridConfig(Section):
    """The runs of a grid, and the cores for each job."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Names the folder of its records."""
    output: str = "runs"
    """Folder of all runs, in place of `training.output` of the experiments."""
    experiments: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    """Experiment files, relative to the grid's file."""
    gans: Annotated[tuple[str | ExternalConfig, ...], Field(strict=False, min_length=1)] = ("cpd", "progressive")
    """Architectures, and generators from elsewhere; each is combined with each experiment. One from elsewhere is a
    mapping: ``{external: FOLDER, name: NAME}`` and further keys of the section `external`. In its paths `{experiment}`
    stands for the experiment's name and `{seed}` for the seed."""
    seeds: str = "1000..1003"
    """Seeds, e.g. 1000..1003 or 1000,1005."""
    set: Names = ()
    """Overrides for all experiments, KEY=VALUE."""
    set_for: dict[str, Annotated[tuple[str, ...], Field(strict=False)]] = {}
    """Overrides for one architecture or name, beside `set`."""
    axes: dict[Annotated[str, Field(pattern=r"^[a-z_]+([.][A-Za-z0-9_]+)+$")], Values] = {}
    """Settings with a list of values each, such as ``privacy.dp.target_epsilon: [1, 3, 10, inf]``. Every experiment is
    made with each combination of them, and its name then ends with the settings and their values. Variants share the
    dataset, unless an axis changes it."""
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

    @field_validator("gans", mode="before")
    @classmethod
    def _from_elsewhere(cls, value: Any) -> Any:
        return [_external(one) if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value

    @field_validator("gans")
    @classmethod
    def _known_gans(cls, value: tuple[str | ExternalConfig, ...]) -> tuple[str | ExternalConfig, ...]:
        unknown = [name for name in value if isinstance(name, str) and name not in GANS.names()]
        if unknown:
            raise ValueError(
                f"unknown GAN architecture {unknown[0]!r}; known: {', '.join(GANS.names())}; one from elsewhere is "
                "{external: FOLDER, name: NAME}"
            )
        names = [gan_name(one) for one in value]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"{twice[0]!r} stands there twice; give each generator a name of its own")
        return value

    @field_validator("axes")
    @classmethod
    def _plain_values(cls, axes: dict[str, Values]) -> dict[str, Values]:
        for key, values in axes.items():
            for value in values:
                if not isinstance(value, str | int | float):
                    raise ValueError(f"{key}: expected numbers, texts, true or false; received {describe(value)}")
        return axes

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


def gan_name(gan: str | ExternalConfig) -> str:
    """The name of one of a grid's generators, as run folders and jobs have it."""
    return gan if isinstance(gan, str) else gan.name


def _external(values: dict[str, Any]) -> ExternalConfig:
    """A generator from elsewhere, of a mapping whose key `external` is its folder."""
    if "external" not in values or "folder" in values:
        raise ValueError(
            "expected an architecture, or {external: FOLDER, name: NAME} for images from elsewhere; "
            f"received the keys {', '.join(map(str, values))}"
        )
    rest = {key: value for key, value in values.items() if key != "external"}
    try:
        return ExternalConfig.model_validate({"folder": values["external"], **rest})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])).replace("folder", "external")
        raise ValueError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None


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
    names = [gan_name(gan) for gan in grid.gans]
    if unknown := sorted(set(grid.set_for) - set(names)):
        raise ConfigError(f"{path}: set_for: {unknown[0]} is not among the grid's gans: {', '.join(names)}")
    return grid
