"""Experiment files: read, written back and read again."""

import functools
import random
import shutil
from pathlib import Path

import yaml

from fuzzing import raw_bytes, trees, words
from fuzzing.target import Given, Target
from medgan_tf.config.loading import dump_experiment, load_experiment, written_values
from medgan_tf.config.run_folders import run_folder

# Those written in C are quicker, where they are there.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_EXPERIMENTS = Path(__file__).parents[4] / "experiments"
_FILES = (
    "quickstart",
    "quickstart_ct",
    "quickstart_biggan",
    "own_data",
    "chexpert_classes_6",
    "rsna_samples_100_overfit",
)
_KEYS = ("data.root", "seed", "gan.architecture", "training.batch", "data.options", "name", "evaluation.fid", "extends")
_PIECES = (
    "%YAML 1.1\n---\n",
    "---\n",
    "...\n",
    "extends: ../canary/secret.yaml\n",
    "extends: experiment.yaml\n",
    "extends: quickstart.yaml\n",
    "a: &x [1]\nb: *x\n",
    "<<: {name: x}\n",
    "name: !!python/object/apply:os.system [id]\n",
    "name: !!binary aGk=\n",
    "name: !!set {a, b}\n",
    "name: !x y\n",
    "? [a, b]\n: c\n",
    "name: |\n  x\n  y\n",
    "name: >-\n\tx\n",
    "name: '\n",
    "{a: 1, a: 2}\n",
    "name: twice\nname: twice\n",
    "\tname: x\n",
    "# \u202e\n",
)


class Config(Target):
    """Variants: `file`, an experiment file; `base`, one that another file extends; `set`, a text for `--set`."""

    name = "config"
    suffix = ".yaml"
    # `extends:` may name any file.
    reads_outside = True

    def seeds(self, folder: Path) -> list[Given]:
        """Experiments of the project, as they are written and with every key."""
        paths = [_EXPERIMENTS / f"{name}.yaml" for name in _FILES]
        whole = [dump_experiment(load_experiment(path)).encode() for path in paths[:3]]
        found = [
            Given(variant, data) for variant in ("file", "base") for data in (*map(Path.read_bytes, paths), *whole)
        ]
        return [*found, Given("set", b"training.batch=8"), Given("set", b"data.options={modality: head}")]

    def prepare(self, folder: Path) -> None:
        """An experiment that extends the input, and those that an input may extend."""
        for path in _EXPERIMENTS.glob("*.yaml"):
            shutil.copy(path, folder)
        (folder / "upper.yaml").write_text(
            "extends: experiment.yaml\nseed: 5\ndata: {min_count: 3}\n", encoding="utf-8"
        )

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Mostly damage to the values, which stay YAML."""
        given = choice.choice(seeds)
        if given.variant == "set":
            value = words.with_raw(_dumped(trees.value(choice), choice)).strip()
            text = f"{choice.choice(_KEYS)}{choice.choice(('=', '=', '.x=', ''))}{value}"
            return Given("set", text.encode("utf-8", "surrogatepass"))
        if choice.random() < 0.1:
            return Given(given.variant, raw_bytes.damaged(given.data, choice))
        tree = trees.damaged(_tree(given.data), choice, choice.choice((1, 1, 2, 3)))
        text = words.with_raw(_dumped(tree, choice))
        if choice.random() < 0.15:
            lines = text.splitlines(keepends=True)
            lines.insert(choice.randrange(len(lines) + 1), choice.choice(_PIECES))
            text = "".join(lines)
        return Given(
            given.variant, text.encode(choice.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig")), "surrogatepass")
        )

    def parses(self, given: Given) -> bool:
        """Whether it is a YAML mapping; a text for `--set` needs a key and a value that is YAML."""
        data = given.data.partition(b"=")[2] if given.variant == "set" else given.data
        try:
            found = yaml.load(data, Loader=_LOADER)
        except (yaml.YAMLError, ValueError, RecursionError):
            return False
        return given.variant == "set" or isinstance(found, dict)

    def run(self, given: Given, folder: Path) -> str:
        """Loads it, and compares it with what is read after writing."""
        if given.variant == "set":
            text = given.data.decode("utf-8", "surrogatepass")
            experiment = load_experiment(folder / "quickstart.yaml", [text])
        else:
            (folder / "experiment.yaml").write_bytes(given.data)
            experiment = load_experiment(folder / {"file": "experiment.yaml", "base": "upper.yaml"}[given.variant])
        written_values(experiment)
        text = dump_experiment(experiment)
        (folder / "again.yaml").write_text(text, encoding="utf-8")
        again = load_experiment(folder / "again.yaml")
        if again != experiment:
            raise AssertionError(f"read again, the experiment is another one:\n{text}")
        return f"{text}\n{run_folder(experiment).path}\n{experiment.dataset_dir}"


@functools.cache
def _tree(data: bytes) -> object:
    return yaml.load(data, Loader=_LOADER)


def _dumped(tree: object, choice: random.Random) -> str:
    how = {"sort_keys": False, "allow_unicode": choice.random() < 0.7}
    how["default_flow_style"] = choice.choice((False, False, None, True))
    try:
        return yaml.dump(tree, Dumper=_DUMPER, **how)
    except UnicodeEncodeError:
        # Half of a surrogate pair.
        return yaml.dump(tree, Dumper=yaml.SafeDumper, **how)


TARGET = Config()
