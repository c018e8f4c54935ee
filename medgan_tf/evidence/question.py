"""The interface between a room and the rest of the program: the class `Evidence` and its two kinds.

Rooms register a subclass in their `room.py`. The workflow, the grid, the commands and the report ask nothing else.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from medgan_tf.config.schema import Experiment
from medgan_tf.config.section import Section, deciding
from medgan_tf.errors import DataError
from medgan_tf.evidence.experiment_run import ExperimentRun
from medgan_tf.evidence.up_to_date import extractor_sha256, is_result_of
from medgan_tf.features.settings import FeatureSettings
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.json_files import read_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.failures import one_line
from medgan_tf.presentation.progress import Progress
from medgan_tf.registry import EVIDENCE
from medgan_tf.synthesis.external.settings import ExternalConfig

GENERATE, CLASSIFY, REAL, EVERY_REAL = "generate", "classify", "real", "every real"
"""Jobs of a grid that evidence can need: the run's synthetic dataset, its classifier, the real-trained classifier of
its seed, and those of all seeds."""


class When(StrEnum):
    """When evidence is made."""

    EVERY_RUN = "every run"
    """It is always a part of `medgan-tf run`."""
    ON_REQUEST = "on request"
    """It is made for those who ask with `--with`."""
    OVER_SEEDS = "over all seeds"
    """It is made once at the end, for all seeds together."""
    BY_HAND = "by hand"
    """It is made only by a command of its own."""


class Evidence(ABC):
    """One question about a synthetic dataset.

    Attributes:
        key: The user's word for it, the `KEY` of the room's `settings.py`.
        title: The question's title in words.
        when: The point at which it is made.
    """

    key: str
    title: str
    when: When


class RunEvidence(Evidence):
    """Evidence about one run: made from folders, as a result file in the run's folder `evaluation`.

    Attributes:
        unit: Name of the things that its progress counts, e.g. `images`.
        result: Name of the result file. It keeps the `settings` that it was made with.
        needs: Jobs of a grid that come before, see `GENERATE`.
    """

    when = When.ON_REQUEST
    unit: str = "steps"
    result: str
    needs: tuple[str, ...] = (GENERATE, REAL)

    @property
    def command(self) -> tuple[str, ...]:
        """The command of `medgan-tf` that makes it for a run, then words that follow the experiment."""
        return "run", "--only", self.key

    def settings(self, run: ExperimentRun) -> Section | None:
        """The section of its options, `evaluation.<key>`; None for evidence without options."""
        return getattr(run.experiment.evaluation, self.key, None)

    @property
    def recorded_settings(self) -> dict[str, type[Section]]:
        """Those of the `inputs` that are sections. Keys of earlier records are renamed before they are compared."""
        options = EVIDENCE.settings(self.key).CONFIG
        return {} if options is None else {self.key: options}

    def inputs(self, run: ExperimentRun) -> dict[str, Any]:
        """Everything that decides the result, as JSON values: options, and hashes of the files that it is made from.

        Here: the options, the real and the synthetic dataset, and the extractor, if there is an option for it. Of a
        generator from elsewhere also what it was trained on.

        Raises:
            DataError: Something that it is made from is missing.
        """
        from medgan_tf.classification.conditions import content_sha256, synthetic_dataset

        settings = self.settings(run)
        found = {} if settings is None else {self.key: deciding(settings)}
        found["dataset"] = content_sha256(run.dataset.manifest)
        found["synthetic"] = content_sha256(synthetic_dataset(run.folder).manifest)
        if run.experiment.external is not None:
            found["trained_on"] = _trained_on(run.experiment.external)
        if isinstance(settings, FeatureSettings):
            found["extractor"] = extractor_sha256(settings, run.real.classifier / "model")
        return found

    def earlier_inputs(self, run: ExperimentRun) -> dict[str, Any]:
        """Inputs that an earlier version recorded in another form, as it would record them now."""
        return {}

    def reads(self, run: ExperimentRun, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """Folders that it is made from.

        Args:
            run: The run.
            pending_outputs: Folders that stages before it will write; they count as existing.
        """
        settings, shared = self.settings(run), [run.dataset.path, run.folder.synthetic]
        if isinstance(settings, FeatureSettings) and settings.extractor == "classifier" and not settings.weights:
            shared.append(run.real.classifier)
        return shared

    def outputs_exist(self, run: ExperimentRun) -> bool:
        """Whether there is a result, and with these settings. Raises `DataError` for a damaged one."""
        path, settings = run.folder.evaluation / self.result, self.settings(run)
        return path.is_file() if settings is None else is_result_of(path, settings)

    def renew(self, run: ExperimentRun) -> None:
        """Called when the result is up to date: writes again what is printed beside it and changes no result."""

    def check(self, run: ExperimentRun) -> None:
        """Raises the `MedganError` that `make` would raise at once, if it can be found without doing the work."""

    @abstractmethod
    def make(self, run: ExperimentRun, progress: Progress) -> None:
        """Makes the result.

        Raises:
            ConfigError, DataError, RunError: There can be no result; the message says why.
        """

    @abstractmethod
    def summarise(self, result: dict[str, Any]) -> str:
        """The content of the result file in one line for the terminal."""

    def summary(self, folder: RunFolder) -> str:
        """The result in a run folder in one line. Raises `DataError` if it cannot be read."""
        return self.line_of(folder.evaluation / self.result)

    def line_of(self, path: Path) -> str:
        """The content of a result file in one line. Raises `DataError` for one that this evidence has not written."""
        result = read_json(path)
        try:
            return self.summarise(result)
        # The file may be of another version or edited by hand, and the room of another package: anything may come.
        except Exception as error:
            raise DataError(f"{path} has a missing or wrong value ({one_line(error)}); make it again") from error


@dataclass(frozen=True)
class SeedsResult:
    """The result over all seeds.

    Attributes:
        values: The result as JSON values.
        text: The result as text for the terminal.
        files: The written files; the first is the one to look at.
    """

    values: dict[str, Any]
    text: str
    files: list[Path]


class SeedsEvidence(Evidence):
    """Evidence about all seeds of an experiment with one GAN. It is quick to make, so it is made again each time."""

    when = When.OVER_SEEDS

    @property
    def command(self) -> tuple[str, ...]:
        """The command of `medgan-tf` that makes it, and takes `--seeds`."""
        return (self.key,)

    @abstractmethod
    def folder(self, experiment: Experiment) -> Path:
        """The folder of the results."""

    @abstractmethod
    def make(self, experiment: Experiment, seeds: Sequence[int]) -> SeedsResult:
        """Makes it for the seeds, whose classifiers are trained. Raises `DataError` if one is missing."""


def _trained_on(external: ExternalConfig) -> list[str]:
    """What the generator was trained on, with the hash of the table that lists it, if there is one."""
    table = external.trained_on_ids
    return [external.trained_on, "" if table is None or not Path(table).is_file() else sha256_of(Path(table))]
