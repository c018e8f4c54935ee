"""Result files of runs, and the report that is made from them."""

import functools
import random
import shutil
from pathlib import Path

import pytest
import yaml
from blank_figures import draw_nothing

from fuzzing import json_texts, raw_bytes, trees
from fuzzing.target import Given, Target
from medgan_tf.reporting.write import write_report

_GOLDEN = Path(__file__).parents[3] / "golden" / "version_0_1" / "runs"
_EXPERIMENT, _RUN = "small", "cpd-seed1"
_FILES = (
    *(
        f"{_RUN}/evaluation/{name}.json"
        for name in ("fid-random", "neighbours", "occlusion", "privacy", "reader_study")
    ),
    *("cpd-gap/gap.json", f"{_RUN}/config.yaml", f"{_RUN}/environment.json", f"{_RUN}/metrics.jsonl"),
    *(f"{_RUN}/stages/privacy.json", f"{_RUN}/stages/train.json", f"{_RUN}/classifier/result.json"),
    *("real-seed1/classifier/result.json", f"{_RUN}/events.jsonl", f"{_RUN}/generator/assets/generator.json"),
    "status.json",
)
_MADE = {
    f"{_RUN}/events.jsonl": b'{"images_seen": 40, "event": "stop", "cause": "loss", "values": [1.5]}\n' * 3,
    f"{_RUN}/generator/assets/generator.json": b'{"seed": 1, "images_seen": 80, "label_names": ["Edema"]}',
}
# How often each is tried: to draw all figures takes a hundred times as long as a report of one file.
_WAYS = {"alone": 40, "whole": 5, "drawn": 1}
_SHORT_CONFIG = b"name: small\nseed: 1\ndata: {source: phantom, root: phantom, resolution: 16}\ngan: {loss: hinge}\n"


class Results(Target):
    """Variants: a way and a file. `alone`: in an empty run; `whole`: among all others; `drawn`: with figures."""

    name = "results"
    suffix = ""

    def __init__(self) -> None:
        self._patch: pytest.MonkeyPatch | None = None

    def seeds(self, folder: Path) -> list[Given]:
        """The files of version 0.1."""
        found = []
        for file in _FILES:
            data = _MADE.get(file) or (_place(_GOLDEN, file)).read_bytes()
            found += [Given(f"{way}.{file.replace('/', '+')}", data) for way in _WAYS]
        return found

    def prepare(self, folder: Path) -> None:
        """A folder with all files, and one for each file that is used alone."""
        keep = shutil.ignore_patterns("*.tfrecord", "state.*", "predictions.csv")
        shutil.copytree(_GOLDEN, folder / "whole", ignore=keep)
        for file in _FILES:
            run = folder / "alone" / file.replace("/", "+") / _EXPERIMENT / _RUN
            run.mkdir(parents=True)
            (run / "config.yaml").write_bytes(_SHORT_CONFIG)

    def first(self, seeds: list[Given]) -> list[Given]:
        """One report of everything."""
        return [seed for seed in seeds if seed.variant.startswith("whole.")][:1]

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to the JSON or YAML."""
        given = choice.choices(seeds, [_WAYS[one.variant.partition(".")[0]] for one in seeds])[0]
        if not given.variant.endswith(".yaml"):
            return Given(given.variant, json_texts.damaged(given.data, choice))
        if choice.random() < 0.1:
            return Given(given.variant, raw_bytes.damaged(given.data, choice))
        text = yaml.safe_dump(trees.damaged(_tree(given.data), choice), allow_unicode=True)
        return Given(given.variant, text.encode("utf-8", "surrogatepass"))

    def parses(self, given: Given) -> bool:
        """Whether it is a JSON object, or a YAML mapping."""
        if not given.variant.endswith(".yaml"):
            return json_texts.parses(given.data)
        try:
            return isinstance(yaml.safe_load(given.data), dict)
        except (yaml.YAMLError, ValueError, RecursionError):
            return False

    def run(self, given: Given, folder: Path) -> str:
        """Writes the report."""
        way, _, name = given.variant.partition(".")
        file = name.replace("+", "/")
        runs = folder / "alone" / name if way == "alone" else folder / "whole"
        before = _swapped(runs, file, given.data)
        self._draw(way == "drawn")
        shutil.rmtree(folder / "report", ignore_errors=True)
        try:
            whole = runs if file == "status.json" else runs / _EXPERIMENT
            shown = whole if file.startswith(("cpd-gap", "status", "real")) else whole / _RUN
            report = write_report(shown, folder / "report")
            return "\n".join([report.files[0].read_text(encoding="utf-8"), *report.problems])
        finally:
            _place(runs, file).unlink() if before is None else _place(runs, file).write_bytes(before)

    def _draw(self, really: bool) -> None:
        if self._patch is not None and really:
            self._patch.undo()
            self._patch = None
        elif self._patch is None and not really:
            self._patch = pytest.MonkeyPatch()
            draw_nothing(self._patch)


def _place(runs: Path, file: str) -> Path:
    return runs / ".grid" / "tiny" / file if file == "status.json" else runs / _EXPERIMENT / file


def _swapped(runs: Path, file: str, data: bytes) -> bytes | None:
    """Puts the input in the place of a file, and returns what was there."""
    path = _place(runs, file)
    before = path.read_bytes() if path.is_file() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return before


@functools.cache
def _tree(data: bytes) -> object:
    return yaml.safe_load(data)


TARGET = Results()
