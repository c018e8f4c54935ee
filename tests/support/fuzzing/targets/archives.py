"""Archives of arrays in MedMNIST's form: to the table, and every image."""

import io
import random
import struct
import zipfile
from pathlib import Path

import numpy as np

from fuzzing import raw_bytes
from fuzzing.target import Given, Target
from medgan_tf.data.sources.medmnist.settings import Options
from medgan_tf.data.sources.medmnist.source import MedmnistSource

_COUNTS = {"train": 4, "val": 2, "test": 2}
_SHAPES = (
    "(4, 8, 8)",
    "(2**40, 8, 8)",
    "(-4, 8, 8)",
    "()",
    "(4, 8, 8, 3)",
    "(4, 8, 8, 8)",
    "(0, 8, 8)",
    "'x'",
    "[4]",
    "(True, 8)",
)
_TYPES = ("|u1", "<f8", "|O", "<U9", "<i8", "|S4", ">u2", "|V1", "b", "")


class Archives(Target):
    """Variants: arrays that are `stored`, and `deflated`."""

    name = "archives"
    suffix = ".npz"

    def seeds(self, folder: Path) -> list[Given]:
        """A few images of noise, grey and in colour."""
        random_numbers = np.random.default_rng(0)
        arrays = {}
        for fold, count in _COUNTS.items():
            arrays[f"{fold}_images"] = random_numbers.integers(0, 256, (count, 8, 8)).astype(np.uint8)
            arrays[f"{fold}_labels"] = random_numbers.integers(0, 2, (count, 1)).astype(np.uint8)
        colour = {
            name: np.repeat(array[..., None], 3, axis=3) if array.ndim == 3 else array for name, array in arrays.items()
        }
        return [
            Given(variant, _saved(save, one))
            for variant, save in (("stored", np.savez), ("deflated", np.savez_compressed))
            for one in (arrays, colour)
        ]

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to the bytes, to headers of arrays, to members, or to what the archive's directory says of them."""
        given = choice.choice(seeds)
        how = choice.random()
        if how < 0.2:
            return Given(given.variant, raw_bytes.damaged(given.data, choice))
        if how < 0.4:
            return Given(given.variant, other_directory(given.data, choice))
        with zipfile.ZipFile(io.BytesIO(given.data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        for _ in range(choice.choice((1, 1, 2))):
            name = choice.choice(sorted(members))
            members[name] = _other_array(members[name], choice)
            if choice.random() < 0.2:
                members[choice.choice((name[:-1], "../../canary/x.npy", "train_images", "x" * 300))] = members.pop(name)
        packed = choice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", packed) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return Given(given.variant, stream.getvalue())

    def parses(self, given: Given) -> bool:
        """Whether it is an archive."""
        return zipfile.is_zipfile(io.BytesIO(given.data))

    def run(self, given: Given, folder: Path) -> str:
        """Reads labels and all images."""
        file = folder / "pneumoniamnist.npz"
        file.write_bytes(given.data)
        source = MedmnistSource(str(file), Options())
        table = source.read_table()
        shapes = {source.read_image(path).shape for path in table.frame["path"]}
        return f"{shapes} {table.findings} {table.counts}"


def _saved(save, arrays: dict[str, np.ndarray]) -> bytes:
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


def _other_array(content: bytes, choice: random.Random) -> bytes:
    """An array whose header says something else, or that is shorter, longer or much longer."""
    how = choice.randrange(5)
    if how == 0:
        return raw_bytes.damaged(content, choice)
    if how == 1:
        return content + bytes(choice.choice((1, 1000, 2**22)))
    if how == 2:
        return content[: choice.randrange(len(content))]
    shape, kind = choice.choice(_SHAPES), choice.choice(_TYPES) if choice.random() < 0.5 else "|u1"
    header = f"{{'descr': {kind!r}, 'fortran_order': {choice.random() < 0.1}, 'shape': {shape}, }}\n".encode()
    version = choice.choice((b"\x01\x00", b"\x01\x00", b"\x02\x00", b"\x09\x09"))
    length = (
        struct.pack("<H", len(header)) if version[0] == 1 else struct.pack("<I", choice.choice((len(header), 2**31)))
    )
    return b"\x93NUMPY" + version + length + header + content[128:]


def other_directory(data: bytes, choice: random.Random) -> bytes:
    """Another number in the directory at the end of the archive: sizes, places, packing, flags."""
    changed = bytearray(data)
    places = [place for place in range(len(data) - 46) if data[place : place + 4] == b"PK\x01\x02"]
    place = choice.choice(places)
    where, form = choice.choice(((8, "<H"), (10, "<H"), (16, "<I"), (20, "<I"), (24, "<I"), (28, "<H"), (42, "<I")))
    number = choice.choice((0, 1, 8, 12, 2**16 - 1)) if form == "<H" else choice.choice((0, 1, 64, 2**31, 2**32 - 1))
    struct.pack_into(form, changed, place + where, number)
    return bytes(changed)


TARGET = Archives()
