"""The schema of one experiment.

Every default is the paper's (DuMont Schütte et al. 2020) unless its description says otherwise.

All sections are frozen, strict about types and refuse unknown keys. A function is given the section it needs, never
the whole experiment.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from medgan_tf.registry import GANS, SOURCES

Names = Annotated[tuple[str, ...], Field(strict=False)]
Count = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Rate = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """Base of every section: frozen, no unknown keys, no silent type conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class LabelPolicy(Section):
    """How a raw label state (positive, negative, uncertain, blank) becomes 0 or 1 (paper S.1)."""

    uncertain: Literal["positive", "negative", "drop"] = "positive"
    """What an uncertain finding counts as; `drop` removes the image."""
    blank: Literal["negative", "drop"] = "negative"
    """What a finding that the report does not mention counts as; `drop` removes the image."""
    without_positive: Literal["drop", "keep"] = "drop"
    """What happens to an image that has no positive label at all."""


class Subset(Section):
    """Which images of each fold are used (paper Table S1)."""

    kind: Literal["all", "classes", "samples"] = "all"
    """`all`: every combination that is frequent enough (the resolution benchmark). `classes`: the N most frequent
    combinations. `samples`: nested subsets of the same combinations, smaller ones contained in larger ones."""
    combinations: Count | None = None
    """Number of most frequent label combinations; None keeps all that pass `data.min_count`."""
    train_per_combination: Count | None = None
    """Training images of each combination; None keeps all."""
    valid_per_combination: Count | None = None
    """Validation images of each combination; None keeps all."""
    test_per_combination: Count | None = None
    """Test images of each combination; None keeps all."""
    valid_images: Count | None = None
    """Validation images in all, drawn at random within combinations (resolution benchmark: about 4,000)."""
    test_images: Count | None = None
    """Test images in all, drawn at random within combinations (resolution benchmark: about 4,000)."""
    oversample: bool = False
    """Repeat training images of a combination that has fewer than `train_per_combination`, instead of stopping."""

    @model_validator(mode="after")
    def _complete(self) -> "Subset":
        if self.kind == "classes" and self.combinations is None:
            raise ValueError("subset kind 'classes' needs `combinations`, the number of label combinations to keep")
        if self.kind == "samples" and self.train_per_combination is None:
            raise ValueError("subset kind 'samples' needs `train_per_combination`")
        if self.oversample and self.train_per_combination is None:
            raise ValueError("`oversample` needs `train_per_combination`, the number to fill up to")
        return self


class DataConfig(Section):
    """From raw files to a dataset folder."""

    source: str = "chexpert"
    """Registered data source: chexpert, rsna, table or phantom."""
    root: str = "data/CheXpert-v1.0-small"
    """Folder with the raw files, as the source's own layout has them."""
    options: dict[str, Any] = {}
    """Options of the chosen source, e.g. the CT window of `rsna` or the column names of `table`."""
    dataset_dir: str | None = None
    """Where the TFRecords go; None means `datasets/<experiment name>`."""
    private_dir: str | None = None
    """Where the pseudonym secret and the table from pseudonyms back to source files are kept, outside the dataset
    folder; None means `~/.config/medgan-tf`."""
    resolution: int = 32
    """Side of the square images, pixels; a power of two from 16 to 512."""
    encoding: Literal["png", "raw"] = "png"
    """How images are stored in the TFRecords."""
    findings: Names | None = None
    """The findings to use, in this order; None takes all that the source has."""
    policy: LabelPolicy = LabelPolicy()
    """Raw label states to 0 and 1."""
    min_count: Annotated[int, Field(ge=0)] = 256
    """Label combinations with this many images or fewer are left out (paper: 256 for CheXpert, 100 for RSNA)."""
    no_finding_images: Count | None = None
    """Undersample images without a finding to this many before splitting (RSNA: 107,365); None keeps all."""
    fold_fractions: Annotated[tuple[float, float, float], Field(strict=False)] = (0.8, 0.1, 0.1)
    """Shares of the patients in the train, valid and test folds."""
    subset: Subset = Subset()
    """Which images of each fold are used."""
    split_seed: int = 0
    """Seed of the patient split and of the subsets: the same for every run that is to be compared, so not `seed`."""
    max_unreadable: Annotated[float, Field(ge=0, le=1)] = 0.01
    """The build stops when more than this share of the images cannot be read."""
    workers: Annotated[int, Field(ge=0)] = 0
    """Decoding workers; 0 means one per CPU core."""

    @field_validator("source")
    @classmethod
    def _known_source(cls, value: str) -> str:
        if value not in SOURCES.names():
            raise ValueError(f"unknown data source {value!r}; known: {', '.join(SOURCES.names())}")
        return value

    @field_validator("resolution")
    @classmethod
    def _power_of_two(cls, value: int) -> int:
        if value not in (16, 32, 64, 128, 256, 512):
            raise ValueError(f"resolution must be a power of two from 16 to 512. Received: resolution={value}")
        return value

    @field_validator("fold_fractions")
    @classmethod
    def _whole(cls, value: tuple[float, float, float]) -> tuple[float, float, float]:
        if min(value) <= 0 or abs(sum(value) - 1) > 1e-6:
            raise ValueError(f"fold fractions must be positive and add up to 1. Received: fold_fractions={list(value)}")
        return value


