"""Files of private trainings, made up from a given guarantee: no training and no TensorFlow."""

import json

import yaml
from result_files import write

from medgan_tf.accounting.guarantee import Charges, Guarantee
from medgan_tf.files.run_folders import RunFolder

CHARGES = Charges(0.02, 1.1, 1200, (24.0,), 1e-6)
DP = {"target_epsilon": 3.0, "noise_multiplier": None, "clip": 1.0, "unit": "patient", "tried_runs": 1,
      "public_start": None, "public_start_origin": None}  # fmt: skip


def guarantee(epsilon=3.0, delta=1e-5, unit="patient", charges=CHARGES, **values):
    """A guarantee; an infinite epsilon has no noise."""
    if epsilon == float("inf"):
        charges = Charges(charges.sampling_probability, 0.0, charges.steps, charges.releases, charges.extra_delta)
    rest = {"declared_public": ("the number of patients, 8,000",), "accountant": "dp-accounting 0.6.0, PLD at 1e-4"}
    return Guarantee(epsilon, epsilon * 1.1, delta, unit, 8000, charges, **(rest | values))


def make_private(run, found, images=True, covers_labels=True, **terms):
    """Turns a made-up run into a private one with this guarantee, everywhere where it is written."""
    run = RunFolder(run)
    config = yaml.safe_load(run.config.read_text())
    target = "inf" if found.epsilon == float("inf") else found.epsilon
    config["privacy"] = {"dp": DP | {"target_epsilon": target, "unit": found.unit} | terms}
    run.config.write_text(yaml.safe_dump(config))
    values = found.as_json()
    noise = {"draws": found.charges.steps, "forks": 0}
    write(run.guarantee, {"guarantee": values, "label_counts": None, "noise": noise, "format_version": 1})
    card = run.generator / "assets" / "generator.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"guarantee": values}))
    if images:
        synthesis = {"run": run.path.name, "generator_sha256": "0" * 64, "seed": 1, "labels": "drawn"}
        synthesis |= {"guarantee": values, "covers_labels": covers_labels}
        write(run.synthetic / "manifest.json", {"synthesis": synthesis})
    return run.path


def canary_figures(canaries=1000, **figures):
    """The figures that an audit with canaries keeps of its lower bound on epsilon: 70 of 100 guesses are right."""
    epsilon = {"bound": 0.3, "ceiling": 4.0, "canaries": canaries, "guesses": 100, "right": 70, "tried": 4,
               "delta": 1e-5, "confidence": 0.95, "attack": "density", "claimed": None,
               "needed_for_epsilon_10": 65987}  # fmt: skip
    return {"canaries": {"canaries": canaries, "in": canaries // 2, "out": canaries // 2,
                         "epsilon": epsilon | figures}}  # fmt: skip
