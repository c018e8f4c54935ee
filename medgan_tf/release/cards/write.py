"""Writes the cards of a release into its folder."""

from pathlib import Path

from medgan_tf.release.cards.about import Release


def write_cards(folder: Path, release: Release) -> None:
    """Writes `README.md`, `card.md`, `card.json`, `croissant.json` and `healthdcat.jsonld`.

    Args:
        folder: A folder that already has its images, its generator and its evidence.
        release: What the release says about itself. Numbers come from the folder's `evidence` only.
    """
    raise NotImplementedError
