"""Answers of the readers of a served study: every accepted version, on disk before it is acknowledged.

`<reader>.csv` holds the present answers, as the page would export them. `versions/<reader>.jsonl` is the journal of all
versions. A version is in both files, or, if the process was killed in between, in the journal, from which the CSV is
then written again.
"""

import errno
import logging
import threading
from collections.abc import Collection
from pathlib import Path

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.readers.answer_tables import LARGEST_FILE
from medgan_tf.evidence.readers.study.given_answers import GivenStudy, check_given, check_stored, unnamed_changes
from medgan_tf.evidence.readers.study.journal import Journal, Version
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.locks import LOCK, hold
from medgan_tf.files.regular_files import read_regular

logger = logging.getLogger(__name__)

VERSIONS = "versions"


class StaleAnswersError(DataError):
    """The answers are based on another version than the present one, which is `present`."""

    def __init__(self, message: str, present: Version):
        super().__init__(message)
        self.present = present


class ShorterAnswersError(DataError):
    """Stored answers would be lost, and the page does not say that the reader corrected them."""


class StorageError(DataError):
    """The disk does not take the answers, because it is full or for another reason. What it has is untouched."""

    def __init__(self, message: str, cause: OSError):
        super().__init__(f"{message}: {cause.strerror}")
        self.full = cause.errno in (errno.ENOSPC, errno.EDQUOT)


class DamagedAnswersError(DataError):
    """What is stored cannot be read. It is left as it is."""


class AnswerStore:
    """The answers in one folder, which belongs to this process until `close`.

    Args:
        folder: Made if it is missing.
        study: The study that every answer must be of.

    Raises:
        ConfigError: Another server has the folder.
        DataError: The folder cannot be written.
    """

    def __init__(self, folder: Path, study: GivenStudy):
        self.folder = folder
        self._study = study
        self._versions: dict[str, Version] = {}
        self._lock = threading.Lock()
        try:
            self._held = hold(folder / VERSIONS / LOCK)
        except OSError as error:
            raise DataError(f"cannot write {folder}: {error.strerror}") from error
        if self._held is None:
            raise ConfigError(
                f"another server keeps answers in {folder}; end it, or name another folder with --answers"
            )

    def close(self) -> None:
        """Leaves the folder to other servers."""
        if self._held is not None:
            self._held.release()

    def present(self, reader: str, order: list[str]) -> Version:
        """The present version.

        Raises:
            DamagedAnswersError: The files of this reader are damaged.
            StorageError: The CSV has to be written again and cannot be.
        """
        with self._lock:
            return self._present(reader, order)

    def put(self, reader: str, order: list[str], text: str, based_on: str, corrected: Collection[str] = ()) -> Version:
        """Takes a new version, whole or not at all.

        Args:
            reader: Code of the reader.
            order: The images of the reader, in order.
            text: All answers so far, CSV.
            based_on: Tag of the version that the reader's page knows.
            corrected: Images whose stored answer the reader has taken back or corrected.

        Returns:
            The version that is on disk now. An unchanged text is no new version.

        Raises:
            StaleAnswersError: `based_on` is not the present version.
            ShorterAnswersError: Stored answers are missing or different, and are not among `corrected`.
            StorageError: The disk does not take it.
            DamagedAnswersError: The files of this reader are damaged.
            DataError: These are not the answers of this reader.
        """
        check_given(text, reader, order, self._study)
        with self._lock:
            before = self._present(reader, order)
            if text == before.text:
                return before
            if based_on != before.tag:
                raise StaleAnswersError(
                    f"answers of {reader}: based on version {based_on}; {before.tag} is stored and unchanged", before
                )
            if lost := unnamed_changes(before.text, text, corrected):
                raise ShorterAnswersError(
                    f"answers of {reader}: would lose {len(lost)} stored ones ({', '.join(lost[:3])}"
                    f"{', ...' if len(lost) > 3 else ''}); what is stored is unchanged"
                )
            return self._write(reader, before, text)

    def _present(self, reader: str, order: list[str]) -> Version:
        """What is stored now. Another program, such as `import`, may have written the CSV since."""
        path, known = self._csv(reader), self._versions.get(reader)
        try:
            stored = read_regular(path, LARGEST_FILE) if path.exists() else None
            if known is None or stored != (known.text.encode() if known.number else None):
                known = self._versions[reader] = self._restored(reader, order, stored)
        except StorageError:
            raise
        except DataError as error:
            raise DamagedAnswersError(str(error)) from error
        except OSError as error:
            raise DamagedAnswersError(f"{path} cannot be read: {error.strerror}") from error
        return known

    def _restored(self, reader: str, order: list[str], stored: bytes | None) -> Version:
        """What the files say: the journal, and the CSV where it came from elsewhere."""
        last, earlier = Version(), False
        for last in self._journal(reader).versions():
            earlier |= stored == last.text.encode()
        if stored is None and not last.number or stored == last.text.encode():
            return last
        if stored is None or earlier:
            # Killed between the journal and the CSV.
            return self._write_csv(reader, last)
        try:
            text = stored.decode("utf-8")
            check_stored(text, reader, order, self._study)
        except (UnicodeDecodeError, DataError) as error:
            if not last.number:
                raise DataError(f"{self._csv(reader)} cannot be read as answers; move it away ({error})") from error
            return self._write_csv(reader, last, aside=True)
        # The answers of an import, or of a server that kept no journal.
        return self._write(reader, last, text)

    def _write_csv(self, reader: str, version: Version, aside: bool = False) -> Version:
        """The CSV as the journal has it; `aside` keeps an unreadable one beside the journal."""
        path = self._csv(reader)
        try:
            if aside:
                taken = sum(1 for _ in (self.folder / VERSIONS).glob(f"{reader}.unreadable-*"))
                unreadable = self.folder / VERSIONS / f"{reader}.unreadable-{taken + 1}"
                path.rename(unreadable)
                logger.warning("%s holds no answers; it is now %s, and the stored ones are back", path, unreadable)
            with atomic_path(path) as partial:
                partial.write_bytes(version.text.encode())
        except OSError as error:
            raise StorageError(f"cannot write {path}", error) from error
        return version

    def _write(self, reader: str, before: Version, text: str) -> Version:
        after = Version(before.number + 1, text)
        journal, size = self._journal(reader), None
        try:
            with atomic_path(self._csv(reader)) as partial:
                partial.write_bytes(text.encode())
                size = journal.append(before, after)
        except OSError as error:
            if size is not None:
                journal.cut(size)
            # Should the journal not have been cut, the next request reads it again.
            self._versions.pop(reader, None)
            kept = f"the {before.text.count(chr(10))} lines that are stored are untouched"
            raise StorageError(f"the answers of {reader} cannot be written, {kept}", error) from error
        self._versions[reader] = after
        return after

    def _csv(self, reader: str) -> Path:
        return self.folder / f"{reader}.csv"

    def _journal(self, reader: str) -> Journal:
        return Journal(self.folder / VERSIONS / f"{reader}.jsonl")


def stored_versions(folder: str | Path, reader: str) -> list[str]:
    """The CSV of every accepted version of a reader's answers, the first one first."""
    return [version.text for version in Journal(Path(folder) / VERSIONS / f"{reader}.jsonl").versions()]
