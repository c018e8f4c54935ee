"""Section `evaluation.occlusion`: which parts of an image a classifier looks at (paper S.7)."""

from typing import Annotated

from pydantic import Field

from medgan_tf.config.section import Count, Fraction, Names, Section, incidental

KEY, ORDER = "occlusion", 50


class OcclusionConfig(Section):
    """The loss increase when a patch is zeroed (paper S.7, Figure 5)."""

    patch: Annotated[int, Field(ge=1, le=256)] = 2
    """Side of the patch, pixels of the classifier's input (paper: 2; its published code used 4)."""
    stride: Annotated[int, Field(ge=1, le=256)] | None = None
    """Distance between two patches, pixels; None: the patch, so that every pixel is zeroed once."""
    images: Annotated[int, Field(ge=1, le=1000)] = 8
    """Real test images, when none are named: positives of as many combinations as possible."""
    image_ids: Names = ()
    """Pseudonyms of the real images to look at, from any fold."""
    labels: Names = ()
    """Labels with maps of their own; the map of all labels, the mean of their losses, is always made (paper)."""
    batch: Count = incidental(32)
    """Masks computed at a time."""
    top: Fraction = 0.05
    """Share of the most important patches whose overlap is the second measure of agreement."""
    bootstrap: Annotated[int, Field(ge=100)] = 2000
    """Resamples of the images behind the interval of agreement."""


CONFIG = OcclusionConfig
