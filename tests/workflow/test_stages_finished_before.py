"""What was finished by version 0.1 is up to date today, and settings that change no result do not alter that.

`golden/version_0_1_settings` has the stage records, the run's config and the grid markers that it wrote.
"""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from medgan_tf.classification import conditions
from medgan_tf.classification.conditions import REAL, SYNTHETIC, baseline_conditions
from medgan_tf.classification.settings import BASELINES
from medgan_tf.config.loading import load_experiment
from medgan_tf.config.section import Changes, deciding
from medgan_tf.data.dataset_settings import comparable_config
from medgan_tf.evidence import question
from medgan_tf.evidence.fidelity import room as fidelity
from medgan_tf.evidence.privacy import room as privacy
from medgan_tf.files.result_files import write_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.registry import EVIDENCE
from medgan_tf.workflow import stages
from medgan_tf.workflow.stage import Stage, reason_to_do
from medgan_tf.workflow.stages import Classify, EvidenceStage, Generate, Train

ROOT = Path(__file__).resolve().parents[2]
BEFORE = ROOT / "tests" / "golden" / "version_0_1_settings"


@pytest.fixture
def context(tmp_path, monkeypatch):
    """The context of the run whose records lie in `golden`, with the hashes that they name."""
    folder = RunFolder(tmp_path)
    folder.stages.mkdir(parents=True)
    for name in ("train", "generate", "fid", "privacy"):
        shutil.copy(BEFORE / f"{name}.json", folder.stages)
    for module in (stages, conditions):
        monkeypatch.setattr(module, "content_sha256", lambda manifest: manifest)
    for module in (stages, fidelity, privacy):
        monkeypatch.setattr(module, "files_sha256", lambda path: "1" * 64 if path == folder.generator else "")
    synthetic = SimpleNamespace(manifest="2" * 64)
    monkeypatch.setattr(conditions, "synthetic_dataset", lambda folder: synthetic)
    monkeypatch.setattr(question, "extractor_sha256", lambda settings, classifier: "")

    def make(*overrides):
        experiment = load_experiment(BEFORE / "config.yaml", overrides)
        dataset = SimpleNamespace(path=tmp_path, manifest="0" * 64)
        return SimpleNamespace(
            experiment=experiment, folder=folder, trained=folder, real=folder, dataset=dataset, resume=True
        )

    return make


def reason(stage: Stage, context) -> str:
    """Why a stage has to be done; the outputs themselves are not there."""
    return reason_to_do(stage, context, stage.inputs(context))


def evidence(key: str) -> EvidenceStage:
    return EvidenceStage(EVIDENCE.get(key)())


@pytest.mark.parametrize("stage", [Train(), Generate(), evidence("fid"), evidence("privacy")], ids=lambda one: one.name)
def test_records_of_the_version_before(context, stage):
    assert reason(stage, context()) == "outputs missing or replaced"


MIXTURES = ("mix_0.5_0.5", "mix_1_0.5", "mix_1_1")
OLD_BASELINES = ("real", "synthetic", "augmented", "half_a", "half_b", "shuffled", *MIXTURES)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        # The default of today has baselines that version 0.1 did not know, and no longer `shuffled`.
        ([], ""),
        (["classifier.margin=0.02"], ""),
        (["classifier.baselines=[augmented, halves, shuffled]"], ""),
        (
            ["classifier.baselines=[trivial, augmented, halves, shuffled]"],
            "inputs changed: intensity_real, intensity_synthetic, pixels_real, pixels_synthetic",
        ),
        (["classifier.permutations=2"], None),
        (["classifier.baselines=[augmented, halves]"], "inputs changed: shuffled"),
    ],
)
def test_classifiers_of_the_version_before(context, monkeypatch, overrides, expected):
    """New baselines are made when a setting asks for them; nothing else asks."""
    monkeypatch.setattr(stages, "synthetic_dataset", lambda folder: SimpleNamespace(manifest="2" * 64))
    monkeypatch.setattr(stages, "is_finished", lambda condition, *_: condition.name in OLD_BASELINES)
    asked = [f"classifier.baselines=[{', '.join(BASELINES)}]", *overrides]

    def make(*settings):
        found = context("classifier.mixtures=[{real: 0.5, synthetic: 0.5}, {real: 1.0, synthetic: 0.5}, "
                        "{real: 1.0, synthetic: 1.0}]", *settings)  # fmt: skip
        found.conditions = [REAL, SYNTHETIC, *baseline_conditions(found.experiment.classifier)]
        return found

    before = make("classifier.baselines=[augmented, halves, shuffled]")
    inputs = Classify().inputs(before)
    assert tuple(inputs) == OLD_BASELINES
    write_json(before.folder.stages / "classify.json", {"stage": "classify", "key": "0", "inputs": inputs})
    found = reason(Classify(), make(*asked))
    assert found == expected if expected is not None else found.startswith("inputs changed: intensity_real")


@pytest.mark.parametrize(
    "override",
    [
        "training.steps_per_call=1",
        "training.profile_steps=[100, 120]",
        "training.watchdog.policy=rollback",
        "training.watchdog.score_limit=99.0",
        "training.sample_rows=3",
        "training.sample_columns=3",
        "training.checkpoint_ticks=1",
        "evaluation.fid.batch=8",
        "data.workers=3",
    ],
)
def test_what_changes_no_result_leaves_a_training_finished(context, override):
    assert reason(Train(), context(override)) == "outputs missing or replaced"


@pytest.mark.parametrize(
    ("stage", "override", "changed"),
    [
        (Train(), "training.total_images=240000", "training"),
        (Train(), "gan.growth.batch=[8]", "gan"),
        (Train(), "evaluation.fid.patience=3", "fid"),
        (Generate(), "generate.encoding=raw", "generate"),
        (Generate(), "generate.seed=5", "seed"),
        (evidence("fid"), "evaluation.fid.images=100", "fid"),
        (evidence("privacy"), "evaluation.privacy.images=100", "privacy"),
    ],
)
def test_what_changes_results_is_named(context, stage, override, changed):
    assert reason(stage, context(override)) == f"inputs changed: {changed}"


def test_settings_behind_hashes_are_those_of_the_version_before():
    """Classifiers and datasets keep only a hash of these values, so they must stay what they were, name by name."""
    classifier = deciding(load_experiment(BEFORE / "config.yaml").classifier, Changes.AFTERWARDS)
    classifier.pop("weights")
    assert classifier == json.loads((BEFORE / "classifier_settings.json").read_text())
    data = comparable_config(load_experiment(ROOT / "experiments" / "quickstart_ct.yaml").data)
    assert data == json.loads((BEFORE / "data_settings.json").read_text())
