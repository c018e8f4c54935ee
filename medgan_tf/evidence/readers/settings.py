"""Section `reader_study`: the images that radiologists are shown, and how their answers are tested (paper S.8)."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from medgan_tf.config.section import Count, Fraction, Lines, Section, Seed, Title

INSTRUCTIONS = (
    "Decide for each image whether it is real (made with a patient) or synthetic (made by a computer program).\n"
    "Each image was drawn at random. How many are real and how many are synthetic is not told.\n"
    "Then say how sure you are, from 1 (guessing) to 5 (certain).\n"
    "Take the time you need. Zoom and change the window as you would at work. Please do not talk about the images with "
    "other readers before all have finished."
)

KEY, ORDER = "reader_study", 60

TOP_LEVEL = True
"""The section stands beside `evaluation`, not in it: a reader study is made by people and not by a stage."""


class ReaderStudyConfig(Section):
    """The reader study. `images`, `real_share`, the sets and the one-sided test are the paper's (S.8); the rest is
    ours, because the paper does not say."""

    images: Annotated[int, Field(ge=2, le=10_000)] = 100
    """Different images in the set. A finding about images like these takes 30 of each kind, and 3 readers."""
    real_share: Fraction = 0.5
    """Share of real images among them."""
    real_fold: Literal["train", "valid", "test"] = "test"
    """Fold of the real dataset that real images come from; the generator was not trained on `test`."""
    one_per_patient: bool = True
    """At most one real image of each patient, so that images are independent; False draws from all."""
    seed: Seed | None = None
    """Seed of the choice and of the order; None means the experiment's seed."""
    readers: Annotated[int, Field(ge=0, le=999)] = 0
    """Number of readers that get an order of their own, under the codes R01, R02, ...; 0 shows all readers the same
    order, and each types a code of their own."""
    repeats: Annotated[int, Field(ge=0)] = 0
    """Images that are shown a second time, half of them real, to measure how consistent a reader is. Only the first
    answer counts for accuracy."""
    repeat_distance: Count = 10
    """Smallest distance between the two showings of a repeated image, in images."""
    title: Title = "Real or synthetic?"
    """Heading of the page."""
    instructions: Lines = INSTRUCTIONS
    """Text on the first page; each line becomes a paragraph."""
    confidence: bool = True
    """Ask for a confidence from 1 to 5 after each answer; needed for ROC curves."""
    smooth: bool = True
    """Enlarge images smoothly; False shows the pixels as squares. Readers can switch."""
    level: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """Significance level of the tests; intervals have the confidence 1 - level. For readers and images like these,
    better and worse than guessing are tested at half of it each."""
    margin: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    """Accuracies within 0.5 - margin and 0.5 + margin count as equivalent to guessing. State it before the study."""
    zeros: Literal["drop", "pratt"] = "drop"
    """Readers with an accuracy of exactly 0.5 in the signed-rank test: left out (Wilcoxon), or ranked and then left
    out (Pratt)."""

    @model_validator(mode="after")
    def _room_for_repeats(self) -> "ReaderStudyConfig":
        if self.repeats > max(0, self.images - self.repeat_distance):
            raise ValueError(
                f"repeats must be at most images - repeat_distance = {self.images - self.repeat_distance}, so that "
                f"each can come late enough. Received: repeats={self.repeats}"
            )
        return self

    @property
    def real_images(self) -> int:
        """Real images of the set; at least one of each kind."""
        return min(max(round(self.images * self.real_share), 1), self.images - 1)


CONFIG = ReaderStudyConfig
