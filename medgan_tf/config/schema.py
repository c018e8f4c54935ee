"""The schema of one experiment, put together from its sections.

Every default is the paper's (DuMont Schütte et al. 2020) unless its description says otherwise.

All sections are frozen, strict about types and refuse unknown keys. Code that needs one section takes that section. A
job needs several sections and the names of folders, so it takes the experiment.
"""

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from medgan_tf.classification.settings import ClassifierConfig
from medgan_tf.config.evaluation import EvaluationConfig
from medgan_tf.config.original_code import OriginalCodeConfig
from medgan_tf.config.paper_values import filled, paper_values
from medgan_tf.config.section import Changes, Section, Seed, added
from medgan_tf.data.settings import DataConfig, LabelPolicy, Subset
from medgan_tf.evidence.fidelity.settings import FidConfig
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.gans.private.settings import DpConfig, PrivacyConfig
from medgan_tf.gans.settings import AugmentationConfig, GanConfig, GrowthConfig
from medgan_tf.release.settings import ReleaseConfig
from medgan_tf.synthesis.external.settings import ExternalConfig
from medgan_tf.synthesis.settings import GenerateConfig
from medgan_tf.training.settings import TrainingConfig

__all__ = [
    "AugmentationConfig",
    "ClassifierConfig",
    "DataConfig",
    "DpConfig",
    "EvaluationConfig",
    "Experiment",
    "ExternalConfig",
    "FidConfig",
    "GanConfig",
    "GenerateConfig",
    "GrowthConfig",
    "LabelPolicy",
    "OriginalCodeConfig",
    "PrivacyConfig",
    "ReaderStudyConfig",
    "ReleaseConfig",
    "Section",
    "Subset",
    "TrainingConfig",
]


class Experiment(Section):
    """One experiment: one YAML file.

    Sections `gan` and `training` have no open values afterwards: None is replaced by the paper's value for the
    architecture and the resolution of `data`, here and nowhere else.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Names the run and dataset folders."""
    seed: Seed = 1000
    """Seed of everything random in training and generation (the paper repeats with different ones)."""
    data: DataConfig = DataConfig()
    """Raw files to dataset folder."""
    gan: GanConfig = GanConfig()
    """Architecture and loss."""
    training: TrainingConfig = TrainingConfig()
    """Optimisation and periodic output."""
    privacy: PrivacyConfig = added(PrivacyConfig())
    """Guarantees of privacy."""
    external: ExternalConfig | None = added(None)
    """A generator from elsewhere in place of `gan` and `training`; None for our own."""
    generate: GenerateConfig = GenerateConfig()
    """Synthetic dataset."""
    classifier: ClassifierConfig = ClassifierConfig()
    """Predictive model."""
    evaluation: EvaluationConfig = EvaluationConfig()
    """Measurements."""
    reader_study: ReaderStudyConfig = ReaderStudyConfig()
    """Reader study."""
    release: ReleaseConfig = added(ReleaseConfig(), Changes.NOTHING)
    """What is given away, and what must hold before."""
    original_code: OriginalCodeConfig = OriginalCodeConfig()
    """Where to follow the paper's published code instead of the paper: true, false or single switches."""

    @model_validator(mode="after")
    def _expected_batch(self) -> "Experiment":
        batch = self.privacy.dp.expected_batch if self.privacy.dp else None
        if batch is None or batch == self.training.batch:
            return self
        if self.training.batch is not None and "batch" in self.training.model_fields_set:
            raise PydanticCustomError(
                "cross_check",
                "expected no training.batch beside privacy.dp.expected_batch ({expected}); received {batch}",
                {"key": "training.batch", "expected": batch, "batch": self.training.batch},
            )
        # Not by assignment, which a frozen section refuses.
        self.__dict__.update(training=self.training.model_copy(update={"batch": batch}))
        return self

    @model_validator(mode="after")
    def _whole_groups(self) -> "Experiment":
        batch, group = self.training.batch, self.gan.mbstd_group_size
        if batch is not None and batch % group:
            # Names its key, so that the message points at the line; pydantic itself only knows "somewhere in here".
            raise PydanticCustomError(
                "cross_check",
                "expected a multiple of gan.mbstd_group_size ({group}); received {batch}",
                {"key": "training.batch", "group": group, "batch": batch},
            )
        return self

    @model_validator(mode="after")
    def _nothing_drawn_again(self) -> "Experiment":
        if self.external is not None and self.generate.reject:
            raise PydanticCustomError(
                "cross_check",
                "expected no searches with `external`: images of a generator from elsewhere cannot be drawn again; "
                "received {reject}",
                {"key": "generate.reject", "reject": list(self.generate.reject)},
            )
        return self

    @model_validator(mode="after")
    def _no_open_values(self) -> "Experiment":
        values = paper_values(self.gan.architecture, self.data.resolution)
        # Not by assignment, which a frozen section refuses: nobody has seen it yet.
        self.__dict__.update(gan=filled(self.gan, values), training=filled(self.training, values))
        return self

    @property
    def generator_name(self) -> str:
        """Names the runs: the GAN's architecture, or the name of a generator from elsewhere."""
        return self.gan.architecture if self.external is None else self.external.name

    @property
    def private(self) -> bool:
        """Whether the GAN is trained under differential privacy, be it with an infinite epsilon."""
        return self.privacy.dp is not None

    @property
    def dataset_dir(self) -> str:
        """Folder of the prepared TFRecords. Switches of `original_code` that make another dataset have their own."""
        suffix = "-original-code" if self.original_code.in_dataset(self.data) else ""
        return self.data.dataset_dir or f"datasets/{self.name}{suffix}"
