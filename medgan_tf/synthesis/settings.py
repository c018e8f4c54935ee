"""Section `generate`: the synthetic dataset made from an exported generator."""

from typing import Literal

from pydantic import field_validator

from medgan_tf.config.section import Count, Names, Section, Seed, incidental


class GenerateConfig(Section):
    """The synthetic dataset made from an exported generator."""

    folds: Names = ("train", "valid")
    """Real folds whose labels are taken, image for image."""
    batch: Count = incidental(256)
    """Images generated at a time."""
    seed: Seed | None = None
    """Seed of the noise; None means the experiment's seed."""
    encoding: Literal["png", "raw"] = "png"
    """Form of the images in the TFRecords."""

    @field_validator("folds")
    @classmethod
    def _known_folds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or set(value) - {"train", "valid", "test"}:
            raise ValueError(f"folds must be among train, valid, test. Received: folds={list(value)}")
        return value
