"""The part of a manifest that says where synthetic images come from, and which were rejected."""

from typing import Annotated, Literal

from pydantic import Field

from medgan_tf.data.records.parts import Count, Part, Sha256


class RejectedCombination(Part):
    """How many images of a label combination were rejected, rounded; 0 with `fewer_than` where it is not told."""

    labels: list[str]
    rejected: Count
    fewer_than: Count


class Rejection(Part):
    """Images that a search found too near to training images, and that were drawn again.

    Attributes:
        searches: The searches: `copies`, `reidentified`.
        rounded_to: Counts of images drawn and rejected are rounded to multiples of it.
        drawn, rejected: Images in all.
        combinations: Rejected images by label combination.
        halves_passed, halves_left_through: Images that pass a search among half of the training patients, and those of
            them that the search among the other half flags; each half had its turn.
        halves_before: Share that the search among half of the patients flags of all images.
    """

    searches: list[Literal["copies", "reidentified"]]
    rounded_to: Count
    drawn: Count
    rejected: Count
    combinations: list[RejectedCombination]
    halves_passed: Count
    halves_left_through: Count
    halves_before: Annotated[float, Field(ge=0, le=1)]


class Synthesis(Part):
    """Where synthetic images come from.

    Attributes:
        labels: Whether their labels are those of the real images, row by row, or drawn from rounded counts. None in
            sets of earlier versions, which had no other than those of the real images.
        rejection: What was rejected; None where nothing was searched for.
    """

    run: str
    generator_sha256: Sha256
    seed: int
    labels: Literal["as_real", "drawn"] | None = None
    rejection: Rejection | None = None
