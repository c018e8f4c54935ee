"""A GAN with `gan.conditions`, from training to a synthetic set that carries sex, age and view of its images."""

import json
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from shapes_dataset import small_experiment, write_shapes
from small_settings import SMALL

import medgan_tf
from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import GenerateConfig
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.conditions.training import conditioned_fold, gan_conditions, label_vectors
from medgan_tf.errors import DataError, RunError
from medgan_tf.evidence.generated_set import generated_set
from medgan_tf.evidence.image_sets import fold_set
from medgan_tf.evidence.privacy.membership.discriminator_scores import checkpoint_discriminator
from medgan_tf.files.json_files import read_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.registry import GANS
from medgan_tf.synthesis.generate import generate_dataset
from medgan_tf.synthesis.labels import check_drawable, drawn_labels, frequency_labels, label_table, real_labels
from medgan_tf.training import record
from medgan_tf.training.callbacks.samples import sample_rows
from medgan_tf.training.export import generator_card
from medgan_tf.training.loop import make_gan, train
from medgan_tf.workflow.stages import Train

NAMES = ("sex=F", "sex=M", "age=18-39", "age=40-64")
CONFIG = GenerateConfig(minimum_patients=2)


def about(number):
    return ("FM"[number % 2], (30, 50)[number % 3 == 0], "PA")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_shapes(tmp_path_factory.mktemp("conditions") / "dataset", about=about)


def experiment_in(folder, name="dcgan", conditions=("sex", "age_bin"), **training):
    gan = {"architecture": name, **SMALL[name], "conditions": list(conditions)}
    made = small_experiment(folder, gan=gan, **{"total_images": 32, "images_per_tick": 32, **training})
    return made.model_copy(update={"generate": CONFIG})


@pytest.fixture(scope="module")
def experiment(dataset, tmp_path_factory):
    made = experiment_in(tmp_path_factory.mktemp("run"))
    train(made, dataset)
    return made


@pytest.fixture(scope="module")
def generator(experiment):
    return medgan_tf.load_generator(run_folder(experiment).generator)


def make(generator, table, folder):
    return generate_dataset(generator, table, folder, CONFIG, seed=3, name="shapes", run="cpd-seed7")


def test_the_generator_takes_covariates_by_name(generator):
    assert generator.label_names == ("Square", "Disc") and generator.column_names == ("Square", "Disc", *NAMES)
    vectors = generator.label_vectors(["Disc", "age=40-64", "sex=M"], count=3)
    assert vectors.tolist() == [[0, 1, 0, 1, 0, 1]] * 3
    images = generator.sample(vectors, seed=1)
    np.testing.assert_array_equal(images, generator.sample(vectors, seed=1))
    other = generator.label_vectors(["Disc", "age=40-64", "sex=F"], count=3)
    assert not np.array_equal(images, generator.sample(other, seed=1))
    with pytest.raises(ValueError, match="name one of sex=F, sex=M. Received: 0 of them"):
        generator.label_vectors(["Disc", "age=40-64"])
    with pytest.raises(ValueError, match=r"unknown labels. Received: \['sex=O'\]; known: Square, Disc, sex=F, sex=M"):
        generator.label_vectors(["Disc", "sex=O"])
    with pytest.raises(ValueError, match=r"shape \[N, 6\], one column each for Square, Disc, sex=F"):
        generator.sample(np.ones((1, 2)), seed=1)


def test_the_card_names_columns_and_no_rare_combination(experiment, dataset, generator):
    """Rounded to multiples of 2; with 10 patients as the smallest number, no combination is frequent enough."""
    named = {one.labels for one in generator.combinations}
    assert ("Square", "sex=F", "age=18-39") in named
    assert all(one.train % 2 == 0 and one.train > 0 and one.fewer_than == 0 for one in generator.combinations)
    strict = experiment.model_copy(update={"generate": GenerateConfig(minimum_patients=8)})
    card = generator_card(strict, dataset, 0)
    assert card["combinations"] == [] and card["label_names"] == ["Square", "Disc", *NAMES]
    empty = generator.combinations
    generator.combinations = ()
    with pytest.raises(DataError, match="names no combination of labels and covariates that is frequent enough"):
        frequency_labels(generator, {"train": 5}, 1)
    generator.combinations = empty
    plain = generator_card(experiment_in(dataset.path.parent, conditions=()), dataset, 0)
    assert plain["label_names"] == ["Square", "Disc"] and "conditions" not in plain


