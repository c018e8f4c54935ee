"""Evidence as stages of a workflow: done when asked for, once for the same inputs, and never in the way of the rest.

The synthetic images are copies of the real ones, so the audit must find a leak; training and generation have tests of
their own.
"""

import json
from pathlib import Path

import pytest
from blank_figures import draw_nothing
from tiny_classifier import offer_as_synthetic, tiny_backbone, tiny_experiment, write_drawings

from medgan_tf.classification import network
from medgan_tf.classification.conditions import SYNTHETIC
from medgan_tf.config.evaluation import EvaluationConfig
from medgan_tf.data.dataset_settings import comparable_config
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import ConfigError
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.evidence.neighbours.job import run_neighbours
from medgan_tf.evidence.neighbours.settings import NeighboursConfig
from medgan_tf.evidence.privacy.annex.input_hashes import Places
from medgan_tf.evidence.privacy.annex.verify import EQUAL, verify_annex
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.workflow import run as workflow
from medgan_tf.workflow.run import dry_run, run_evidence, run_workflow
from medgan_tf.workflow.stages import Classify

SECTIONS = {
    "neighbours": NeighboursConfig(queries=20, neighbours=2, shown=2),
    "privacy": PrivacyConfig(images=50, planted=10, smallest=10, bootstrap=100, listed=5, identity={"enabled": False}),
    "occlusion": OcclusionConfig(patch=16, images=2, bootstrap=100),
}
ALL = ["neighbours", "privacy", "occlusion"]
CLASSIFIED = ["classify seed 7", "classify seed 8"]
EVIDENCE = [f"{name} seed {seed}" for seed in (7, 8) for name in ALL]


def changed(experiment, section, **values):
    """The experiment with other values in one section of `evaluation`."""
    update = {section: getattr(experiment.evaluation, section).model_copy(update=values)}
    return experiment.model_copy(update={"evaluation": experiment.evaluation.model_copy(update=update)})


@pytest.fixture(scope="module", autouse=True)
def small_workflow():
    with pytest.MonkeyPatch.context() as patch:
        draw_nothing(patch)
        patch.setattr(network, "build_backbone", tiny_backbone)
        patch.setattr(workflow, "seed_stages", lambda: [Classify()])
        yield


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    dataset = write_drawings(folder / "dataset", per_combination=48)
    experiment = tiny_experiment(folder, 7, max_epochs=2)
    dataset.manifest.model_copy(update={"config": comparable_config(experiment.data)}).save(dataset.path)
    for seed in (7, 8):
        offer_as_synthetic(dataset, SYNTHETIC.folder(tiny_experiment(folder, seed)).synthetic)
    return experiment.model_copy(update={"evaluation": EvaluationConfig(**SECTIONS)})


@pytest.fixture(scope="module")
def result(experiment):
    return run_workflow(experiment, [7, 8], evidence=["occlusion", "neighbours", "privacy"])


def test_every_seed_after_all_classifiers(experiment, result):
    assert result.done == CLASSIFIED + EVIDENCE
    assert result.failed == {}
    assert list(result.evidence) == EVIDENCE
    for seed in (7, 8):
        folder = RunFolder.of(experiment.training.output, "drawings", "cpd", seed)
        record = json.loads((folder.stages / "privacy.json").read_text())
        assert list(record["inputs"]) == ["privacy", "dataset", "synthetic", "extractor", "checkpoint"]
        assert record["inputs"]["checkpoint"] == "" and len(record["inputs"]["extractor"]) == 64
        # The first seed's maps are compared with those of the second one's real classifier, and the other way round.
        occlusion = json.loads((folder.evaluation / "occlusion.json").read_text())
        assert list(occlusion["agreement_with_real"]) == ["synthetic-trained", "real-trained, other seed"]


def test_a_broken_limit_is_a_result(experiment, result):
    told = result.evidence["privacy seed 7"]
    assert told.startswith("limits broken: ") and "identical" in told and told.endswith("; not answered: discriminator")


def test_the_annex_of_an_audit_has_the_hashes_of_its_inputs(experiment, result):
    folder, dataset = RunFolder.of(experiment.training.output, "drawings", "cpd", 7), Path(experiment.dataset_dir)
    annex = folder.evaluation / "privacy-annex.html"
    checks = verify_annex(annex, Places(run=folder, train=dataset, held_out=dataset)).checks
    assert {check.state for check in checks} == {EQUAL}
    inputs = {"training images", "held-out images", "synthetic images", "weights of the feature extractor"}
    assert inputs <= {check.what for check in checks}


def test_again_there_is_nothing_to_do_and_it_is_told_again(experiment, result):
    again = run_workflow(experiment, [7, 8], evidence=ALL)
    assert again.done == [] and again.evidence == result.evidence
    plan = dry_run(experiment, [7, 8], evidence=ALL)
    assert plan == dict.fromkeys(["prepare", *CLASSIFIED, *EVIDENCE], "up to date")
    assert list(dry_run(experiment, [8])) == ["prepare", "classify seed 8"]


@pytest.mark.parametrize(
    ("section", "values", "to_do"),
    [
        ("neighbours", {"queries": 19}, {"neighbours seed 7": "to do (inputs changed: neighbours)"}),
        ("privacy", {"listed": 6}, {"privacy seed 7": "to do (inputs changed: privacy)"}),
        ("occlusion", {"images": 1}, {"occlusion seed 7": "to do (inputs changed: occlusion)"}),
        ("occlusion", {"batch": 7}, {}),
        ("neighbours", {"batch": 7, "download": True}, {}),
        ("privacy", {"extractor": "random"}, {"privacy seed 7": "to do (inputs changed: privacy, extractor)"}),
    ],
)
def test_only_the_settings_that_count_make_it_due(experiment, result, section, values, to_do):
    plan = dry_run(changed(experiment, section, **values), [7], evidence=ALL)
    assert {title: state for title, state in plan.items() if state != "up to date"} == to_do