class GrowthConfig(Section):
    """Progressive growing (paper S.2.1); only for the architecture `progressive`."""

    start_resolution: int = 8
    """Resolution of the first phase, pixels; a power of two from 4."""
    images_per_phase: Count | None = None
    """Real images of each phase; None means the paper's: 1.4 M up to 32 pixels, 1 M above."""
    batch: Annotated[tuple[Count, ...], Field(strict=False, min_length=1)] = (256, 128, 64, 32, 16)
    """Real images per step over all replicas, for each resolution from `start_resolution` on; the last one holds for
    all that follow. Takes the place of `training.batch`."""
    learning_rate: Annotated[tuple[Rate, ...], Field(strict=False, min_length=1)] = (0.001,)
    """Adam learning rate of both networks, likewise. Takes the place of the rates in `training`."""

    @field_validator("start_resolution")
    @classmethod
    def _power_of_two(cls, value: int) -> int:
        if value not in (4, 8, 16, 32, 64, 128, 256, 512):
            raise ValueError(f"start_resolution must be a power of two from 4. Received: start_resolution={value}")
        return value


class GanConfig(Section):
    """Architecture and loss."""

    architecture: str = "cpd"
    """Registered GAN architecture."""
    latent_size: Count = 512
    """Length of the normal noise vector z."""
    base_channels: Count | None = None
    """channels(stage) = min(base_channels / 2**stage, max_channels); None means the architecture's published value
    (cpd 16384, progressive 8192)."""
    max_channels: Count = 512
    """Widest layer."""
    gradient_penalty: Annotated[float, Field(ge=0)] = 10.0
    """Weight of (|grad D(mix)| - 1)^2."""
    drift: Annotated[float, Field(ge=0)] = 0.001
    """Weight of D(real)^2."""
    deviation_group: Count = 4
    """Examples per group of the minibatch standard deviation; each replica's batch must be a multiple of it."""
    auxiliary_weight: Annotated[float, Field(ge=0)] | None = None
    """Weight of the auxiliary classifier's loss; only for `progressive`, where None means 1."""
    growth: GrowthConfig | None = None
    """Progressive growing; only for `progressive`, where None means the paper's schedule."""

    @field_validator("architecture")
    @classmethod
    def _known_architecture(cls, value: str) -> str:
        if value not in GANS.names():
            raise ValueError(f"unknown GAN architecture {value!r}; known: {', '.join(GANS.names())}")
        return value


