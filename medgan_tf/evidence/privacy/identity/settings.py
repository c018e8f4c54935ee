"""Settings `evaluation.privacy.identity`: the trained verifier that looks for patients in released images."""

from typing import Annotated

from pydantic import Field

from medgan_tf.config.section import Count, Fraction, Rate, Section


class IdentityConfig(Section):
    """Re-identification by a trained verifier. Not in the paper."""

    enabled: bool = True
    """Whether the verifier is trained and its question asked."""
    side: Annotated[int, Field(ge=16, le=256)] = 64
    """Largest side of the images that the verifier sees, pixels; larger ones are averaged by area."""
    width: Annotated[int, Field(ge=4, le=256)] = 32
    """Filters of its first convolution; each further one has twice as many, at most four times."""
    embedding: Annotated[int, Field(ge=4, le=512)] = 64
    """Numbers that it describes an image with."""
    steps: Count = 400
    """Training steps of each of the two networks."""
    pairs: Annotated[int, Field(ge=8)] = 64
    """Pairs of a patient's images in a step. Each image is compared with those of all other patients of the step that
    have the same labels and view."""
    learning_rate: Rate = 0.001
    """Step size of Adam. It falls to 0 along a cosine."""
    seconds: Annotated[float, Field(gt=0)] = 600.0
    """Longest time of each training. When it is over, the question stays without an answer, because a training that
    ends by the clock cannot be repeated."""
    false_matches: Fraction = 0.01
    """Chance matches with training patients that are allowed for each released image. The threshold of the score
    follows from it, by held-out patients that are not searched."""
    cohort: Annotated[int, Field(ge=20)] = 1000
    """Images of the patients that a network was trained with, by which it sees how alike an image is to everybody."""
    planted: Annotated[int, Field(ge=10)] = 1000
    """Largest number of patients of whom an image is planted."""
    fewest_patients: Annotated[int, Field(ge=5)] = 40
    """Training patients, and held-out patients, with two images or more below which the verifier is trained with
    altered copies of single images."""
