"""Every experiment that is shipped loads strictly, says what it is, and gives networks that fit its data."""

from pathlib import Path

import numpy as np
import pytest

from medgan_tf.config.loading import dump_experiment, load_experiment
from medgan_tf.gans.resolve import checked_experiment

FOLDER = Path(__file__).resolve().parents[2] / "experiments"
FILES = sorted(FOLDER.glob("*.yaml"))

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def no_roots(monkeypatch):
    roots = ("CHEXPERT", "RSNA", "NIH", "PADCHEST", "VINDR", "RSNA_PNEUMONIA", "MIMIC_CXR", "SIIM")
    for name in (*(f"{root}_ROOT" for root in roots), "MEDMNIST", "OWN_DATA"):
        monkeypatch.delenv(name, raising=False)


def load(name, *overrides):
    return load_experiment(FOLDER / f"{name}.yaml", overrides)


@each_file
def test_loads_and_round_trips(path, tmp_path):
    experiment = load_experiment(path)
    assert experiment.name == path.stem
    (tmp_path / "config.yaml").write_text(dump_experiment(experiment), encoding="utf-8")
    assert load_experiment(tmp_path / "config.yaml") == experiment


@each_file
def test_options_are_those_of_the_source(path):
    data = load_experiment(path).data
    options = data.source_options()
    assert data.options.items() <= options.model_dump(mode="json").items()


@each_file
def test_opens_with_what_to_expect(path):
    header = path.read_text(encoding="utf-8").split("\nname:")[0].splitlines()
    assert all(line.startswith("#") for line in header)
    starts = [line[2:11].strip() for line in header]
    for word in ("Paper:", "Command:", "Cost:", "Expected:"):
        assert word in starts, f"{path.name}: the header lacks {word}"
    assert any(f"experiments/{path.name}" in line or "my.yaml" in line for line in header if "Command:" in line)


def test_all_are_here():
    names = {path.stem for path in FILES}
    assert names >= {"quickstart", "quickstart_ct", "quickstart_progressive", "quickstart_biggan", "quickstart_private"}
    assert names >= {"chexpert_samples_3000", "rsna_samples_3000", "own_data"}
    assert names >= {"pneumoniamnist", "chestmnist", "padchest", "vindr", "siim", "rsna_pneumonia", "mimic_cxr"}


@pytest.mark.parametrize(
    "name, combinations, train, rest",
    [("chexpert_samples_3000", 3, 9000, 2250), ("rsna_samples_3000", 6, 18000, 3000)],
)
def test_paper_table_s1(name, combinations, train, rest):
    """Rows of Table S1: label combinations, training images, validation and test images."""
    subset = load(name).data.subset
    assert subset.kind == "samples"
    assert subset.combinations == combinations
    assert subset.combinations * subset.train_per_combination == train
    assert subset.combinations * subset.valid_per_combination == rest
    assert subset.combinations * subset.test_per_combination == rest


@pytest.mark.parametrize("name", ["chexpert_samples_3000", "rsna_samples_3000"])
def test_paper_training(name):
    """Paper S.2.2 and S.3."""
    experiment = load(name)
    gan, training = experiment.gan, experiment.training
    assert (gan.architecture, gan.latent_size, gan.base_channels, gan.max_channels) == ("cpd", 512, 16384, 512)
    assert (gan.gradient_penalty, gan.drift, gan.mbstd_group_size) == (10.0, 0.001, 4)
    assert (training.batch, training.total_images, training.ema_decay) == (256, 12_000_000, 0.999)
    assert training.generator_learning_rate == training.discriminator_learning_rate == 0.005
    assert (training.beta_1, training.beta_2, training.epsilon) == (0.0, 0.99, 1e-8)
    assert training.precision == "float32"
    assert experiment.data.resolution == 32


