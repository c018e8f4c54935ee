"""Section `evaluation.neighbours`: the nearest real images of synthetic ones (paper S.6, Figure 4)."""

from typing import Annotated

from pydantic import Field

from medgan_tf.config.section import Count
from medgan_tf.features.settings import FeatureSettings

KEY, ORDER = "neighbours", 30


class NeighboursConfig(FeatureSettings):
    """Nearest real training images of synthetic ones (paper S.6, Figure 4)."""

    queries: Count | None = 1000
    """Synthetic images looked up, drawn at random; None takes all."""
    neighbours: Annotated[int, Field(ge=1, le=100)] = 3
    """Nearest real images listed for each."""
    shown: Annotated[int, Field(ge=1, le=24)] = 8
    """Synthetic images in the figure."""


CONFIG = NeighboursConfig
