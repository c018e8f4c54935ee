"""Adding a release to a library, which is a folder of this machine: checked, packed, and named in the index."""

from dataclasses import dataclass
from pathlib import Path

from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.locks import LOCK, hold
from medgan_tf.hub.archive import write_archive
from medgan_tf.hub.described import described, verify
from medgan_tf.hub.index import INDEX, LARGEST_ARCHIVE, Described, Entry, Index
from medgan_tf.hub.places import FolderLibrary, read_index
from medgan_tf.hub.web import is_address


@dataclass(frozen=True)
class Added:
    """What became of a release.

    Attributes:
        entry: Its entry in the index.
        anew: Whether it was not there before.
        withdrawn: Versions that it withdrew from the library.
        unchecked: What could not be checked, such as a signature without a key.
    """

    entry: Entry
    anew: bool
    withdrawn: tuple[str, ...]
    unchecked: tuple[str, ...]


def add_release(library: str, release: str, dry_run: bool = False) -> Added:
    """Adds a released folder to a library; the library is made where there is none.

    A release that is there already, with the same content, stays. Whoever reads the library meanwhile sees it as it was
    before or as it is afterwards; after a kill there may be an archive that the index does not name.

    Args:
        library: Folder of the library.
        release: Folder of the release.
        dry_run: Whether everything is checked and nothing is written; the archive's hash and size are then those of no
            archive, 64 zeros and 1.

    Raises:
        ConfigError: The library is an address, or no place for one.
        DataError: The release is not whole, or the library has another one of the same name and version.
        RunError: The disk does not take it.
    """
    folder, source = _folder_of(library), Path(release)
    if not source.is_dir():
        raise ConfigError(f"no release in {source}: expected a folder that `medgan-tf release` made")
    if folder.resolve().is_relative_to(source.resolve()) or source.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(f"the library {folder} and the release {source} must not lie in one another")
    unchecked, about = tuple(verify(source)), described(source)
    if about.version in about.withdraws:
        raise DataError(f"{source}: version {about.version} withdraws itself; give the release that withdraws another")
    if dry_run:
        index = read_index(FolderLibrary(str(folder))) if (folder / INDEX).is_file() else Index()
        entry = _known(index, about, folder) or _entry(about, "0" * 64, 1)
        return _added(index, entry, unchecked)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = hold(folder / LOCK, wait=True)
        try:
            return _locked_add(folder, source, about, unchecked)
        finally:
            if lock is not None:
                lock.release()
    except OSError as error:
        raise RunError(f"cannot write {error.filename or folder}: {error.strerror or error}") from error


def _folder_of(library: str) -> Path:
    if is_address(library):
        raise ConfigError("releases are added to a folder; copy it to the web server afterwards, archives first")
    folder = Path(library)
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is no folder; expected that of a library, or a new one")
    if folder.is_dir() and not (folder / INDEX).is_file() and any(one.name != LOCK for one in folder.iterdir()):
        raise ConfigError(f"{folder} holds other files and no {INDEX}; expected a library, or a new or empty folder")
    return folder


def _locked_add(folder: Path, source: Path, about: Described, unchecked: tuple[str, ...]) -> Added:
    index = read_index(FolderLibrary(str(folder))) if (folder / INDEX).is_file() else Index()
    known = _known(index, about, folder)
    archive = folder / (known.archive if known else _archive_name(about))
    with atomic_path(archive) as partial:
        write_archive(source, partial)
        size = partial.stat().st_size
        if size > LARGEST_ARCHIVE:
            raise DataError(f"{source} has {size:,} bytes; a library takes at most {LARGEST_ARCHIVE:,}")
        entry = _entry(about, sha256_of(partial), size)
        if known and known.archive_sha256 != entry.archive_sha256:
            raise _other(folder, about)
    added = _added(index, known or entry, unchecked)
    if added.anew:
        with atomic_path(folder / INDEX) as partial:
            partial.write_text(index.with_release(entry).to_json(), encoding="utf-8")
    return added


def _added(index: Index, entry: Entry, unchecked: tuple[str, ...]) -> Added:
    if entry in index.releases:
        return Added(entry, False, (), unchecked)
    after = index.with_release(entry)
    before = {one.version for one in index.releases if one.name == entry.name and index.withdrawn_by(one) is None}
    gone = [one.version for one in after.releases if one.name == entry.name and one.withdrawn_by is not None]
    return Added(after.releases[-1], True, tuple(version for version in gone if version in before), unchecked)


def _known(index: Index, about: Described, folder: Path) -> Entry | None:
    """The entry of the same release. Raises `DataError` where it is another one's."""
    name = f"{about.name} {about.version}"
    same = [one for one in index.releases if f"{one.name} {one.version}".casefold() == name.casefold()]
    if not same:
        if any(one.archive.casefold() == _archive_name(about).casefold() for one in index.releases):
            raise DataError(f"{folder} has an archive {_archive_name(about)} of another release; give this one another")
        return None
    if (same[0].name, same[0].version, same[0].manifest_sha256) != (about.name, about.version, about.manifest_sha256):
        raise _other(folder, about)
    return same[0]


def _other(folder: Path, about: Described) -> DataError:
    return DataError(
        f"{folder} has another release {about.name} {about.version}; what was given away does not change: make this "
        "again with a new version, which can withdraw the old one"
    )


def _archive_name(about: Described) -> str:
    return f"{about.name}-{about.version}.zip"


def _entry(about: Described, sha256: str, size: int) -> Entry:
    place = {"archive": _archive_name(about), "archive_sha256": sha256, "archive_bytes": size}
    return Entry.model_validate({**about.model_dump(), **place})
