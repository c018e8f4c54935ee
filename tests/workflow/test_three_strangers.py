"""Three strangers on the phantom, and what each must be found to do: a copier, a blurrer, and real patients who are new.

Every stage runs on what `import-synthetic` made of their files, with a linear classifier.
"""

import json

import numpy as np
import pytest
from blank_figures import draw_nothing
from phantom_sets import NAMES, phantom_set
from strangers import blurrer, copier, hand_over, newcomers, write_dataset

from medgan_tf.config.evaluation import EvaluationConfig
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import ClassifierConfig, Experiment, ExternalConfig, FidConfig
from medgan_tf.data.dataset_settings import comparable_config
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
    "copier": {"privacy": "broken", "worse than the floor": False},
    "blurrer": {"privacy": "not broken", "worse than the floor": True},
    "newcomers": {"privacy": "not broken", "worse than the floor": False},
}
"""What each stranger does, in the words of the page."""


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
def test_privacy(results, name):
    experiment, _ = results[name]
    audit = read(experiment, "privacy")
    rows = {row["name"]: row["status"] for row in audit["verdicts"]}
    print(name, audit["gate"]["answer"], audit["gate"]["broken"], rows)
    assert ("broken" if audit["gate"]["broken"] else "not broken") == FOUND[name]["privacy"]
    # The other lines are shown, too, and none is left without an answer for want of another.
    assert len(rows) > 8


@pytest.mark.parametrize("name", FOUND)
def test_fidelity(results, name):
    experiment, _ = results[name]
    found = read(experiment, "fid-random")
    floor = found["floor"]
    print(name, json.dumps(floor, indent=1)[:1500])
    print(json.dumps({k: v for k, v in found.items() if k in ("metrics", "values", "kid", "fid")}, indent=1)[:1500])


@pytest.mark.parametrize("name", FOUND)
def test_gap(results, name):
    gap = results[name][1].over_seeds["gap"].values
    print(name, json.dumps(gap["gap"]["verdict"] if "gap" in gap else gap, indent=1)[:1500])
