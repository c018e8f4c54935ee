"""A folder of wheels from which a machine without a network installs this package, with a SHA-256 for each file.

The versions are those of a lock file, and pip compares what it downloads with the hashes of the lock. What has no
wheel is built here, with the setuptools of the lock. The folder has a list of hashes of its own, because a wheel that
was built is not in the lock.
"""

import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from medgan_tf.errors import DataError, RunError
from medgan_tf.files.atomic import write_together
from medgan_tf.files.hashing import sha256_of
from medgan_tf.machine.bill_of_materials import PROJECT

SUMS, REQUIREMENTS, INSTRUCTIONS = "SHA256SUMS", "requirements.txt", "INSTALL.txt"
_SOURCES = ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE", "medgan_tf", "experiments", "tools")


@dataclass(frozen=True)
class Wheelhouse:
    """What was made.

    Attributes:
        folder: The folder.
        wheels: Names of the wheels, sorted.
        built: Names of those that were built here, this package's own among them.
        size: Bytes of all wheels.
    """

    folder: Path
    wheels: tuple[str, ...]
    built: tuple[str, ...]
    size: int


def make_wheelhouse(folder: str | Path, lock: str | Path, project: str | Path) -> Wheelhouse:
    """Downloads what a lock names, builds what is missing, and lists all with hashes.

    Args:
        folder: A new or empty folder. It fits the running version of Python and the system, and no other.
        lock: A lock file, such as requirements.lock.
        project: A checkout of this package, or its wheel.

    Raises:
        DataError: The folder is not empty, there is no lock, or `project` is neither.
        RunError: pip ends with an error.
    """
    folder, lock, project = Path(folder), Path(lock), Path(project)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is there already: expected a new or an empty folder")
    if not lock.is_file():
        raise DataError(f"{lock}: no such file; expected a lock, such as requirements.lock of a checkout")
    folder.mkdir(parents=True, exist_ok=True)
    _pip("download", "--require-hashes", "--no-deps", "--requirement", str(lock), "--dest", str(folder))
    offline = ("--no-deps", "--no-index", "--find-links", str(folder), "--wheel-dir", str(folder))
    downloaded = {path.name for path in folder.iterdir()}
    for name in sorted(downloaded):
        if not name.endswith(".whl"):
            _pip("wheel", *offline, str(folder / name))
            (folder / name).unlink()
    if project.suffix == ".whl" and project.is_file():
        shutil.copy(project, folder)
    else:
        _build_project(project, offline)
    wheels = sorted(path.name for path in folder.iterdir())
    _write_lists(folder, wheels)
    built = tuple(name for name in wheels if name not in downloaded)
    return Wheelhouse(folder, tuple(wheels), built, sum((folder / name).stat().st_size for name in wheels))


def _build_project(project: Path, offline: Sequence[str]) -> None:
    """Builds the wheel of a checkout from a copy: an older build in the checkout would bring in files that are gone."""
    missing = [name for name in _SOURCES if not (project / name).exists()]
    if missing:
        raise DataError(f"{project}: expected a checkout or a wheel of {PROJECT}; it has no {missing[0]}")
    with tempfile.TemporaryDirectory() as place:
        for name in _SOURCES:
            source, copy = project / name, Path(place) / name
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy)
        _pip("wheel", *offline, place)


def _pip(*words: str) -> None:
    """Calls pip of this Python."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *words]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "ERROR: " in line or "error: " in line]
        cause = errors[-1] if errors else done.stderr.strip()[-200:]
        raise RunError(f"pip {words[0]} ended with code {done.returncode}: {' '.join(cause.split())}")


def _write_lists(folder: Path, wheels: Sequence[str]) -> None:
    """SHA256SUMS for `sha256sum --check`, the requirements with the same hashes for pip, and what to type."""
    digests = {name: sha256_of(folder / name) for name in wheels}
    lines = []
    for name, digest in digests.items():
        try:
            distribution, version, _, _ = parse_wheel_filename(name)
        except InvalidWheelFilename as error:
            raise DataError(f"{folder / name} is no wheel: {error}") from None
        lines.append(f"{distribution}=={version} --hash=sha256:{digest}")
    texts = {
        SUMS: "".join(f"{digest}  {name}\n" for name, digest in digests.items()),
        REQUIREMENTS: "".join(f"{line}\n" for line in lines),
        INSTRUCTIONS: _instructions(),
    }
    write_together({folder / name: text.encode() for name, text in texts.items()})


def _instructions() -> str:
    version = "{}.{}".format(*sys.version_info)
    return (
        f"For {platform.python_implementation()} {version} on {sysconfig.get_platform()}. Nothing is fetched from a "
        "network. In this folder:\n\n"
        f"sha256sum --check --quiet {SUMS}\n"
        f"python{version} -m venv ~/medgan-tf\n"
        f"~/medgan-tf/bin/pip install --no-index --find-links . --require-hashes -r {REQUIREMENTS}\n"
        "~/medgan-tf/bin/medgan-tf doctor\n"
    )
