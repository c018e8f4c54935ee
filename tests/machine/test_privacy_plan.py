"""The cost of a private training before it is begun: numbers by hand, and the accountant called directly."""

import json
import math
import subprocess
import sys

import pytest
from click.testing import CliRunner

from medgan_tf.accounting.epsilon import epsilon, epsilon_rdp
from medgan_tf.accounting.guarantee import Charges
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.machine.privacy_plan import TrainingFold, plan_privacy, privacy_text, training_fold
from medgan_tf.tools.plan import command

FOLD = TrainingFold(8_000, 20_000, 10)
# A step of 200 of 8,000 patients; 60,000 / 200 steps.
CHARGES = Charges(200 / 8_000, 2.0, 300, (24.0,), 1e-6)


def private(batch=200, images=60_000, channels=8, **dp):
    gan = {"loss": "non_saturating", "gradient_penalty": 0.0, "drift": 0.0, "mbstd_group_size": 1}
    gan |= {"base_channels": 32 * channels, "max_channels": channels}
    return Experiment(
        name="mine",
        data={"resolution": 32, "min_count": 0},
        gan=gan,
        training={"batch": batch, "total_images": images},
        privacy={"dp": {"noise_multiplier": 2.0, **dp}},
    )


def test_costs_are_the_accountants():
    plan = plan_privacy(private(), FOLD)
    assert (plan.units, plan.unit, plan.delta, plan.sampling_probability) == (8_000, "patient", 1e-5, 0.025)
    assert (plan.steps, plan.planned_steps, plan.expected_batch, plan.noise_multiplier) == (300, 300, 200, 2.0)
    assert plan.epsilon == epsilon(CHARGES, 1e-5)
    assert plan.epsilon_rdp == epsilon_rdp(CHARGES, 1e-5)
    assert plan.label_epsilon == epsilon(Charges(0.025, 2.0, 0, (24.0,), 1e-6), 1e-5)
    assert [steps for steps, _ in plan.by_quarter] == [75, 150, 225, 300]
    assert plan.by_quarter[1][1] == epsilon(Charges(0.025, 2.0, 150, (24.0,), 1e-6), 1e-5)
    assert plan.by_quarter[-1][1] == plan.epsilon
    assert (plan.target_epsilon, plan.noise_for_target, plan.warnings) == (None, None, ())
    assert math.ceil(plan.threshold) == 124


def test_noise_and_signal_by_hand():
    plan = plan_privacy(private(), FOLD)
    # 32x32 with 8 channels everywhere: 16 from the image; three blocks of 584 + 584 + 64; 656 and 1,032 at 4x4; 90 at
    # the end.
    assert plan.parameters == 16 + 3 * (584 + 584 + 64) + (9 * 9 * 8 + 8) + (16 * 64 + 8) + 90 == 5_490
    assert plan.noise_by_signal == pytest.approx(2.0 * math.sqrt(5_490) / 200)
    assert plan.parameters_known
    unknown = plan_privacy(private(), TrainingFold(8_000, 20_000))
    assert (unknown.parameters, unknown.parameters_known) == (5_490 - 9 * 9, False)
    assert "at least 5,409 parameters" in privacy_text(unknown)


def test_noise_that_drowns_the_signal_is_named():
    limit = 0.8 * 200 / math.sqrt(5_490)
    quiet = plan_privacy(private(noise_multiplier=round(limit - 0.01, 2)), FOLD)
    loud = plan_privacy(private(noise_multiplier=round(limit + 0.01, 2)), FOLD)
    assert quiet.warnings == ()
    (warning,) = loud.warnings
    assert warning.startswith("noise larger than signal")
    assert f"WARNING  {warning}" in privacy_text(loud)


def test_target_finds_its_noise():
    plan = plan_privacy(private(noise_multiplier=None, target_epsilon=0.8, combinations=["(none)"]), FOLD)
    assert plan.noise_multiplier == plan.noise_for_target
    below = Charges(0.025, plan.noise_multiplier - 0.01, 300, (24.0,))
    assert plan.epsilon <= 0.8 < epsilon(below, 1e-5)
    assert plan.threshold is None
    text = privacy_text(plan)
    assert f"noise    multiplier {plan.noise_multiplier:g}; epsilon 0.8 needs {plan.noise_multiplier:g}" in text
    assert "the combinations are public" in text


def test_a_target_that_ends_the_training_early():
    plan = plan_privacy(private(target_epsilon=0.6), FOLD)
    assert 0 < plan.steps < plan.planned_steps == 300
    assert plan.epsilon <= 0.6 < epsilon(Charges(0.025, 2.0, plan.steps + 1, (24.0,), 1e-6), 1e-5)
    assert plan.noise_for_target > 2.0
    assert any(f"after {plan.steps} of 300 steps" in one for one in plan.warnings)


def test_no_noise_is_no_guarantee():
    plan = plan_privacy(private(noise_multiplier=None, target_epsilon="inf"), FOLD)
    assert plan.epsilon == math.inf
    assert plan.warnings == ("no guarantee: epsilon is infinite",)
    assert plan.as_dict()["epsilon"] == plan.as_dict()["by_quarter"][0][1] == "inf"
    json.dumps(plan.as_dict(), allow_nan=False)


def test_delta_that_allows_to_show_a_patient():
    (warning,) = plan_privacy(private(delta=1 / 8_000), FOLD).warnings
    assert warning.startswith("delta is at least 1 / 8,000")


