"""Three strangers on the phantom, and what is found of each: a copier, a blurrer, and new real patients.

Every stage runs on what `import-synthetic` made of their files, with a linear classifier.
"""

import json

import pytest
from blank_figures import draw_nothing
from phantom_sets import NAMES, phantom_set
from strangers import blurrer, copier, hand_over, newcomers, write_dataset

from medgan_tf.config.evaluation import EvaluationConfig
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import ClassifierConfig, Experiment, ExternalConfig, FidConfig
from medgan_tf.data.dataset_settings import comparable_config
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.synthesis.external.training_fold import training_sha256
from medgan_tf.workflow.run import run_workflow

SIDE = 16
FOLDS = ("train",) * 80 + ("valid",) * 20 + ("test",) * 40
NEW = 60
PRIVACY = PrivacyConfig(
    extractor="random", images=100, planted=10, smallest=10, bootstrap=100, listed=5, identity={"enabled": False}
)
FOUND = {
    "copier": {
        "broken": ["authenticity", "copies", "data_copying", "density patient", "distance patient", "reidentification"],
        "worse than the floor": False,
        "gap": "open",
    },
    "blurrer": {"broken": [], "worse than the floor": True, "gap": "open"},
    "newcomers": {"broken": [], "worse than the floor": False, "gap": "open"},
}
"""What is found of each stranger: rows of the audit, distance to the real images, and the gap. The same images come
with each seed, so that one training is seen, and no gap is called equivalent."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A dataset of 140 phantom patients with one image each, and 60 patients who are not in it."""
    folder = tmp_path_factory.mktemp("strangers")
    drawn = phantom_set("patients", (len(FOLDS) + NEW) // 2, 11, side=SIDE)
    images, labels = drawn.images[..., 0], drawn.labels
    experiment = Experiment(
        name="strangers",
        seed=7,
        data={"resolution": SIDE, "dataset_dir": str(folder / "dataset")},
        training={"output": str(folder / "runs"), "tensorboard": False},
        classifier=ClassifierConfig(architecture="linear", weights="none", baselines=(), mixtures=()),
        evaluation=EvaluationConfig(fid=FidConfig(extractor="random", images=100, bootstrap=10), privacy=PRIVACY),
    )
    known = len(FOLDS)
    patients = [f"patient {number}" for number in range(known)]
    config = comparable_config(experiment.data)
    dataset = write_dataset(folder / "dataset", images[:known], labels[:known], patients, FOLDS, NAMES, config)
    given = {
        "copier": copier(dataset, 1),
        "blurrer": blurrer(dataset, 1),
        "newcomers": newcomers(images[known:], labels[known:], 0.2),
    }
    for name, made in given.items():
        hand_over(made, NAMES, folder / "given" / name)
    return experiment, dataset, folder / "given"


@pytest.fixture(scope="module")
def results(base):
    """`run` of each stranger."""
    experiment, dataset, given = base
    trained, done = training_sha256(dataset), {}
    with pytest.MonkeyPatch.context() as patch:
        draw_nothing(patch)
        for name in FOUND:
            trained_on = "other" if name == "newcomers" else trained
            external = ExternalConfig(name=name, folder=str(given / name), trained_on=trained_on)
            one = experiment.model_copy(update={"external": external})
            done[name] = (one, run_workflow(one, [7], baselines=False, evidence=["privacy"]))
    return done


def read(experiment, name):
    return json.loads((run_folder(experiment).evaluation / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FOUND)
def test_every_stage_ran(results, name):
    experiment, result = results[name]
    assert result.failed == {}
    assert result.done[0] == "import seed 7" and "privacy seed 7" in result.done


@pytest.mark.parametrize("name", FOUND)
def test_findings(results, name):
    experiment, result = results[name]
    audit, fidelity = read(experiment, "privacy"), read(experiment, "fid-random")
    mmd, floor = fidelity["metrics"]["mmd"], fidelity["floor"]
    found = {
        "broken": sorted(audit["gate"]["broken"]),
        # Shown to differ, and farther from the real images than held-out real ones at the same number.
        "worse than the floor": mmd["p_no_difference"] < 0.05 and floor["synthetic"]["mmd"] > floor["real"]["mmd"],
        "gap": result.over_seeds["gap"].values["verdict"]["against"],
    }
    assert found == FOUND[name]


@pytest.mark.parametrize("name", FOUND)
def test_the_other_lines_are_shown(results, name):
    """Whatever is broken, every row has its answer; who was trained on others is not asked for members."""
    experiment, result = results[name]
    rows = {row["name"]: row for row in read(experiment, "privacy")["verdicts"]}
    assert {"identical", "copies", "label_inference", "rare_labels", "combinations"} <= set(rows)
    assert rows["identical"]["status"] == "holds" and all(row["words"] for row in rows.values())
    asked = {"distance patient", "density patient"} if name != "newcomers" else {"distance", "density"}
    assert asked <= set(rows)
    if name == "newcomers":
        assert {rows[one]["status"] for one in asked} == {"not run"}
    (interval,) = result.over_seeds["gap"].values["gap"]["mean"]["each_seed"]
    # Neither real patients who are new nor copies of the known ones have a gap.
    assert name == "blurrer" or interval["low"] <= 0 <= interval["high"]


@pytest.mark.parametrize("name", FOUND)
def test_what_the_import_found(results, name):
    """The checks refuse none of them: they look for mistakes of hand-over, not for bad generators."""
    experiment, _ = results[name]
    origin = DatasetFolder(run_folder(experiment).synthetic).manifest.synthesis.external
    assert origin.accepted == [] and {one["status"] for one in origin.checks} <= {"right", "undecided"}
    assert {one["name"]: one["status"] for one in origin.checks}["orientation"] == "right"
