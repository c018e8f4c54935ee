"""Section `evaluation.fid`: distances between real and synthetic images, which also stop training (paper S.3)."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from medgan_tf.config.section import Changes, Count, Section, added, incidental

KEY, ORDER = "fid", 20


class FidConfig(Section):
    """FID between real and synthetic images, which also stops training (paper S.3)."""

    during_training: Literal["never", "watch", "stop"] = "never"
    """`never`: only `medgan-tf fid` computes it. `watch`: computed while training, for the record. `stop`: training
    ends when it no longer improves, and the best generator is exported (paper); `training.total_images` is the upper
    limit then, in the paper 12 M at 32, 14 M at 64 and 16 M at 128 pixels."""
    images: Annotated[int, Field(ge=2)] = 10_000
    """Real and synthetic images compared, one of each patient; all patients where there are fewer."""
    every_images: Count = 400_000
    """Real images shown between two evaluations. An evaluation takes place at the end of the next whole tick."""
    minimum_images: Count | None = None
    """No stop, and no best generator, before this many real images; None means the paper's: 7 M up to 64 pixels, 9 M
    above."""
    patience: Count = 2
    """Evaluations without a new best before training stops."""
    extractor: str = "inception"
    """Feature extractor: inception, inception_2015, radiology, classifier, pixels, random, or the folder of a
    SavedModel of your own."""
    weights: str | None = None
    """Weights of the extractor: a file for `inception` (None: Keras's own, if they were downloaded before), a
    SavedModel or frozen graph for `inception_2015`, Keras weights or a SavedModel for `radiology`, a SavedModel for
    `classifier` (None: that of this experiment and seed)."""
    sha256: str | None = None
    """Expected SHA-256 of the weights, as results state it; another one is an error. `inception_2015` and `radiology`
    require it."""
    download: bool = incidental(False)
    """Whether Keras may download the weights of `inception` (84 MB) if they are not on this machine."""
    batch: Count = incidental(64)
    """Images given to the extractor at a time."""
    neighbours: Count = 5
    """k of precision, recall, density and coverage."""
    bootstrap: Annotated[int, Field(ge=2)] = 20
    """Halves of the patients behind the intervals of precision, recall, density and coverage; each costs a quarter of
    the metric."""
    projector: Annotated[int, Field(ge=0, le=2000)] = added(256, Changes.NOTHING)
    """Synthetic images whose features `medgan-tf fid` shows in TensorBoard's projector, in the `tensorboard` folder of
    the run, where it has one; 0 shows none. Not of a private training."""

    @field_validator("sha256")
    @classmethod
    def _hexadecimal(cls, value: str | None) -> str | None:
        if value is not None and (len(value) != 64 or set(value) - set("0123456789abcdef")):
            raise ValueError(f"sha256 must be 64 hexadecimal digits in lower case. Received: sha256={value!r}")
        return value


CONFIG = FidConfig