def test_units_are_images_where_it_says_so():
    plan = plan_privacy(private(unit="image"), FOLD)
    assert (plan.units, plan.unit, plan.sampling_probability) == (20_000, "image", 0.01)


def test_what_cannot_be_planned():
    with pytest.raises(ConfigError, match=r"privacy\.dp"):
        plan_privacy(Experiment(name="open"), FOLD)
    with pytest.raises(ConfigError, match="8,000"):
        plan_privacy(private(batch=8_001), FOLD)
    with pytest.raises(ConfigError, match="cannot be reached"):
        plan_privacy(private(noise_multiplier=None, target_epsilon=0.1), FOLD)
    with pytest.raises(ConfigError, match=r"evaluation\.fid"):
        values = private().model_dump(mode="json")
        values["evaluation"]["fid"]["during_training"] = "watch"
        plan_privacy(Experiment.model_validate(values), FOLD)


def prepared(folder, patients):
    counts = {"train": 5, "valid": 0, "test": 0}
    shard = {"file": "train-00000-of-00001.tfrecord", "fold": "train", "images": 5, "bytes": 1, "sha256": "0" * 64}
    Manifest(
        kind="real",
        name="mine",
        label_names=["A", "B", "C"],
        combinations=[{"labels": ["A"], "vector": [1, 0, 0], "train": 5}],
        images=counts,
        patients=patients,
        image_shape=[32, 32, 1],
        encoding="raw",
        shards=[shard],
    ).save(folder)


def test_size_of_the_fold(tmp_path):
    def experiment(**dp):
        values = private(**dp).model_dump(mode="json")
        values["data"]["dataset_dir"] = str(tmp_path)
        return Experiment.model_validate(values)

    assert training_fold(experiment(), 500) == TrainingFold(500, 500, None)
    with pytest.raises(DataError, match="--patients"):
        training_fold(experiment(), None)
    prepared(tmp_path, {"train": 2, "valid": 0, "test": 0})
    assert training_fold(experiment(), None) == TrainingFold(2, 5, 3)
    assert training_fold(experiment(), 500) == TrainingFold(500, 500, 3)
    prepared(tmp_path, None)
    with pytest.raises(DataError, match="patients are not known"):
        training_fold(experiment(), None)
    assert training_fold(experiment(unit="image"), None) == TrainingFold(5, 5, 3)


@pytest.fixture
def yaml_file(tmp_path):
    from medgan_tf.config.loading import dump_experiment

    path = tmp_path / "mine.yaml"
    path.write_text(dump_experiment(private()), encoding="utf-8")
    return str(path)


def test_command(yaml_file):
    result = CliRunner().invoke(command, [yaml_file, "--privacy", "--patients", "8000", "--json"])
    assert result.exit_code == 0, result.output
    (plan,) = json.loads(result.output)["privacy"]
    assert plan["epsilon"] == epsilon(CHARGES, 1e-5)
    text = CliRunner().invoke(command, [yaml_file, "--privacy", "--patients", "8000"]).output
    assert "8,000 patients, delta 1e-05" in text
    assert f"{plan['epsilon']:.3f} after 300 steps" in text


def test_options_that_do_not_go_together(yaml_file, tmp_path):
    alone = CliRunner().invoke(command, [yaml_file, "--patients", "8000"])
    assert alone.exit_code == 2
    assert "--privacy" in alone.output
    grid = tmp_path / "grid.yaml"
    grid.write_text("name: g\nexperiments: [mine.yaml]\n", encoding="utf-8")
    assert "is a grid" in CliRunner().invoke(command, [str(grid), "--privacy"]).output


def test_no_tensorflow(yaml_file):
    code = (
        "import sys\n"
        "from medgan_tf.config.loading import load_experiment\n"
        "from medgan_tf.machine.privacy_plan import plan_privacy, training_fold\n"
        f"experiment = load_experiment({yaml_file!r})\n"
        "plan_privacy(experiment, training_fold(experiment, 8000))\n"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras', 'pydicom')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_mean_embedding_is_one_release_without_steps():
    plan = plan_privacy(private(noise_multiplier=None, target_epsilon=2, embedding={}, combinations=["(none)"]), FOLD)
    alone = Charges(1.0, 0.0, 0, (24.0, plan.noise_multiplier))
    assert (plan.embedding, plan.steps, plan.planned_steps, plan.sampling_probability) == (True, 1, 1, 1.0)
    assert plan.epsilon == epsilon(alone, 1e-5) <= 2 and plan.noise_for_target == plan.noise_multiplier
    # No discriminator is trained, so no noise is to be held against its gradient.
    assert (plan.parameters, plan.noise_by_signal, plan.warnings) == (None, None, ())
    text = privacy_text(plan)
    assert "steps    none on real images: one mean embedding of all patients" in text and "signal" not in text
    assert f"epsilon  {plan.epsilon:.3f}; by RDP" in text


def test_a_mean_embedding_beyond_its_target():
    plan = plan_privacy(private(noise_multiplier=1.0, target_epsilon=2, embedding={}, combinations=["(none)"]), FOLD)
    (warning,) = plan.warnings
    assert plan.steps == 0 and warning.endswith(f"privacy.dp.noise_multiplier: {plan.noise_for_target:g}")
