"""Libraries of releases: the index, and an archive of which the index knows hash and size; to the unpacked folder."""

import io
import json
import random
import shutil
import zipfile
from pathlib import Path

import hub_releases

from fuzzing import json_texts, raw_bytes, words
from fuzzing.target import Given, Target
from fuzzing.targets.archives import other_directory
from medgan_tf.hub.archive import write_archive
from medgan_tf.hub.get import Wanted, find_release, get_release
from medgan_tf.hub.index import INDEX, parse_index
from medgan_tf.hub.listing import list_library

_INDEX, _ARCHIVE = "index.json", "archive.zip"
_ELSEWHERE = ("../../canary/x", "/etc/passwd", "a\\b", "c:/a", "README.MD", "images", "x" * 300, "a\n", "images/")


class Libraries(Target):
    """Variants: the `index.json`, and an `archive.zip`."""

    name = "libraries"
    suffix = ""

    def seeds(self, folder: Path) -> list[Given]:
        """The archive of a small release, and its index."""
        write_archive(hub_releases.write_release(folder / "release"), folder / "a.zip")
        archive = (folder / "a.zip").read_bytes()
        index = {"format_version": 1, "releases": [hub_releases.entry_of(archive)]}
        return [Given(_INDEX, json.dumps(index).encode()), Given(_ARCHIVE, archive)]

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to the JSON; or to the archive's bytes, its list, names or contents."""
        given = choice.choice(seeds)
        if given.variant == _INDEX:
            return Given(_INDEX, json_texts.damaged(given.data, choice))
        how = choice.random()
        if how < 0.2:
            return Given(_ARCHIVE, raw_bytes.damaged(given.data, choice))
        if how < 0.5:
            return Given(_ARCHIVE, other_directory(given.data, choice))
        with zipfile.ZipFile(io.BytesIO(given.data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        name = choice.choice(sorted(members))
        if how < 0.7:
            members[choice.choice((*_ELSEWHERE, words.text(choice)))] = members.pop(name)
        elif name.endswith(".json"):
            members[name] = json_texts.damaged(members[name], choice)
        else:
            members[name] = raw_bytes.damaged(members[name], choice)
        return Given(_ARCHIVE, _zip(members, choice))

    def parses(self, given: Given) -> bool:
        """Whether it is JSON, or an archive."""
        return json_texts.parses(given.data) if given.variant == _INDEX else zipfile.is_zipfile(io.BytesIO(given.data))

    def prepare(self, folder: Path) -> None:
        """The archive that a damaged index names."""
        made = folder / "made"
        write_archive(hub_releases.write_release(made), folder / "good.zip")
        shutil.rmtree(made)

    def run(self, given: Given, folder: Path) -> str:
        """Lists the library, gets each release that it names, and looks at what came."""
        library = folder / "library"
        shutil.rmtree(library, ignore_errors=True)
        library.mkdir()
        if given.variant == _INDEX:
            (library / INDEX).write_bytes(given.data)
            shutil.copyfile(folder / "good.zip", library / "small-1.zip")
        else:
            (library / "small-1.zip").write_bytes(given.data)
            (library / INDEX).write_text(
                json.dumps({"format_version": 1, "releases": [hub_releases.entry_of(given.data)]})
            )
        _, lines = list_library(str(library))
        for entry in parse_index((library / INDEX).read_bytes(), "index").releases[:3]:
            found = find_release(str(library), Wanted(entry.name, entry.version, withdrawn=True))
            try:
                get_release(found, folder / "out", lambda done, size: None)
                lines += sorted(str(path) for path in (folder / "out").rglob("*"))
            finally:
                shutil.rmtree(folder / "out", ignore_errors=True)
        return "\n".join(lines)


def _zip(members: dict[str, bytes], choice: random.Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", choice.choice((zipfile.ZIP_STORED,) * 4 + (zipfile.ZIP_DEFLATED,))) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name.encode("utf-8", "replace").decode())
            entry.external_attr = choice.choice((0o100644,) * 4 + (0o120777, 0o010644, 0)) << 16
            archive.writestr(entry, content, archive.compression)
    return stream.getvalue()


TARGET = Libraries()
