"""Which images a generator from elsewhere was trained on: by hash, by ids of the hospital's table, or nobody knows."""

import pytest
from foreign_training import write_patients

from medgan_tf.config.schema import ExternalConfig
from medgan_tf.data.pseudonyms import load_pseudonyms
from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.trained_on import trained_images
from medgan_tf.synthesis.external.training_fold import training_sha256


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("patients")


@pytest.fixture(scope="module")
def patients(folder):
    """32 images; patients 0, 1, 4, 5, ... are in train, 2, 6, ... in valid, 3, 7, ... in test."""
    return write_patients(folder / "dataset", folder / "private")


def config(**values):
    return ExternalConfig(name="stylegan3", folder="made", **values)


def by_ids(tmp_path, patients, folder, ids, header="image_id", private=None):
    table = tmp_path / "ids.csv"
    table.write_text("\n".join([header, *ids]) + "\n")
    return trained_images(config(trained_on_ids=str(table)), patients, str(private or folder / "private"))


def refused(match, call, *arguments, **named):
    with pytest.raises(DataError, match=match) as error:
        call(*arguments, **named)
    assert "\n" not in str(error.value)


def test_nothing_is_said(patients):
    assert trained_images(config(), patients) is None
    other = trained_images(config(trained_on="other"), patients)
    # The reports say so themselves.
    assert (other.images, other.notes) == (frozenset(), ())


def test_the_hash_names_the_whole_training_fold(patients):
    found = trained_images(config(trained_on=training_sha256(patients)), patients)
    assert found.images == frozenset(patients.read_fold("train").image_ids) and len(found.images) == 16
    assert found.notes == ()


def test_the_hash_of_another_dataset_is_one_line(patients):
    refused(r"external.trained_on is ffffffffffff\.\.\., the training fold of .* is [0-9a-f]{12}\.\.\.: the generator "
            "was trained on another dataset, other folds or other labels",
            trained_images, config(trained_on="f" * 64), patients)  # fmt: skip
    refused("expected the hash that `medgan-tf export-folds` printed .* Received: 'stylegan'",
            trained_images, config(trained_on="stylegan"), patients)  # fmt: skip


def test_ids_are_mapped_with_the_secret(patients, folder, tmp_path):
    ids = ["raw-0a", " raw-1b ", "raw-0a", "raw-4a"]
    found = by_ids(tmp_path, patients, folder, ids)
    secret = load_pseudonyms(folder / "private")
    assert found.images == {secret.image(one) for one in ("raw-0a", "raw-1b", "raw-4a")}
    assert found.images < set(patients.read_fold("train").image_ids)
    assert found.notes == ("of the training fold the generator was trained on 3 of 16 images",)


def test_unknown_ids_and_held_out_ones_are_counted_and_said(patients, folder, tmp_path):
    found = by_ids(tmp_path, patients, folder, ["raw-0a", "raw-2a", "raw-2b", "raw-3a", "elsewhere-1", "elsewhere-2"])
    assert len(found.images) == 4
    assert found.notes == (
        "of the training fold the generator was trained on 1 of 16 images",
        "warning: 2 of the 6 images that the generator was trained on are not in this dataset; nothing is said of them",
        "warning: the generator was trained on held-out images, 2 of valid, 1 of test: they count as members, and what "
        "is measured on the held-out folds is too good",
    )


def test_tables_of_ids_that_cannot_be_used(patients, folder, tmp_path):
    refused("none of its 2 ids, e.g. 'x', is an image of", by_ids, tmp_path, patients, folder, ["x", "y"])
    refused("no column 'image_id'; found: id", by_ids, tmp_path, patients, folder, ["raw-0a"], "id")
    refused("row 3 has no image_id", by_ids, tmp_path, patients, folder, ["raw-0a,1", " ,2"], "image_id,n")
    both = config(trained_on="0" * 64, trained_on_ids="ids.csv")
    refused("say the same thing twice; remove one", trained_images, both, patients)


def test_no_new_secret_is_drawn(patients, folder, tmp_path):
    """A new secret would make pseudonyms that belong to nobody."""
    empty = tmp_path / "elsewhere"
    refused("the secret that turns them into pseudonyms is not in .*elsewhere; set data.private_dir",
            by_ids, tmp_path, patients, folder, ["raw-0a"], private=empty)  # fmt: skip
    assert not empty.exists()