class TrainingConfig(Section):
    """Optimisation, devices and what is written while training."""

    output: str = "runs"
    """Folder that holds all runs."""
    batch: Count = 256
    """Real images per step over all replicas."""
    total_images: Count = 7_000_000
    """Real images shown to the discriminator in the whole run (paper: at least 7 M at 32 and 64 pixels, 9 M at 128)."""
    generator_learning_rate: Rate = 0.005
    """Adam learning rate of the generator."""
    discriminator_learning_rate: Rate = 0.005
    """Adam learning rate of the discriminator."""
    beta_1: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Adam's first moment decay."""
    beta_2: Annotated[float, Field(ge=0, lt=1)] = 0.99
    """Adam's second moment decay."""
    epsilon: Rate = 1e-8
    """Adam's epsilon."""
    ema_decay: Annotated[float, Field(ge=0, lt=1)] = 0.999
    """Decay of the averaged generator per step."""
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """`mixed_bfloat16` computes convolutions in bfloat16; weights, norms, scores and the penalty stay float32."""
    strategy: Literal["auto", "one", "mirrored"] = "auto"
    """`one` device, all local devices `mirrored`, or `auto`: mirrored where there is more than one GPU."""
    devices: Names | None = None
    """TensorFlow device names for `mirrored`, e.g. [GPU:0, GPU:1]; None takes all GPUs."""
    jit_compile: bool = False
    """Compile the training step with XLA."""
    images_per_tick: Count = 40_000
    """Real images between two status lines; also the unit of the periods below."""
    sample_ticks: Count = 5
    """Ticks between two sample grids."""
    checkpoint_ticks: Count = 5
    """Ticks between two checkpoints."""
    keep_checkpoints: Count = 2
    """Recent checkpoints kept beside the final one."""
    sample_rows: Count = 10
    """Label combinations in the sample grid, most frequent first."""
    sample_columns: Count = 10
    """Images per label combination in the sample grid."""
    tensorboard: bool = True
    """Write TensorBoard event files."""


class GenerateConfig(Section):
    """The synthetic dataset made from an exported generator."""

    folds: Names = ("train", "valid")
    """Real folds whose labels are taken, image for image."""
    batch: Count = 256
    """Images generated at a time."""
    seed: int | None = None
    """Seed of the noise; None means the experiment's seed."""
    encoding: Literal["png", "raw"] = "png"
    """How images are stored in the TFRecords."""

    @field_validator("folds")
    @classmethod
    def _known_folds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or set(value) - {"train", "valid", "test"}:
            raise ValueError(f"folds must be among train, valid, test. Received: folds={list(value)}")
        return value


class ClassifierConfig(Section):
    """The predictive model trained on real or on synthetic images (paper S.4)."""

    weights: str = "imagenet"
    """Start of DenseNet-121: `imagenet` (Keras's own download), `none`, or the path of a weights file."""
    image_size: Count = 224
    """Side the images are resized to, pixels."""
    batch: Count = 48
    """Images per step."""
    images_per_epoch: Count = 5000
    """Upper limit of images per epoch."""
    max_epochs: Count = 100
    """Upper limit of epochs."""
    learning_rate: Rate = 1e-4
    """Initial Adam learning rate."""
    reduce_patience: Count = 2
    """Epochs without a better mean validation AUC before the rate is divided by 10."""
    stop_patience: Count = 3
    """Epochs without a better mean validation AUC before training stops."""


class FidConfig(Section):
    """FID between real and synthetic images, which also stops training (paper S.3)."""

    images: Count = 10_000
    """Real and synthetic images compared."""
    every_images: Count = 400_000
    """Real images between two evaluations."""
    minimum_images: Count = 7_000_000
    """No stop before this many real images."""
    patience: Count = 2
    """Evaluations without a new best before training stops."""
    extractor: str = "inception"
    """Feature extractor."""


class EvaluationConfig(Section):
    """What is measured on the trained generator."""

    fid: FidConfig = FidConfig()
    """Fréchet Inception distance."""


class Experiment(Section):
    """One experiment: one YAML file."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    """Names the run and dataset folders."""
    seed: Annotated[int, Field(ge=0)] = 1000
    """Seed of everything random in training and generation (the paper repeats with different ones)."""
    data: DataConfig = DataConfig()
    """Raw files to dataset folder."""
    gan: GanConfig = GanConfig()
    """Architecture and loss."""
    training: TrainingConfig = TrainingConfig()
    """Optimisation and periodic output."""
    generate: GenerateConfig = GenerateConfig()
    """Synthetic dataset."""
    classifier: ClassifierConfig = ClassifierConfig()
    """Predictive model."""
    evaluation: EvaluationConfig = EvaluationConfig()
    """Measurements."""

    @model_validator(mode="after")
    def _whole_groups(self) -> "Experiment":
        batch, group = self.training.batch, self.gan.deviation_group
        if batch % group:
            # Names its key, so that the message points at the line; pydantic itself only knows "somewhere in here".
            raise PydanticCustomError(
                "cross_check",
                "expected a multiple of gan.deviation_group ({group}); received {batch}",
                {"key": "training.batch", "group": group, "batch": batch},
            )
        return self

    @property
    def dataset_dir(self) -> str:
        """Folder of the prepared TFRecords."""
        return self.data.dataset_dir or f"datasets/{self.name}"
