"""An experiment with three generators, one of them external: stored predictions of five trainings, made-up results.

All three have the same real-trained classifiers. `cpd` has the synthetic predictions of `predictions/alike` (true gap
0), `progressive` those of `predictions/worse` (true gap 0.14). `stylegan3` has those of real-trained classifiers of
another seed, so its true gap is 0 too.
"""

import copy
import json
import shutil
from pathlib import Path

import yaml
from result_files import fidelity, privacy, run_folder, verdict, write
from tiny_classifier import tiny_experiment

from medgan_tf.classification.predictions import read_predictions
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.measure import measure_gap
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.result_files import plain

STORED = Path(__file__).parents[1] / "evidence" / "utility" / "predictions"
SEEDS = (1000, 1001, 1002, 1003, 1004)
GENERATORS = ("cpd", "progressive", "stylegan3")
EXTERNAL = {"name": "stylegan3", "owner": "a vendor", "version": "3.1", "gpu_hours": 12.5, "parameters": None}


def stored_file(generator, seed):
    """The synthetic predictions of a generator."""
    if generator == "stylegan3":
        return STORED / "alike" / f"seed{SEEDS[(SEEDS.index(seed) + 1) % len(SEEDS)]}-real.csv"
    return STORED / {"cpd": "alike", "progressive": "worse"}[generator] / f"seed{seed}-synthetic.csv"


def distances(kid, error=0.0001, protocol="", **floor):
    """A `fid-<extractor>.json` with a KID and its error."""
    found = copy.deepcopy(fidelity())
    ends = [kid - 2 * error, kid + 2 * error]
    found["metrics"]["kid"] = {"value": kid, "interval": ends, "standard_error": error, "units": [100, 100]}
    found["protocol"] = protocol or found["protocol"]
    return found


def write_gap(experiment, generator, seeds=SEEDS):
    """`gap.json` of the predictions that lie in the runs."""
    scores = []
    for seed in seeds:
        real, own = STORED / "alike" / f"seed{seed}-real.csv", stored_file(generator, seed)
        files = {"real": real, "synthetic": own}
        read = {name: read_predictions(path) for name, path in files.items()}
        scores.append(SeedScores(seed, read, {name: sha256_of(path) for name, path in files.items()}))
    found = measure_gap(tiny_experiment(experiment, seed=1000), scores)
    names = {"experiment": experiment.name, "architecture": generator}
    write(experiment / f"{generator}-gap" / "gap.json", plain(found | names))


def write_generators(experiment, generators=GENERATORS, seeds=SEEDS):
    """Runs with their classifiers' predictions, gaps, KID and audits of the first seeds. Returns the folder."""
    kid = {"cpd": 0.002, "progressive": 0.006, "stylegan3": 0.0022}
    audits = {"cpd": None, "progressive": [verdict("copies", "broken"), verdict("distance image", "undecided")]}
    for generator in generators:
        for number, seed in enumerate(seeds):
            own = {"fid-classifier": distances(kid[generator] + 0.0001 * number)}
            if number == 0:
                own["privacy"] = privacy(audits.get(generator))
            run = run_folder(experiment / f"{generator}-seed{seed}", seed, **own)
            (run / "classifier").mkdir()
            shutil.copy(stored_file(generator, seed), run / "classifier" / "predictions.csv")
            if generator == "stylegan3":
                make_external(run)
            else:
                card = run / "generator" / "assets" / "generator.json"
                card.write_text(json.dumps(json.loads(card.read_text()) | {"parameters": 25_147_396}))
        write_gap(experiment, generator, seeds)
    return experiment


def make_external(run, **values):
    """The run of a generator from elsewhere: no training, and section `external` in its settings."""
    for name in ("metrics.jsonl", "environment.json"):
        (run / name).unlink()
    shutil.rmtree(run / "generator")
    config = yaml.safe_load((run / "config.yaml").read_text())
    (run / "config.yaml").write_text(yaml.safe_dump(config | {"external": EXTERNAL | values}))
