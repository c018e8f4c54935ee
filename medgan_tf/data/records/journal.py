"""The journal of a dataset folder in the making: which shards are finished, and what was seen of their images.

Its first line names the content that is built; each further line is a finished shard. It never enters a dataset.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from medgan_tf.data.looks.look import Look
from medgan_tf.data.records.manifest import Shard
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.json_files import parse_json
from medgan_tf.files.result_files import json_text

JOURNAL = "journal.jsonl"


@dataclass(frozen=True)
class FinishedShard:
    """A shard that is on disk.

    Attributes:
        shard: Its name, size and hash.
        unreadable: Pseudonyms of the images that should be in it but are not: they could not be read, or are left out.
        looks: The looks at images of real datasets that could be read, by pseudonym.
    """

    shard: Shard
    unreadable: tuple[str, ...] = ()
    looks: Mapping[str, Look] = field(default_factory=dict)

    def is_intact(self, folder: Path) -> bool:
        """Whether the shard in a folder is the one that was written."""
        try:
            return sha256_of(folder / self.shard.file) == self.shard.sha256
        except OSError:
            return False


def read_journal(folder: Path, build_hash: str) -> dict[str, FinishedShard]:
    """The finished shards of a folder that are still there unchanged, by name; none if it was for other content."""
    path = folder / JOURNAL
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if not lines or _json(lines[0]) != {"build_hash": build_hash}:
        return {}
    entries = [_entry(_json(line)) for line in lines[1:]]
    return {entry.shard.file: entry for entry in entries if entry is not None and entry.is_intact(folder)}


def write_journal(folder: Path, build_hash: str, entries: Iterable[FinishedShard]) -> None:
    """Replaces the journal of a folder."""
    with atomic_path(folder / JOURNAL) as partial, open(partial, "w", encoding="utf-8") as stream:
        stream.write(json_text({"build_hash": build_hash}) + "\n")
        stream.writelines(map(_line, entries))


def add_to_journal(folder: Path, entry: FinishedShard) -> None:
    """Enters one more shard; it is on the disk when this returns."""
    with open(folder / JOURNAL, "a", encoding="utf-8") as stream:
        stream.write(_line(entry))
        stream.flush()
        os.fsync(stream.fileno())


def _line(entry: FinishedShard) -> str:
    looks = {image: look.packed().hex() for image, look in entry.looks.items()}
    return json_text({"shard": entry.shard.model_dump(), "unreadable": list(entry.unreadable), "looks": looks}) + "\n"


def _entry(values: dict) -> FinishedShard | None:
    try:
        looks = {image: Look.unpacked(bytes.fromhex(text))[0] for image, text in values.get("looks", {}).items()}
        # A manifest's own check of a shard raises a ValueError too.
        return FinishedShard(Shard.model_validate(values["shard"]), tuple(values["unreadable"]), looks)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _json(line: str) -> dict:
    """A journal line; the last one may have been cut off by the interruption."""
    try:
        value = parse_json(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
