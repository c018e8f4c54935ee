"""All that can be checked of a released folder: files, marks, card, cards made again, generator, labels, signature.

The script in the folder checks the first three with the standard library alone; see `verifier`. Nothing here loads a
model or TensorFlow.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.errors import DataError
from medgan_tf.files.csv_files import csv_rows
from medgan_tf.files.regular_files import read_regular
from medgan_tf.release.card_check import CARD, read_card
from medgan_tf.release.cards.card import SOFTWARE, release_of
from medgan_tf.release.cards.write import card_texts
from medgan_tf.release.generator_identity import FOLDER, generator_identity
from medgan_tf.release.signature import signature_problem
from medgan_tf.release.strict_json import shown, strict_object
from medgan_tf.release.verifier import BROKEN, IMAGES, MANIFEST, NOT_CHECKED, SIGNATURE, found_files, verify_folder

TABLE = f"{IMAGES}/labels.csv"
_BESIDE = (TABLE, f"{IMAGES}/README.md")
_LARGEST_TABLE, _LARGEST_CARD, _LARGEST_MANIFEST = 2**30, 2**26, 2**29


@dataclass(frozen=True)
class Verification:
    """What was found.

    Attributes:
        problems: What does not hold, a line each; every line begins with the name of a file.
        unchecked: What could not be checked, a line each.
    """

    problems: list[str]
    unchecked: list[str]

    @property
    def exit_code(self) -> int:
        """0 all holds, 3 something does not, 4 something could not be checked."""
        return BROKEN if self.problems else NOT_CHECKED if self.unchecked else 0

    @property
    def summary(self) -> str:
        """The answer in a few words."""
        words = {BROKEN: "something does not hold", NOT_CHECKED: "all that was checked holds"}
        return words.get(self.exit_code, "all holds")


def verify_release(folder: Path, public_key: Path | None = None) -> Verification:
    """Checks a released folder in every way.

    Args:
        folder: The folder.
        public_key: An Ed25519 public key in PEM; None: a signature is named as not checked.

    Raises:
        DataError: There is no such folder, or no such key.
        ConfigError: A key is given that is no Ed25519 public key, or `cryptography` is missing.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(f"no such folder: {folder}; expected a release, with {CARD} and MANIFEST.json in it")
    signature = signature_problem(folder, public_key) if public_key else ""
    problems, _ = verify_folder(folder)
    names, _ = found_files(folder)
    unchecked = []
    if signature:
        problems.append(signature)
    elif SIGNATURE in names and not public_key:
        unchecked.append(f"{SIGNATURE}: a signature; --public-key checks it")
    try:
        card = read_card(folder) if CARD in names else None
        release = release_of(card) if card else None
    except ValueError:
        release = None  # named by `verify_folder`
    if release is not None:
        found = [
            *_manifest(folder, card),
            *_cards(folder, card, names),
            *_generator(folder, card, names),
            *_labels(folder, card, names),
        ]
        problems += [text for text, is_known in found if is_known]
        unchecked += [text for text, is_known in found if not is_known]
    return Verification(list(dict.fromkeys(problems)), unchecked)


Found = Iterator[tuple[str, bool]]
"""Lines, and whether each is a problem; else something that could not be checked."""


def _manifest(folder: Path, card: dict[str, Any]) -> Found:
    """A manifest that says something else of the release than the card."""
    try:
        told = strict_object(read_regular(folder / MANIFEST, _LARGEST_MANIFEST))
    except (DataError, ValueError):
        return  # named by `verify_folder`
    for name in ("name", "version", "created"):
        if name in told and told[name] != card[name]:
            yield f"{MANIFEST}: its {name} is not that of {CARD}", True
    gate = told.get("gate")
    if gate is not None and not (isinstance(gate, dict) and _opened(gate) == _opened(card["gate"])):
        yield f"{MANIFEST}: its gate is not that of {CARD}", True


def _opened(gate: dict[str, Any]) -> tuple[bool, bool]:
    """Whether a gate holds, and whether it was overridden."""
    return gate.get("holds") is True, bool(gate.get("override"))


def _cards(folder: Path, card: dict[str, Any], names: set[str]) -> Found:
    """Cards that are others than those which the evidence gives."""
    if card["software"] != SOFTWARE:
        told = shown(card["software"])
        yield f"{CARD}: written by {told}; this is {SOFTWARE}, which does not make the same cards again", False
        return
    try:
        wanted = card_texts(folder, release_of(card))
    except Exception as error:  # whatever a stranger may have written into the files
        yield f"{CARD}: the cards cannot be made again from the result files: {_one_line(error)}", True
        return
    for name, text in wanted.items():
        if name not in names:
            yield f"{name}: it is missing", True
        elif _content(folder / name) != text.encode("utf-8"):
            yield f"{name}: it is not what the result files and {CARD} give", True


def _content(path: Path) -> bytes:
    try:
        return read_regular(path, _LARGEST_CARD)
    except DataError:
        return b""


def _generator(folder: Path, card: dict[str, Any], names: set[str]) -> Found:
    """A generator that is another than that of the card."""
    there = any(name.startswith(f"{FOLDER}/") for name in names)
    if there != (card["what"] != "images"):
        yield f"{CARD}: it says that the release has {card['what']}, and {FOLDER}/ says otherwise", True
        return
    if not there:
        return
    try:
        found = generator_identity(folder / FOLDER)
    except DataError as error:
        yield f"{FOLDER}: {_one_line(error)}", True
        return
    if not found:
        yield f"{FOLDER}: it has no weights and card, so its hash cannot be compared", False
    elif found != card["generator_sha256"]:
        yield f"{FOLDER}: it is not the generator of {CARD}", True


def _labels(folder: Path, card: dict[str, Any], names: set[str]) -> Found:
    """Images and rows of the table that are not the same, and numbers on the card that differ from the table."""
    images = {name for name in names if name.startswith(f"{IMAGES}/") and name not in _BESIDE}
    if (card["what"] != "generator") != (bool(images) and TABLE in names):
        yield f"{CARD}: it says that the release has {card['what']}, and {IMAGES}/ says otherwise", True
        return
    if not images:
        return
    try:
        head, *rows = csv_rows(io.StringIO(read_regular(folder / TABLE, _LARGEST_TABLE).decode("utf-8"), newline=""))
        places = {name: head.index(name) for name in ("path", "fold", *card["labels"])}
        if any(len(row) != len(head) for row in rows):
            raise ValueError("its rows differ in length")
    except (DataError, csv.Error, ValueError) as error:
        yield f"{TABLE}: it cannot be read: {_one_line(error)}", True
        return
    named = Counter(f"{IMAGES}/{row[places['path']]}" for row in rows)
    yield from ((f"{shown(name)}: {TABLE} does not name it", True) for name in sorted(images - set(named)))
    yield from ((f"{TABLE}: it names {shown(name)}, which is not there", True) for name in sorted(set(named) - images))
    yield from ((f"{TABLE}: it names {shown(name)} {count} times", True) for name, count in named.items() if count > 1)
    folds = Counter(row[places["fold"]] for row in rows)
    if dict(folds) != {name: count for name, count in card["images"].items() if count}:
        yield f"{CARD}: its numbers of images are not those of {TABLE}", True
    sets = Counter(tuple(name for name in card["labels"] if row[places[name]] in ("1", "1.0")) for row in rows)
    if sets != Counter({tuple(one["labels"]): one["images"] for one in card["combinations"]}):
        yield f"{CARD}: its label combinations are not those of {TABLE}", True


def _one_line(error: Exception) -> str:
    return shown(" ".join(str(error).split()))
