"""Making a reader study: a blinded set of images with its page, and the key."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.data.pseudonyms import Pseudonyms
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.study.key import TRUTHS, Key, KeyImage, Truth, write_key
from medgan_tf.evidence.readers.study.page_folder import SETTINGS, encode_blinded, remove_page, set_hash, write_page
from medgan_tf.evidence.readers.study.pools import ImagePool
from medgan_tf.evidence.readers.study.selection import draw_order, select_images


@dataclass(frozen=True)
class Study:
    """A study that was written: the folder for the readers, the key file and what they hold."""

    page: Path
    key_file: Path
    key: Key
    key_sha256: str


def create_study(
    config: ReaderStudyConfig,
    real: ImagePool,
    synthetic: ImagePool,
    page: str | Path,
    key_file: str | Path,
    *,
    name: str,
    seed: int,
    secret: Pseudonyms,
    replace: bool = False,
) -> Study:
    """Writes the folder for the readers and the key.

    The draws depend on the seed, on the images and on a secret: a reader who knows the seed and this code could
    otherwise recompute which image is real.

    Args:
        config: Section `reader_study`.
        real, synthetic: The images to draw from.
        page: Folder for the readers; nothing in it depends on the truth but the pixels.
        key_file: The key, outside that folder.
        name: Name of the experiment, in the study's identifier.
        seed: Seed of the draws.
        secret: Keyed hashes with the secret of the private folder; the same secret and seed give the same study.
        replace: Replace an older study.

    Raises:
        ConfigError: The key would lie in the folder for the readers.
        DataError: Too few images, or something is in the way.
    """
    page, key_file = Path(page), Path(key_file)
    _check_places(page, key_file, replace)
    # Not the number of readers: more of them later get the same images, names and key.
    drawn_by = config.model_dump_json(include={"images", "real_share", "one_per_patient", "repeats"})
    parts = ("reader study", str(seed), real.origin.sha256, synthetic.origin.sha256, drawn_by)
    random = np.random.Generator(np.random.Philox(key=int(secret.content_hash(parts)[:32], 16)))
    first = _drawn(config, real, synthetic, random)
    again = _repeated(first, config.repeats, random)
    images, entries = _named(first, again, _random_names(len(first) + len(again), secret, parts))
    key = Key(
        study=f"{name[:80]}-{set_hash(images)[:10]}",
        set_sha256=set_hash(images),
        nonce=secret.content_hash((*parts, "nonce")),
        seed=seed,
        real=real.origin,
        synthetic=synthetic.origin,
        images=entries,
    )
    if replace:
        _remove(page, key_file)
    key_sha256 = write_key(key, key_file)
    write_page(page, images, page_settings(config, key, key_sha256, random))
    return Study(page, key_file, key, key_sha256)


def page_settings(config: ReaderStudyConfig, key: Key, key_sha256: str, random: np.random.Generator) -> dict[str, Any]:
    """The settings of the page. Of the key they hold the hash and the image names, but not the truth."""
    first = [image.image for image in key.images if image.repeat_of is None]
    codes = [f"R{number:02d}" for number in range(1, config.readers + 1)]
    return {
        "format_version": 1,
        "study": key.study,
        "key_sha256": key_sha256,
        "set_sha256": key.set_sha256,
        "title": config.title,
        "instructions": [line for line in config.instructions.splitlines() if line.strip()],
        "confidence": config.confidence,
        "smooth": config.smooth,
        "images": [image.image for image in key.images],
        "orders": {code: draw_order(first, key.repeats, config.repeat_distance, random) for code in codes or ["*"]},
    }


def _check_places(page: Path, key_file: Path, replace: bool) -> None:
    if page.resolve() in key_file.resolve().parents:
        raise ConfigError(f"the key must lie outside the folder for the readers. Received: {key_file} in {page}")
    is_study = (page / SETTINGS).is_file()
    if page.exists() and not is_study and (not page.is_dir() or any(page.iterdir())):
        raise DataError(f"{page} exists and is not a reader study; choose another folder with --out")
    if (is_study or key_file.exists()) and not replace:
        place = page if is_study else key_file
        raise DataError(
            f"{place} already exists, and answers to it can be scored only with its key; replace both with --restart, "
            "or choose other places with --out and --key"
        )


def _remove(page: Path, key_file: Path) -> None:
    if page.exists():
        remove_page(page)
    key_file.unlink(missing_ok=True)


def _drawn(
    config: ReaderStudyConfig, real: ImagePool, synthetic: ImagePool, random: np.random.Generator
) -> list[tuple[Truth, ImagePool, int]]:
    """The different images of the set: truth, pool and row."""
    counts = (config.real_images, config.images - config.real_images)
    chosen = select_images(real, synthetic, *counts, random, config.one_per_patient)
    return [
        *(("real", real, row) for row in chosen.real.tolist()),
        *(("synthetic", synthetic, row) for row in chosen.synthetic.tolist()),
    ]


def _repeated(first: list[tuple], repeats: int, random: np.random.Generator) -> list[int]:
    """Numbers of the images that are shown twice: half of them real, as far as there are enough."""
    kinds = [[index for index, (truth, *_) in enumerate(first) if truth == kind] for kind in TRUTHS]
    real = min(max((repeats + int(random.integers(2))) // 2, repeats - len(kinds[1])), len(kinds[0]))
    drawn = [random.permutation(kinds[0])[:real], random.permutation(kinds[1])[: repeats - real]]
    return np.concatenate(drawn).astype(int).tolist()


def _named(
    first: list[tuple[Truth, ImagePool, int]], again: list[int], names: list[str]
) -> tuple[dict[str, bytes], list[KeyImage]]:
    """Files by name, and the entries of the key in the order of the names."""
    shown = dict(zip(names, [*first, *(first[index] for index in again)], strict=True))
    repeat_of = dict(zip(names[len(first) :], (names[index] for index in again), strict=True))
    entries = [
        KeyImage(
            image=name,
            truth=truth,
            combination=pool.combinations[row],
            origin=pool.origins[row],
            repeat_of=repeat_of.get(name),
        )
        for name, (truth, pool, row) in sorted(shown.items(), key=lambda item: item[0])
    ]
    return {name: encode_blinded(pool.images[row]) for name, (_, pool, row) in shown.items()}, entries


def _random_names(count: int, secret: Pseudonyms, parts: tuple[str, ...]) -> list[str]:
    """Different names of 12 letters and digits that tell nothing."""
    names: dict[str, None] = {}
    number = 0
    while len(names) < count:
        digest = hashlib.sha256(secret.content_hash((*parts, "name", str(number))).encode()).digest()
        names[base64.b32encode(digest).decode().lower()[:12]] = None
        number += 1
    return list(names)
