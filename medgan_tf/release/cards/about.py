"""What a release says about itself, apart from what its evidence measured."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Release:
    """A release, as its card describes it. Numbers that were measured are not here: they are read from the evidence.

    Args:
        name: Name of the release, such as the experiment's.
        version: Its version, chosen by the user; a later one can withdraw it.
        created: The day it was made (UTC), as ``YYYY-MM-DD``.
        what: ``images``, ``generator`` or ``both``.
        form: Form of the images: ``png``, ``dicom``, or ``none`` where there are no images.
        licence: An SPDX name or a text; empty: not stated.
        use_terms: What the user allows and forbids; empty: not stated.
        contact: Whom to ask; empty: not stated.
        withdraws: Versions of the same name that this one revokes.
        labels: Names of the findings, in the order of the generator's conditions.
        resolution: Width and height of an image in pixels.
        images: Number of released images by fold; empty without images.
        combinations: Released synthetic images by label combination, each ``{"labels": [...], "images": n}``.
        generator_sha256: Digest of the generator's weights, 64 hexadecimal digits.
        experiment_settings: The resolved experiment file, without paths.
        gate: ``{"holds": bool, "rows": [{"name", "answer", "text", "file"}], "override": reason or None}``, with the
            answers ``shown``, ``refuted``, ``undecided`` and ``not measured``.
    """

    name: str
    version: str
    created: str
    what: str
    form: str
    licence: str = ""
    use_terms: str = ""
    contact: str = ""
    withdraws: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    resolution: int = 0
    images: dict[str, int] = field(default_factory=dict)
    combinations: tuple[dict[str, Any], ...] = ()
    generator_sha256: str = ""
    experiment_settings: dict[str, Any] = field(default_factory=dict)
    gate: dict[str, Any] = field(default_factory=lambda: {"holds": False, "rows": [], "override": None})
