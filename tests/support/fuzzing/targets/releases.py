"""Cards, result files and manifests of released folders, with a manifest that was made again."""

import random
from pathlib import Path

from small_release import small_release

from fuzzing import json_texts
from fuzzing.target import Given, Target
from medgan_tf.release.manifest import write_manifest
from medgan_tf.release.verification import verify_release

_FILES = {"card": "card.json", "gap": "evidence/gap.json", "privacy": "evidence/privacy.json",
          "fidelity": "evidence/fid-classifier.json", "manifest": "MANIFEST.json"}  # fmt: skip


class ReleaseFile(Target):
    """Variants: the files of `_FILES`; all others are whole."""

    name = "releases"
    suffix = ".json"

    def __init__(self) -> None:
        self._whole: dict[str, bytes] = {}

    def seeds(self, folder: Path) -> list[Given]:
        """The files of a small release."""
        release = small_release(folder / "release")
        self._whole = {variant: (release / name).read_bytes() for variant, name in _FILES.items()}
        return [Given(variant, content) for variant, content in self._whole.items()]

    def prepare(self, folder: Path) -> None:
        """The release in which each input takes the place of a file."""
        small_release(folder / "release")

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to the JSON."""
        given = choice.choice(seeds)
        return Given(given.variant, json_texts.damaged(given.data, choice))

    def parses(self, given: Given) -> bool:
        """Whether it is a JSON object."""
        return json_texts.parses(given.data)

    def run(self, given: Given, folder: Path) -> str:
        """Verifies the release. A file that differs must never leave a release that holds."""
        release, whole = folder / "release", self._whole[given.variant]
        path = release / _FILES[given.variant]
        path.write_bytes(given.data)
        try:
            if given.variant != "manifest":
                write_manifest(release)
            found = verify_release(release)
        finally:
            path.write_bytes(whole)
            write_manifest(release)
        if given.data != whole and given.variant != "manifest" and not found.exit_code:
            raise AssertionError("a changed file is not named")
        return "\n".join([*found.problems, *found.unchecked, found.summary])


TARGET = ReleaseFile()
