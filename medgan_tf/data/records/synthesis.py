"""The part of a manifest that says where synthetic images come from, and which were rejected."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

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


class ExternalOrigin(Part):
    """A generator from elsewhere.

    Attributes:
        name, owner, version: What it is called, whose it is and which one; `unknown` where nobody says.
        content_sha256: Identifies images, labels, folds and covariates, whatever the order of files and columns was.
        trained_on: `unknown`; `other`, patients who are not in the dataset; `ids`, a table of the user's own; or the
            hash of the training fold that `medgan-tf export-folds` printed.
        one_set: Whether all seeds of the experiment have these images: seeds then say nothing about how trainings of
            the generator differ.
        drawn_folds: Whether train and valid were drawn when the images were imported.
        gpu_hours, parameters: Cost of its training and size of its generator, as its owner states them.
        accepted: Checks of the import that found the images wrong, and that the user accepted.
        checks: What the checks of the import found.
        notes: Sentences on what it was trained on that the reader of a result has to know.
    """

    name: str
    owner: str
    version: str
    content_sha256: Sha256
    trained_on: Annotated[str, Field(pattern=r"^(unknown|other|ids|[0-9a-f]{64})$")]
    one_set: bool
    drawn_folds: bool
    gpu_hours: Annotated[float, Field(ge=0)] | None = None
    parameters: Count | None = None
    accepted: list[str] = []
    checks: list[dict[str, Any]] = []
    notes: list[str] = []


class Synthesis(Part):
    """Where synthetic images come from.

    Attributes:
        run: The run whose folder they were made for.
        generator_sha256: Hash of the generator; None for one from elsewhere, of which only images are known.
        seed: Seed of the noise; for a generator from elsewhere the seed of the run.
        labels: Whether their labels are those of the real images, row by row, or drawn from rounded or noisy counts.
            None in sets of earlier versions, which had no other than those of the real images, and in sets from
            elsewhere with other labels than those.
        rejection: What was rejected; None where nothing was searched for.
        external: The generator from elsewhere; None for one of this project.
        guarantee: That of the generator; None where its training was not private.
        covers_labels: Where there is a guarantee: whether it covers the labels, sex, age and view, and the number of
            images too, since they were drawn from the generator's card. Labels of the real images, row by row, tell
            exact counts: then the set is not for a release.
    """

    run: str
    generator_sha256: Sha256 | None = None
    seed: int
    labels: Literal["as_real", "drawn"] | None = None
    rejection: Rejection | None = None
    external: ExternalOrigin | None = None
    guarantee: dict[str, Any] | None = None
    covers_labels: bool | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "Synthesis":
        if (self.generator_sha256 is None) == (self.external is None):
            raise ValueError("a synthetic set is of a generator with a hash, or of one from elsewhere")
        if (self.guarantee is None) != (self.covers_labels is None):
            raise ValueError("`covers_labels` belongs to sets of a generator with a guarantee and only to them")
        return self
