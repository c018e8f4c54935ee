"""Manifests of dataset folders, without the images."""

import random
from pathlib import Path

from fuzzing import json_texts
from fuzzing.target import Given, Target
from medgan_tf.data.records.manifest import FILE_NAME, Manifest

_GOLDEN = Path(__file__).parents[3] / "golden" / "version_0_1"


class ManifestFile(Target):
    """Variants: `real` and `synthetic` images."""

    name = "manifest"
    suffix = ".json"

    def seeds(self, folder: Path) -> list[Given]:
        """Manifests of version 0.1, and the same as today's version writes them."""
        folders = {"real": _GOLDEN / "datasets/small", "synthetic": _GOLDEN / "runs/small/cpd-seed1/synthetic"}
        found = [Given(kind, (path / FILE_NAME).read_bytes()) for kind, path in folders.items()]
        return found + [Given(kind, Manifest.load(path).to_json().encode()) for kind, path in folders.items()]

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to the JSON."""
        given = choice.choice(seeds)
        return Given(given.variant, json_texts.damaged(given.data, choice))

    def parses(self, given: Given) -> bool:
        """Whether it is a JSON object."""
        return json_texts.parses(given.data)

    def run(self, given: Given, folder: Path) -> str:
        """Loads it, and compares it with what is read after writing."""
        (folder / FILE_NAME).write_bytes(given.data)
        manifest = Manifest.load(folder)
        again = folder / "again"
        manifest.save(again)
        if Manifest.load(again).to_json() != manifest.to_json():
            raise AssertionError("read again, the manifest is another one")
        return manifest.to_json()


TARGET = ManifestFile()