def test_a_set_with_the_real_labels_carries_the_real_covariates(generator, dataset, tmp_path):
    made = make(generator, label_table(dataset, CONFIG, 1, generator), tmp_path / "made")
    for fold in ("train", "valid"):
        real = dataset.read_covariates(fold)
        assert made.read_covariates(fold)[["sex", "age"]].equals(real[["sex", "age"]])
        np.testing.assert_array_equal(made.read_labels(fold), dataset.read_labels(fold))
    stored, source = made.manifest.covariates, dataset.manifest.covariates
    assert list(stored.counts) == ["sex", "age"]
    assert {group: counts["train"] for group, counts in stored.counts["sex"].items()} == {
        group: counts["train"] for group, counts in source.counts["sex"].items()
    }
    assert stored.positives["sex"]["F"]["Disc"]["train"] == source.positives["sex"]["F"]["Disc"]["train"]
    # An image has the covariates that its generator was asked for.
    expected = generated_set(generator, fold_set(dataset, ("train",), "real"), 3, 8, lambda *_: None)
    assert expected.covariates["sex"].equals(real_covariates := dataset.read_covariates("train")["sex"])
    assert len(real_covariates) == len(expected) and expected.label_names == ("Square", "Disc")


def test_other_covariates_make_other_images_and_another_set(generator, dataset, tmp_path):
    table = real_labels(dataset, ("train",), generator.conditions)
    swapped = table.covariates["train"].assign(sex=table.covariates["train"]["sex"].map({"F": "M", "M": "F"}))
    one, two = (make(generator, part, tmp_path / name) for name, part in
                (("a", table), ("b", replace(table, covariates={"train": swapped}))))  # fmt: skip
    assert one.manifest.build_hash != two.manifest.build_hash
    assert not np.array_equal(one.read_fold("train").images, two.read_fold("train").images)
    with pytest.raises(DataError, match=r"trained with the conditions sex=F, .*; the table of labels has \(none\)"):
        make(generator, real_labels(dataset, ("train",)), tmp_path / "c")


def test_drawn_combinations_of_labels_and_covariates(generator, dataset, tmp_path):
    """36 images are drawn; each combination occurs in the training fold, and ages are spread over a band."""
    rare = ("Disc|sex=M|age=40-64", "Square|Disc|sex=F|age=40-64")
    table = drawn_labels(dataset, CONFIG.model_copy(update={"rare_combinations": rare}), 1, generator.conditions)
    vectors = {tuple(one) for one in table.vectors("train", slice(None)).tolist()}
    real = real_labels(dataset, ("train",), generator.conditions).vectors("train", slice(None))
    assert len(table.folds["train"]) == 36
    assert vectors <= {tuple(one) for one in real.tolist()} and len(vectors) > 6
    assert len(set(table.covariates["train"]["age"])) > 10 and set(table.covariates["train"]["sex"]) == {"F", "M"}
    made = make(generator, table, tmp_path / "drawn")
    assert made.manifest.synthesis.labels == "drawn"
    assert made.read_covariates("train")["age"].tolist() == table.covariates["train"]["age"].tolist()


