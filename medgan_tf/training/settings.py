"""Section `training`: optimisation, devices and what is written while training."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from medgan_tf.config.section import Changes, Count, Fraction, Names, Rate, Section, added, incidental, resumable


class WatchdogConfig(Section):
    """Limits beyond which a run counts as broken, checked in every tick, and what happens then.

    None of it changes a run that goes well, so a finished run stays up to date and one that was stopped may go on with
    other values.
    """

    policy: Literal["stop", "rollback"] = "stop"
    """`stop` ends the run with its cause and keeps the last good checkpoint; `rollback` returns to that checkpoint,
    halves both learning rates and goes on."""
    max_rollbacks: Count = 3
    """Rollbacks before the run stops after all."""
    score_limit: Rate | None = 10_000.0
    """Mean magnitude of the critic's scores that counts as exploded; None looks at finiteness only."""
    gradient_floor: Annotated[float, Field(ge=0)] | None = 1e-12
    """Mean gradient norm of either network up to which it counts as dead; None does not look."""
    diversity_floor: Fraction | None = 0.02
    """Spread of generated images with the same labels, as a share of that of real ones, below which diversity counts as
    vanished once it has been twice as high; None does not measure it."""


class CommunicationConfig(Section):
    """How the workers of `multi_worker` add up their gradients. Other strategies take no notice of it.

    It changes results by rounding alone. A run that was stopped may go on with other values.
    """

    implementation: Literal["auto", "ring", "nccl"] = "auto"
    """`ring`: TensorFlow's own, over the network. `nccl`: NVIDIA's library, for GPUs. `auto`: TensorFlow chooses."""
    bytes_per_pack: Count | None = None
    """Bytes of gradients that are sent at once, so that sending begins before all of them are there; None sends those
    of a network together."""
    timeout_seconds: Rate | None = None
    """Seconds that a worker waits for the others before the run ends; None waits as long as they live. The first worker
    alone writes checkpoints, pictures and the export, and measures FID: the limit must be longer than that takes."""


class TrainingConfig(Section):
    """Optimisation, devices and what is written while training.

    None for the batch or a learning rate stands for what the paper used for the architecture.
    """

    output: str = incidental("runs")
    """Folder that holds all runs."""
    batch: Count | None = None
    """Real images per discriminator step over all replicas; `progressive` takes `gan.growth.batch` in its place."""
    total_images: Count = resumable(7_000_000)
    """Real images shown to the discriminator in the whole run (paper: at least 7 M at 32 and 64 pixels, 9 M at 128)."""
    generator_learning_rate: Rate | None = None
    """Adam learning rate of the generator; `progressive` takes `gan.growth.learning_rate` in its place."""
    discriminator_learning_rate: Rate | None = None
    """Adam learning rate of the discriminator; `progressive` takes `gan.growth.learning_rate` in its place."""
    learning_rate_half_life: Count | None = None
    """Real images after which both learning rates are halved, exponentially, in steps of one tick; None, as in the
    paper, keeps them."""
    beta_1: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Adam's first moment decay."""
    beta_2: Annotated[float, Field(ge=0, lt=1)] = 0.99
    """Adam's second moment decay."""
    epsilon: Rate = 1e-8
    """Adam's epsilon."""
    ema_decay: Annotated[float, Field(ge=0, lt=1)] = 0.999
    """Decay of the averaged generator per discriminator step."""
    ema_half_life: Count | None = None
    """Real images after which half of the averaged generator is new, whatever the batch, in place of `ema_decay`; None,
    as in the paper, uses `ema_decay`."""
    precision: Literal["float32", "mixed_bfloat16", "auto"] = "float32"
    """`mixed_bfloat16` computes convolutions in bfloat16; weights, norms, scores and the penalty stay float32. `auto`
    does so where the GPUs, or without GPUs the processor, have bfloat16: elsewhere it is many times slower."""
    strategy: Literal["auto", "one", "mirrored", "multi_worker"] = incidental("auto")
    """`one`: one device. `mirrored`: all local devices. `multi_worker`: several machines, found in TF_CONFIG or Slurm's
    variables. `auto`: multi_worker where TF_CONFIG names a cluster, else mirrored where there is more than one GPU."""
    devices: Names | None = incidental(None)
    """TensorFlow device names for `mirrored`, e.g. [GPU:0, GPU:1]; None takes all GPUs."""
    communication: CommunicationConfig = added(CommunicationConfig(), Changes.NOTHING)
    """How the workers of `multi_worker` add up their gradients."""
    jit_compile: bool = False
    """Compile the training step with XLA."""
    accumulation: Count = 1
    """Parts into which each device cuts its share of the batch, one after the other, when its memory is too small for
    the whole; the gradients are those of the whole batch, up to rounding and to layers that look at a whole batch."""
    steps_per_call: Count = incidental(10)
    """Training steps for each call from Python; signals and batch callbacks come between the calls."""
    profile_steps: Annotated[tuple[Count, Count], Field(strict=False)] | None = incidental(None)
    """First and last step of this start of the run to record for TensorBoard's profile plugin, e.g. [100, 120]."""
    watchdog: WatchdogConfig = incidental(WatchdogConfig())
    """Limits beyond which a run counts as broken, and what happens then. None of it changes a run that goes well: a
    finished run stays up to date."""
    images_per_tick: Count = 40_000
    """Real images between two status lines; also the unit of the periods below."""
    sample_ticks: Count = incidental(5)
    """Ticks between two sample grids."""
    checkpoint_ticks: Count = incidental(5)
    """Ticks between two checkpoints."""
    keep_checkpoints: Count = incidental(2)
    """Recent checkpoints kept beside the final one."""
    sample_rows: Count = incidental(10)
    """Label combinations in the sample grid, most frequent first."""
    sample_columns: Count = incidental(10)
    """Images per label combination in the sample grid."""
    tensorboard: bool = incidental(True)
    """Write TensorBoard event files."""
    tracking: Literal["none", "mlflow"] = added("none", Changes.NOTHING)
    """`mlflow`: settings and metrics also go to MLflow (extra `mlflow`), without images and without names of users,
    machines or folders. They stay in a folder here unless `tracking_uri` names a server."""
    tracking_uri: str | None = added(None, Changes.NOTHING)
    """Folder, or address (https://...) of a server, for `tracking: mlflow`; None means the folder `.mlflow` in
    `output`. A name and a password do not belong in it: MLflow takes them from the environment."""

    @field_validator("tracking_uri")
    @classmethod
    def _place(cls, value: str | None) -> str | None:
        if value is not None and (problem := tracking_problem(value)):
            raise ValueError(problem)
        return value


def is_server(place: str) -> bool:
    """Whether `training.tracking_uri` is the address of a server, and not a folder."""
    return "://" in place


def tracking_problem(place: str) -> str:
    """Why a text is no value of `training.tracking_uri`; "" for a folder or the address of a server."""
    expected = "expected a folder or an address such as https://mlflow.example.org"
    if "@" in place.partition("://")[2].partition("/")[0]:
        # The text itself is not repeated: it may hold a password.
        return (
            f"{expected} without a name and a password, as files of the run repeat it; MLflow takes them from the "
            "environment variables MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        )
    if not is_server(place):
        known = bool(place.strip()) and not place.startswith(("file:", "sqlite:"))
    else:
        try:
            parts = urlsplit(place)
            known = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        except ValueError:
            known = False
    return "" if known else f"{expected}; received {place!r:.60}"
