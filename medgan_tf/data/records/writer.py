"""Writing a dataset folder: shard by shard, atomic, resumable.

A folder is built under the name ``<folder>.partial``. Every finished shard is entered in a journal with its SHA-256 and
the looks at its images, so that an interrupted build of the same content goes on after the last finished shard. Only a
complete and checked folder, without the journal, gets its final name.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import tensorflow as tf

from medgan_tf.data.looks.look import Look
from medgan_tf.data.records import manifest as manifests
from medgan_tf.data.records.journal import JOURNAL, FinishedShard, add_to_journal, read_journal, write_journal
from medgan_tf.data.records.manifest import FOLDS, Manifest, Shard
from medgan_tf.errors import DataError
from medgan_tf.files.atomic import flush_to_disk
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.locks import hold

PREVIEW = "preview.png"
README = "README.md"
_LOCK = "lock"
_SHARD_BYTES = 64 * 2**20
_MOST_IMAGES_PER_SHARD = 4096


def images_per_shard(resolution: int) -> int:
    """About 64 MB, but at most 4,096 images, so that small images also spread over several files."""
    return max(64, min(_MOST_IMAGES_PER_SHARD, _SHARD_BYTES // (resolution * resolution)))


def plan_shards(images: dict[str, int], per_shard: int) -> list[tuple[str, str, int, int]]:
    """Names and contents of the shards: (file, fold, first image of the fold, end), evenly filled.

    Args:
        images: Images per fold.
        per_shard: Largest number of images in one.
    """
    plan = []
    for fold in FOLDS:
        count = images.get(fold, 0)
        shards = -(-count // per_shard)
        for number in range(shards):
            file = f"{fold}-{number:05d}-of-{shards:05d}.tfrecord"
            plan.append((file, fold, count * number // shards, count * (number + 1) // shards))
    return plan


class FolderWriter:
    """A dataset folder in the making; a context manager.

    Args:
        path: The final folder.
        build_hash: Identifies the content: an interrupted build is continued only if it had the same hash.
        replace: Replace an existing dataset in `path`, once the new one is complete.
        goes_on: Go on with an interrupted build. None means: unless `replace`.

    Raises:
        DataError: Something else is in the way, another process builds the same folder, or the disk is full.
    """

    def __init__(self, path: str | Path, build_hash: str, replace: bool = False, goes_on: bool | None = None):
        self.path = Path(os.path.abspath(path))
        self.partial = self.path.with_name(self.path.name + ".partial")
        self.finished: dict[str, FinishedShard] = {}
        self.build_hash = build_hash
        self._replace = replace
        self._goes_on = not replace if goes_on is None else goes_on

    def __enter__(self) -> "FolderWriter":
        self._check_target()
        with self._writing():
            self._lock = hold(self.partial / _LOCK)
        if self._lock is None:
            raise DataError(f"another process is building {self.path}; wait for it or stop it")
        try:
            with self._writing():
                self._open_journal()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._lock.release()

    def _check_target(self) -> None:
        if not self.path.exists() or (self.path.is_dir() and not any(self.path.iterdir())):
            return
        if not (self.path / manifests.FILE_NAME).is_file():
            raise DataError(f"{self.path} exists and is not a dataset; choose another folder (data.dataset_dir)")
        if not self._replace:
            raise DataError(f"{self.path} already holds a dataset; replace it with --restart or choose another folder")

    def _open_journal(self) -> None:
        self.finished = read_journal(self.partial, self.build_hash) if self._goes_on else {}
        self._write_journal()
        self._remove_all_but({_LOCK, JOURNAL, *self.finished})

    def _write_journal(self) -> None:
        write_journal(self.partial, self.build_hash, self.finished.values())

    def _remove_all_but(self, names: set[str]) -> None:
        for file in self.partial.iterdir():
            if file.name not in names:
                if file.is_dir():
                    raise DataError(f"{file} is in the way of a dataset build; move it away")
                file.unlink()

    def keep(self, is_right: Callable[[FinishedShard], bool]) -> None:
        """Forgets the finished shards of an interrupted build that are not right any more."""
        wrong = [file for file, entry in self.finished.items() if not is_right(entry)]
        for file in wrong:
            del self.finished[file]
        if wrong:
            with self._writing():
                # The journal first: what it names must be there.
                self._write_journal()
                self._remove_all_but({_LOCK, JOURNAL, *self.finished})

    def adopt(self, folder: Path, entries: Iterable[FinishedShard]) -> None:
        """Takes over shards of another dataset folder, as hard links where the disk has them, unless they are damaged.

        They count as finished from then on.
        """
        with self._writing():
            for entry in entries:
                final, temporary = self.partial / entry.shard.file, self.partial / f".{entry.shard.file}"
                if not entry.is_intact(folder):
                    continue
                temporary.unlink(missing_ok=True)
                try:
                    os.link(folder / entry.shard.file, temporary)
                except OSError:
                    shutil.copyfile(folder / entry.shard.file, temporary)
                    flush_to_disk(temporary)
                os.replace(temporary, final)
                self.finished[entry.shard.file] = entry
            self._write_journal()

    def write_shard(
        self,
        file: str,
        fold: str,
        records: Iterable[tuple[str, bytes | None]],
        looks: Mapping[str, Look] | None = None,
    ) -> FinishedShard:
        """Writes one shard: complete under its name, or not at all.

        Args:
            file: Its name, from `plan_shards`.
            fold: Its fold.
            records: (image pseudonym, serialised record, or None for an image that is not stored).
            looks: The looks at the images, by pseudonym; filled at the latest while `records` is read.
        """
        final, temporary = self.partial / file, self.partial / f".{file}"
        unreadable, images = [], 0
        try:
            with self._writing(), tf.io.TFRecordWriter(str(temporary)) as stream:
                for image_id, record in records:
                    if record is None:
                        unreadable.append(image_id)
                        continue
                    stream.write(record)
                    images += 1
            with self._writing():
                size, digest = _sync_and_hash(temporary)
                os.replace(temporary, final)
                shard = Shard(file=file, fold=fold, images=images, bytes=size, sha256=digest)
                entry = FinishedShard(shard, tuple(unreadable), dict(looks or {}))
                add_to_journal(self.partial, entry)
                # The looks lie in the journal, for a build that goes on later; here they would fill the memory.
                self.finished[file] = FinishedShard(shard, entry.unreadable)
        finally:
            temporary.unlink(missing_ok=True)
        return entry

    def write_preview(self, png: bytes) -> None:
        """Adds the picture for people."""
        with self._writing():
            (self.partial / PREVIEW).write_bytes(png)

    def write_readme(self, text: str) -> None:
        """Adds the text for people."""
        with self._writing():
            (self.partial / README).write_text(text, encoding="utf-8")

    def save_manifest(self, manifest: Manifest) -> None:
        """Adds the manifest; the folder can then be read, and checked, under its partial name."""
        with self._writing():
            manifest.save(self.partial)

    def publish(self) -> Path:
        """Gives the folder its final name. Of a replaced dataset, only files that belong to it are removed."""
        with self._writing():
            if os.name == "nt":
                # Windows neither removes nor renames what is open.
                self._lock.release()
            # Without its journal, the folder counts as complete; see `finish_publishing`.
            for name in (_LOCK, JOURNAL):
                (self.partial / name).unlink(missing_ok=True)
            flush_to_disk(self.partial)
            old = None
            if self.path.exists():
                old = self.path.with_name(f"{self.path.name}.old-{os.getpid()}")
                os.rename(self.path, old)
            os.rename(self.partial, self.path)
            flush_to_disk(self.path.parent)
            if old is not None:
                remove_dataset(old)
        return self.path

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Turns errors of the disk into one clear line. TensorFlow and Python report them differently."""
        try:
            yield
        except tf.errors.ResourceExhaustedError as error:
            raise self._disk_full() from error
        except tf.errors.OpError as error:
            raise DataError(f"cannot write {self.partial}: {error.message}") from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise self._disk_full() from error
            raise DataError(f"cannot write {error.filename or self.partial}: {error.strerror}") from error

    def _disk_full(self) -> DataError:
        return DataError(
            f"disk full while writing {self.partial}; free some space and give the same command again: "
            "shards that are finished are kept"
        )


def finish_publishing(path: str | Path) -> None:
    """Gives a complete folder its name, where a process was killed between the two renames of `FolderWriter.publish`.

    Without anything in `path`, a ``<folder>.partial`` with a manifest and without a journal is such a folder. The one
    that it replaces stays under the name ``<folder>.old-<number>``.
    """
    path = Path(os.path.abspath(path))
    partial = path.with_name(path.name + ".partial")
    if not path.exists() and (partial / manifests.FILE_NAME).is_file() and not (partial / JOURNAL).exists():
        # Another process may do the same at this moment.
        with contextlib.suppress(FileNotFoundError):
            os.rename(partial, path)


def remove_dataset(folder: Path) -> None:
    """Removes the files of a dataset folder, and the folder if nothing else is in it."""
    for file in folder.iterdir():
        if file.name in (manifests.FILE_NAME, PREVIEW, README) or file.suffix == ".tfrecord":
            file.unlink()
    if not any(folder.iterdir()):
        shutil.rmtree(folder)


def _sync_and_hash(path: Path) -> tuple[int, str]:
    flush_to_disk(path)
    return path.stat().st_size, sha256_of(path)
