"""A complete phantom folder: made in one piece or not at all, and known again by its phantom.json."""

import os
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from medgan_tf.config.section import LARGEST_SEED
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import json_text

MARKER = "phantom.json"
VERSION = 1  # raise it whenever the same options would give other images
MODALITIES = ("chest", "head")
_FORMAT = "medgan-tf phantom"
_OWN_NAMES = {MARKER, "train", "train.csv", "stage_2_train", "stage_2_train.csv"}

Progress = Callable[[int, int], None]


def describe_phantom(modality: str, patients: int, seed: int) -> dict[str, object]:
    """The content of phantom.json, without the counts. Raises `ConfigError` for values out of range."""
    if modality not in MODALITIES:
        raise ConfigError(f"phantom modality must be one of {', '.join(MODALITIES)}. Received: modality={modality!r}")
    if patients < 1 or not 0 <= seed <= LARGEST_SEED:
        raise ConfigError(
            f"a phantom needs patients >= 1 and a seed from 0 to {LARGEST_SEED}. Received: patients={patients}, "
            f"seed={seed}"
        )
    return {"format": _FORMAT, "version": VERSION, "modality": modality, "patients": patients, "seed": seed}


def read_marker(root: str | Path) -> dict[str, object] | None:
    """The content of phantom.json in `root`, or None if there is none that can be read."""
    try:
        return read_json(Path(root) / MARKER)
    except DataError:
        return None


def is_complete(root: str | Path, modality: str, patients: int, seed: int) -> bool:
    """Whether `root` holds the whole phantom with exactly these options, made by this version."""
    marker = read_marker(root)
    wanted = describe_phantom(modality, patients, seed)
    return marker is not None and {key: marker.get(key) for key in wanted} == wanted


def build_phantom(
    root: str | Path,
    modality: str,
    patients: int,
    seed: int,
    progress: Progress | None = None,
    workers: int | None = None,
) -> dict[str, int]:
    """Makes the phantom `root` unless it is there already.

    Everything is written into a folder beside `root`, phantom.json last, which then takes the name `root`; an
    interrupted build leaves no `root`. A phantom with other options is replaced; any other folder is never touched.

    Args:
        root: The folder to make: a CheXpert-v1.0-small folder (chest) or an RSNA folder (head).
        modality: "chest" or "head".
        patients: Number of patients.
        seed: Seed of everything drawn.
        progress: Called as ``progress(patients_done, patients)``.
        workers: Processes; None means one per usable CPU core.

    Returns:
        Counts of what the folder holds.

    Raises:
        ConfigError: For options out of range.
        DataError: If `root` is somebody else's folder or cannot be written.
    """
    root = Path(root)
    description = describe_phantom(modality, patients, seed)
    if is_complete(root, modality, patients, seed):
        return dict((read_marker(root) or {}).get("counts") or {})
    _check_replaceable(root)
    partial = root.with_name(f".{root.name}.partial-{uuid.uuid4().hex[:8]}")
    try:
        partial.mkdir(parents=True)
        counts = _write(partial, modality, patients, seed, progress, workers)
        (partial / MARKER).write_text(json_text({**description, "counts": counts}, indent=2) + "\n", encoding="utf-8")
        _take_place(partial, root)
    except OSError as error:
        raise DataError(f"cannot write the phantom {root}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return counts


def _check_replaceable(root: Path) -> None:
    """Only a missing or empty folder, or a phantom and nothing else, may become the new phantom."""
    if root.is_symlink() or (root.exists() and not root.is_dir()):
        raise DataError(f"{root} is not a folder; choose another place for the phantom")
    names = {path.name for path in root.iterdir()} if root.is_dir() else set()
    if names and (names - _OWN_NAMES or (read_marker(root) or {}).get("format") != _FORMAT):
        raise DataError(f"{root} holds other files than a phantom; choose a new or empty folder for the phantom")


def _write(
    folder: Path, modality: str, patients: int, seed: int, progress: Progress | None, workers: int | None
) -> dict[str, int]:
    if modality == "chest":
        from medgan_tf.phantom.chexpert_layout import write_chexpert_phantom

        return write_chexpert_phantom(folder, patients, seed, progress=progress, workers=workers)
    from medgan_tf.phantom.rsna_layout import write_rsna_phantom

    return write_rsna_phantom(folder, patients, seed, progress=progress, workers=workers or 0)


def _take_place(partial: Path, root: Path) -> None:
    """Renames `partial` to `root`; an older phantom is moved aside first and then deleted."""
    old = root.with_name(f".{root.name}.old-{uuid.uuid4().hex[:8]}")
    if root.exists():
        os.rename(root, old)
    os.rename(partial, root)
    shutil.rmtree(old, ignore_errors=True)
