"""Writes the cards of a release into its folder, from its own words and its result files alone."""

from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.files.atomic import write_together
from medgan_tf.files.result_files import json_text
from medgan_tf.release.card_check import CARD
from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.card import card_values, plain_release
from medgan_tf.release.cards.card_page import card_page
from medgan_tf.release.cards.croissant import croissant_values
from medgan_tf.release.cards.evidence import read_evidence
from medgan_tf.release.cards.healthdcat import healthdcat_values
from medgan_tf.release.cards.readme_page import readme_page

CARD_PAGE, README, CROISSANT, HEALTHDCAT = "card.md", "README.md", "croissant.json", "healthdcat.jsonld"


def write_cards(folder: Path, release: Release) -> None:
    """Writes `README.md`, `card.md`, `card.json`, `croissant.json` and `healthdcat.jsonld`.

    The same folder and release give the same files.

    Args:
        folder: A folder that already has its images, its generator and its evidence.
        release: What the release says about itself. Numbers come from the folder's `evidence` only.

    Raises:
        DataError: A result file cannot be read, or the release lacks something that a card must have.
        OSError: The disk does not take the files.
    """
    contents = {folder / name: text.encode("utf-8") for name, text in card_texts(folder, release).items()}
    write_together(contents)


def card_texts(folder: Path, release: Release) -> dict[str, str]:
    """The cards of a release by file name, made from its folder; see `write_cards`.

    Raises:
        DataError: See `write_cards`.
    """
    try:
        release, evidence = plain_release(release), read_evidence(folder)
        values = card_values(release, evidence)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{folder} cannot get a card: {error}") from error
    facts = values["facts"]
    jsons = {
        CARD: values,
        CROISSANT: croissant_values(folder, release, facts, evidence),
        HEALTHDCAT: healthdcat_values(release, facts, evidence),
    }
    pages = {README: readme_page(release, facts), CARD_PAGE: card_page(release, facts, evidence)}
    return pages | {name: json_text(content, indent=1) + "\n" for name, content in jsons.items()}
