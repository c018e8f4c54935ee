"""Open values are the paper's as soon as there is an experiment, and what was given is still known."""

from medgan_tf.config.loading import dump_experiment, load_experiment, written_values
from medgan_tf.config.paper_values import as_given, filled
from medgan_tf.config.schema import Experiment, GanConfig, TrainingConfig


def test_each_architecture_has_its_own():
    def values(architecture, resolution):
        experiment = Experiment(name="x", data={"resolution": resolution}, gan={"architecture": architecture})
        gan, training = experiment.gan, experiment.training
        return gan.base_channels, gan.loss, gan.n_critic, training.discriminator_learning_rate

    assert values("cpd", 32) == (16384, "wasserstein", 1, 0.005)
    assert values("biggan", 32) == (512, "hinge", 2, 0.04)
    assert values("biggan", 128) == (2048, "hinge", 2, 0.04)


def test_given_values_stay():
    experiment = Experiment(name="x", gan=GanConfig(latent_size=7, drift=0.0), training=TrainingConfig(batch=12))
    assert (experiment.gan.latent_size, experiment.gan.drift, experiment.gan.max_channels) == (7, 0.0, 512)
    assert experiment.training.batch == 12
    # There is nothing that the paper used for these.
    assert experiment.training.learning_rate_half_life is experiment.gan.augmentation is None


def test_the_section_as_it_was_given():
    given = GanConfig(latent_size=7, loss=None, architecture="biggan")
    experiment = Experiment(name="x", gan=given)
    assert experiment.gan.loss == "hinge"
    assert as_given(experiment.gan) == given
    assert as_given(experiment.training) == TrainingConfig()
    # Filled once more, nothing changes.
    assert filled(experiment.gan, object()) == experiment.gan


def test_a_dumped_experiment_is_complete(tmp_path):
    (tmp_path / "x.yaml").write_text("name: x\n")
    experiment = load_experiment(tmp_path / "x.yaml", ["gan.architecture=biggan"])
    (tmp_path / "y.yaml").write_text(dump_experiment(experiment))
    assert "latent_size: 120\n" in (tmp_path / "y.yaml").read_text()
    assert load_experiment(tmp_path / "y.yaml") == experiment


def test_values_behind_hashes_are_those_of_the_file():
    values = written_values(Experiment(name="x", gan=GanConfig(latent_size=512)))
    assert (values["gan"]["latent_size"], values["gan"]["loss"], values["training"]["batch"]) == (512, None, None)
    assert "original_code" not in values and "batch_norm_momentum" not in values["classifier"]
    assert "original_code" in written_values(Experiment(name="x", original_code=True))
