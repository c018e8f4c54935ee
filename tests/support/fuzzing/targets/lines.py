"""Result files of rooms, and the line that `medgan-tf run` shows of each."""

import random
from pathlib import Path

from fuzzing import json_texts
from fuzzing.target import Given, Target
from medgan_tf.evidence.question import RunEvidence
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.registry import EVIDENCE

_GOLDEN = Path(__file__).parents[3] / "golden" / "version_0_1" / "runs" / "small" / "cpd-seed1" / "evaluation"


class Lines(Target):
    """Variants are the keys of evidence."""

    name = "lines"
    suffix = ".json"

    def seeds(self, folder: Path) -> list[Given]:
        """The results of version 0.1."""
        rooms = [key for key in EVIDENCE.names() if isinstance(EVIDENCE.get(key)(), RunEvidence)]
        files = {key: sorted(_GOLDEN.glob(f"{key}*.json")) for key in rooms}
        return [Given(key, found[0].read_bytes()) for key, found in files.items() if found]

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to the JSON."""
        given = choice.choice(seeds)
        return Given(given.variant, json_texts.damaged(given.data, choice))

    def parses(self, given: Given) -> bool:
        """Whether it is a JSON object."""
        return json_texts.parses(given.data)

    def run(self, given: Given, folder: Path) -> str:
        """The line of the room."""
        run = RunFolder(folder / f"cpd-{given.variant}-seed1")
        name = "fid-random.json" if given.variant == "fid" else f"{given.variant}.json"
        run.evaluation.mkdir(parents=True, exist_ok=True)
        (run.evaluation / name).write_bytes(given.data)
        return EVIDENCE.get(given.variant)().summary(run)


TARGET = Lines()