def test_what_was_read_makes_it_due(experiment, result):
    run = RunFolder.of(experiment.training.output, "drawings", "cpd", 8)
    checkpoint = run.checkpoints / "images-00000000080"
    checkpoint.mkdir(parents=True)
    (checkpoint / "checkpoint.json").write_text("{}", encoding="utf-8")
    assert due(experiment) == {"privacy seed 8": "to do (inputs changed: checkpoint)"}
    # The checkpoint is none, which is an answer less and no failure.
    found = run_workflow(experiment, [7, 8], evidence=ALL)
    assert (found.done, found.failed) == (["privacy seed 8"], {})
    # A call of the command with options of its own writes to the same place.
    settings = SECTIONS["neighbours"].model_copy(update={"extractor": "random"})
    run_neighbours(experiment.model_copy(update={"seed": 8}), settings, run.evaluation)
    assert due(experiment) == {"neighbours seed 8": "to do (outputs missing or replaced)"}
    (run.evaluation / "occlusion.json").write_text("[", encoding="utf-8")
    assert due(experiment)["occlusion seed 8"] == "to do (its record or its outputs are damaged)"
    assert run_workflow(experiment, [8], evidence=ALL).done == ["neighbours seed 8", "occlusion seed 8"]


def due(experiment):
    plan = dry_run(experiment, [7, 8], evidence=ALL)
    return {title: state for title, state in plan.items() if state != "up to date"}


def test_another_synthetic_set_makes_everything_due_but_the_real_classifier(experiment, result):
    synthetic = RunFolder.of(experiment.training.output, "drawings", "cpd", 8).synthetic
    before = Manifest.load(synthetic)
    shards = [before.shards[0].model_copy(update={"sha256": "2" * 64}), *before.shards[1:]]
    before.model_copy(update={"shards": shards}).save(synthetic)
    try:
        assert due(experiment) == {
            "classify seed 8": "to do (inputs changed: synthetic)",
            "neighbours seed 8": "to do (inputs changed: synthetic)",
            "privacy seed 8": "to do (inputs changed: synthetic)",
            "occlusion seed 8": "to do (after classify seed 8)",
        }
    finally:
        before.save(synthetic)


def test_another_seed_that_is_coming_counts_for_importance_maps(experiment, result):
    """A smaller seed's real classifier becomes the one that the others are compared with."""
    run = RunFolder.of(experiment.training.output, "drawings", "cpd", 3)
    offer_as_synthetic(DatasetFolder(experiment.dataset_dir), run.synthetic)
    plan = dry_run(experiment, [3, 7], evidence=["occlusion"])
    assert plan == {
        "prepare": "up to date",
        "classify seed 3": "to do (not done yet)",
        "classify seed 7": "up to date",
        "occlusion seed 3": "to do (after classify seed 3)",
        "occlusion seed 7": "to do (after classify seed 3)",
    }
    larger = RunFolder.of(experiment.training.output, "drawings", "cpd", 9)
    run.synthetic.parent.rename(larger.path)
    assert dry_run(experiment, [7, 9], evidence=["occlusion"])["occlusion seed 7"] == "up to date"


def test_a_failure_stops_nothing_else(experiment, result):
    too_many = changed(changed(experiment, "neighbours", neighbours=97), "occlusion", images=1)
    found = run_workflow(too_many, [7], evidence=ALL)
    assert found.done == ["occlusion seed 7"]
    assert list(found.failed) == ["neighbours seed 7"]
    assert "at most the 96 training images. Received: 97" in found.failed["neighbours seed 7"]
    assert list(found.evidence) == ["privacy seed 7", "occlusion seed 7"]


def test_only_the_evidence_of_what_is_there(experiment, result):
    again = run_evidence(experiment, [8], ["neighbours"])
    assert (again.done, list(again.evidence), again.over_seeds) == ([], ["neighbours seed 8"], {})
    assert dry_run(experiment, [8], only=["privacy", "neighbours"]) == dict.fromkeys(
        ["prepare", "neighbours seed 8", "privacy seed 8"], "up to date"
    )
    nothing = run_evidence(experiment, [6], ["neighbours"])
    assert "has no generator" in nothing.failed["neighbours seed 6"]
    with pytest.raises(ConfigError, match="no evidence 'gap'; expected some of fid, neighbours, privacy, occlusion"):
        run_evidence(experiment, [8], ["gap"])


def test_mistakes_show_before_the_work(experiment, result):
    with pytest.raises(ConfigError, match="no evidence 'nearest'; expected some of neighbours, privacy, occlusion"):
        run_workflow(experiment, [7], evidence=["nearest"])
    unknown = changed(experiment, "occlusion", labels=("Ring",))
    with pytest.raises(ConfigError, match="no label 'Ring'; the dataset has Square, Disc"):
        run_workflow(unknown, [5], evidence=["occlusion"])
    plan = dry_run(unknown, [8], evidence=["occlusion"])
    assert plan["occlusion seed 8"].startswith("would fail: evaluation.occlusion.labels: no label 'Ring'")
    plan = dry_run(experiment, [5, 8], evidence=["privacy"])
    assert "has no generator" in plan["classify seed 5"]
    assert [plan[title] for title in ("classify seed 8", "privacy seed 5", "privacy seed 8")] == ["not reached"] * 3
