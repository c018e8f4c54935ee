"""The course of the training: which runs have none of their own."""

import yaml
from result_files import experiment_folder

from medgan_tf.reporting.curves import training_section
from medgan_tf.reporting.results import read_results


def missing(folder):
    return [one.where for one in training_section(read_results(folder, []), False).missing]


def test_a_run_without_a_training_of_its_own_lacks_none(tmp_path):
    """Seed 1 trained the generator; seed 2 has its images, and seed 3 those of a generator from elsewhere."""
    folder = experiment_folder(tmp_path / "phantom", "cpd", (1, 2, 3), None)
    for run in folder.glob("cpd-seed*"):
        (run / "metrics.jsonl").unlink()
    assert missing(folder) == ["cpd-seed1", "cpd-seed2", "cpd-seed3"]
    for seed, more in ((1, {}), (2, {}), (3, {"external": {"name": "cpd", "folder": "x"}})):
        file = folder / f"cpd-seed{seed}" / "config.yaml"
        config = yaml.safe_load(file.read_text())
        config.setdefault("generate", {})["generator_seed"] = None if seed == 3 else 1
        file.write_text(yaml.safe_dump(config | more))
    assert missing(folder) == ["cpd-seed1"]
