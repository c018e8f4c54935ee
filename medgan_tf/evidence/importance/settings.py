"""Section `evaluation.occlusion`: which parts of an image a classifier looks at (paper S.7)."""

from typing import Annotated, Literal

from pydantic import Field

from medgan_tf.config.section import Count, Fraction, Names, Section, Share, added, incidental

KEY, ORDER = "occlusion", 50


class OcclusionConfig(Section):
    """The loss increase when a patch is hidden (paper S.7, Figure 5)."""

    patch: Annotated[int, Field(ge=1, le=256)] = 2
    """Side of the patch, pixels of the classifier's input (paper: 2; its published code used 4)."""
    stride: Annotated[int, Field(ge=1, le=256)] | None = None
    """Distance between two patches, pixels; None: the patch, so that every pixel is hidden once."""
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
    fill: Literal["zero", "mean", "blur"] = added("zero")
    """Value of a masked pixel: `zero` (paper: a black patch, which changes a bright place more than a dark one), `mean`
    (the image's mean), `blur` (the image blurred by twice the patch, so that local brightness stays)."""
    flat: Share = added(0.001)
    """A map is flat if no patch increases the loss by more than this share of the image's loss, or by more than
    rounding does. Hiding any patch then leaves the answer as it was: the order of the patches is noise, and such maps
    are left out of the agreement."""
    bootstrap: Annotated[int, Field(ge=100)] = incidental(2000)
    """Without effect: the interval of agreement is Student's over patients, as the bootstrap was found too narrow. The
    key is still read."""


CONFIG = OcclusionConfig