def test_rare_combinations_of_labels_and_covariates_are_refused(generator, dataset):
    """Without covariates each combination has 12 patients; with them fewer than 8."""
    config = GenerateConfig(labels="drawn", minimum_patients=8)
    check_drawable(dataset, config)
    with pytest.raises(DataError, match=r"12 label combinations have fewer than 8 .*sex=.*gan.conditions"):
        check_drawable(dataset, config, generator.conditions)
    named = config.model_copy(update={"rare_combinations": ("Disc|sex=F|age=18-39",)})
    with pytest.raises(DataError, match="11 label combinations"):
        check_drawable(dataset, named, generator.conditions)


def test_labels_by_frequency_of_the_card(generator):
    table = frequency_labels(generator, {"train": 200}, 1)
    known = {tuple(one.vector.tolist()) for one in generator.combinations}
    assert {tuple(one) for one in table.vectors("train", slice(None)).tolist()} == known
    assert table.folds["train"].shape == (200, 2) and len(table.covariates["train"]) == 200


def test_the_discriminator_scores_images_with_their_covariates(experiment, dataset):
    scores, fold = checkpoint_discriminator(experiment, dataset), dataset.read_fold("train")
    covariates = dataset.read_covariates("train")
    found = scores(fold.images, fold.labels, covariates)
    assert found.shape == (36,) and np.isfinite(found).all()
    other = scores(fold.images, fold.labels, covariates.assign(sex="F"))
    assert (np.abs(found - other)[(covariates["sex"] == "M").to_numpy()] > 0).any()
    with pytest.raises(DataError, match="no sex and no age of the images is known"):
        scores(fold.images, fold.labels, None)


def test_a_run_with_other_columns_is_not_resumed(experiment, dataset):
    """The columns depend on `generate.minimum_patients` too, which is no setting of the training."""
    folder = run_folder(experiment)
    assert read_json(folder.dataset)["conditions"] == list(NAMES)
    record.check_same_conditions(folder, gan_conditions(experiment, dataset))
    with pytest.raises(RunError, match="trained with other columns of gan.conditions: sex=F, .* -> none; set generate"):
        record.check_same_conditions(folder, Conditions())
    with pytest.raises(RunError, match="none -> sex=F, sex=M, age=18-39, age=40-64"):
        record.check_same_conditions(RunFolder(folder.path / "other"), gan_conditions(experiment, dataset))


def test_pictures_show_combinations_with_covariates(dataset, experiment):
    conditions = gan_conditions(experiment, dataset)
    fold = conditioned_fold(dataset, "train", conditions)
    names, _, labels = sample_rows(dataset, fold, 2, 3, conditions)
    assert len(names) == 2 and all(name.count("|") >= 2 for name in names) and labels.shape == (6, 6)
    plain = sample_rows(dataset, dataset.read_fold("train"), 2, 3)
    assert all("sex" not in name for name in plain[0]) and plain[2].shape == (6, 2)


@pytest.mark.parametrize("name", GANS.names())
def test_every_architecture_is_told_the_covariates(name, dataset, tmp_path):
    made = experiment_in(tmp_path, name, total_images=96)
    vectors = label_vectors(dataset, "train", gan_conditions(made, dataset))[:2]
    gan = make_gan(made, dataset, vectors, tf.distribute.get_strategy())
    assert gan.label_count == 6 and gan.label_table.combinations.shape[1] == 6
    for variable in gan.generator.trainable_variables:
        variable.assign(keras.random.normal(variable.shape, seed=1))
    z, swapped = np.ones((2, gan.config.latent_size), np.float32), vectors[:, [0, 1, 3, 2, 4, 5]]
    one, two = (np.asarray(gan.generator([z, labels], training=True)) for labels in (vectors, swapped))
    assert not np.allclose(one, two, atol=1e-4)


def test_the_stage_is_done_again_for_other_columns_only(experiment, dataset):
    def inputs(one):
        return Train().inputs(SimpleNamespace(experiment=one, dataset=dataset))

    assert inputs(experiment)["conditions"] == list(NAMES)
    plain = inputs(experiment_in(dataset.path.parent, conditions=()))
    assert "conditions" not in plain and "conditions" not in json.dumps(plain)