@pytest.mark.parametrize("name", ["chexpert_samples_3000", "rsna_samples_3000"])
def test_one_setting_changes_the_gan(name):
    """Paper S.2.1 and S.2.3; everything but the architecture stays as it is in the file."""
    from medgan_tf.registry import GANS

    growing = load(name, "gan.architecture=progressive")
    assert (growing.gan.latent_size, growing.gan.base_channels, growing.gan.loss) == (512, 8192, "wasserstein")
    phases = GANS.settings("progressive").plan_phases(growing.gan, 32, growing.training)
    assert [(phase.resolution, phase.batch, phase.generator_learning_rate) for phase in phases[::2]] == [
        (8, 256, 0.001),
        (16, 128, 0.001),
        (32, 64, 0.001),
    ]
    assert phases[-1].end == pytest.approx(12_000_000, abs=256)
    discarded = load(name, "gan.architecture=biggan")
    assert (discarded.gan.latent_size, discarded.gan.max_channels, discarded.gan.n_critic) == (120, 256, 2)
    assert (discarded.gan.loss, discarded.training.batch) == ("hinge", 256)
    rates = (discarded.training.generator_learning_rate, discarded.training.discriminator_learning_rate)
    assert rates == (0.01, 0.04)


def test_paper_stop():
    """Paper S.3, and the variant that is to overfit (Figure 3)."""
    for name in ("chexpert_samples_3000", "rsna_samples_3000"):
        fid = load(name).evaluation.fid
        assert (fid.during_training, fid.extractor, fid.images) == ("stop", "inception", 10_000)
        assert (fid.every_images, fid.minimum_images, fid.patience) == (400_000, 7_000_000, 2)
    overfit = load("rsna_samples_100_overfit")
    assert (overfit.evaluation.fid.during_training, overfit.training.total_images) == ("watch", 14_000_000)
    subset = overfit.data.subset
    assert (subset.combinations * subset.train_per_combination, subset.combinations * subset.valid_per_combination) == (
        600,
        3000,
    )


def test_paper_data_rules():
    """Paper S.1."""
    chest, brain = load("chexpert_samples_3000").data, load("rsna_samples_3000").data
    assert (chest.min_count, brain.min_count) == (256, 100)
    assert (chest.no_finding_images, brain.no_finding_images) == (None, 107_365)
    assert chest.fold_fractions == brain.fold_fractions == (0.8, 0.1, 0.1)
    assert (chest.policy.uncertain, chest.policy.blank, chest.policy.without_positive) == (
        "positive",
        "negative",
        "drop",
    )
    assert chest.options["frontal_only"] is True


def test_folders_come_from_the_environment(monkeypatch):
    assert load("rsna_samples_3000").data.root == "data/rsna"
    monkeypatch.setenv("RSNA_ROOT", "elsewhere")
    assert load("rsna_samples_3000").data.root == "elsewhere"


@pytest.mark.parametrize("name", ["quickstart", "quickstart_ct"])
def test_quickstarts_need_no_download_and_one_width(name):
    experiment = load(name)
    assert experiment.data.source == "phantom"
    gan = experiment.gan
    assert all(min(gan.base_channels / 2**stage, gan.max_channels) == 32 for stage in range(6))


def test_the_private_quickstart_promises_what_it_says():
    """A thousand steps at epsilon 10 for patients; nothing in its discriminator mixes examples."""
    experiment = load("quickstart_private")
    dp = experiment.privacy.dp
    assert (dp.target_epsilon, dp.unit, dp.public_selection) == (10, "patient", True)
    assert experiment.training.batch == dp.expected_batch == 512
    assert len(dp.combinations) == experiment.data.subset.combinations == 6
    assert experiment.training.total_images == 1_000 * dp.expected_batch
    assert (experiment.gan.architecture, experiment.gan.mbstd_group_size) == ("dcgan", 1)
    assert checked_experiment(experiment) is experiment
    assert experiment.generate.labels == "drawn" and not experiment.generate.reject


def different_networks():
    """One file for each pair of `gan` section and resolution: the rows of the paper's table share their networks."""
    found = {}
    for path in FILES:
        experiment = load_experiment(path)
        found.setdefault((experiment.data.resolution, experiment.gan.model_dump_json()), path)
    return list(found.values())


@pytest.mark.parametrize("path", different_networks(), ids=lambda path: path.stem)
def test_networks_fit(path):
    from medgan_tf.gans import build_gan

    experiment = load_experiment(path)
    resolution = experiment.data.resolution
    options = experiment.gan.model_dump(exclude={"architecture"}) | {"max_channels": 8, "latent_size": 4}
    gan = build_gan(experiment.gan.architecture, resolution=resolution, label_count=3, **options)
    images = gan.generator([np.zeros((2, 4), "float32"), np.ones((2, 3), "float32")])
    assert images.shape == (2, resolution, resolution, 1)
