"""Sets of synthetic images from elsewhere, in the formats of StyleGAN and MONAI: to the listing, and every image."""

import io
import json
import random
import zipfile
from pathlib import Path

import cv2
import numpy as np

from fuzzing import json_texts, raw_bytes
from fuzzing.target import Given, Target
from fuzzing.targets.archives import other_directory
from medgan_tf.registry import FORMATS
from medgan_tf.synthesis.external.settings import ExternalConfig

_NAMES = ("Edema", "Fracture")
_IMAGES = ("00000/img00000000.png", "00000/img00000001.png")
_ELSEWHERE = ("../../canary/x.png", "/etc/passwd", "a\\b.png", "c:/a.png", "x" * 1200 + ".png", "00000/", "a\n.png")
_PNG = cv2.imencode(".png", np.arange(64, dtype=np.uint8).reshape(8, 8))[1].tobytes()
_PACKED = {"stored.zip": zipfile.ZIP_STORED, "deflated.zip": zipfile.ZIP_DEFLATED}
_LIST = "list.json"


class Generators(Target):
    """Variants: archives that are `stored` and `deflated`, and a `list`."""

    name = "generators"
    suffix = ""

    def seeds(self, folder: Path) -> list[Given]:
        """Two images with label vectors, and with the numbers of classes."""
        found = []
        for labels in ([[1, 0], [0, 1]], [0, 1]):
            pairs = [[name, label] for name, label in zip(_IMAGES, labels, strict=True)]
            values = {"labels": pairs, "label_names": list(_NAMES)}
            members = {name: _PNG for name in _IMAGES} | {"dataset.json": json.dumps(values).encode()}
            found += [Given(variant, _zip(members, packed)) for variant, packed in _PACKED.items()]
            entries = [{"image": name, "label": label, "sex": "F", "age": 61} for name, label in pairs]
            values = {"labels": {"0": _NAMES[0], "1": _NAMES[1]}, "training": entries[:1], "validation": entries[1:]}
            found.append(Given(_LIST, json.dumps(values).encode()))
        return found

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to the bytes, to the list of an archive, to names of files, to an image, or to the JSON."""
        given = choice.choice(seeds)
        if given.variant == _LIST:
            return Given(given.variant, json_texts.damaged(given.data, choice))
        how = choice.random()
        if how < 0.2:
            return Given(given.variant, raw_bytes.damaged(given.data, choice))
        if how < 0.4:
            return Given(given.variant, other_directory(given.data, choice))
        with zipfile.ZipFile(io.BytesIO(given.data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        name = choice.choice(_IMAGES)
        if how < 0.7:
            members["dataset.json"] = json_texts.damaged(members["dataset.json"], choice)
        elif how < 0.85:
            members[choice.choice(_ELSEWHERE)] = members.pop(name)
        else:
            members[name] = choice.choice((raw_bytes.damaged(_PNG, choice), bytes(2**22), b""))
        packed = choice.choice((*_PACKED.values(), zipfile.ZIP_BZIP2))
        return Given(given.variant, _zip(members, packed))

    def parses(self, given: Given) -> bool:
        """Whether it is an archive, or JSON."""
        return json_texts.parses(given.data) if given.variant == _LIST else zipfile.is_zipfile(io.BytesIO(given.data))

    def prepare(self, folder: Path) -> None:
        """The images of the list."""
        for name in _IMAGES:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(_PNG)

    def run(self, given: Given, folder: Path) -> str:
        """Lists the images and reads all of them."""
        file = folder / given.variant
        file.write_bytes(given.data)
        kind = "monai" if given.variant == _LIST else "stylegan"
        listing = FORMATS.get(kind)(ExternalConfig(name="made", folder=str(file), format=kind), 1, _NAMES)
        shapes = {listing.read(number).shape for number in range(len(listing.images))}
        return f"{shapes} {listing.names} {[image.labels for image in listing.images]}"


def _zip(members: dict[str, bytes], packed: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packed) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


TARGET = Generators()
