"""Section `training`: optimisation, devices and what is written while training."""

from typing import Annotated, Literal

from pydantic import Field

from medgan_tf.config.section import Count, Names, Rate, Section


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
