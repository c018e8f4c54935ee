"""A generator from its weights: without the code that trains, and the same images as the SavedModel's bit for bit."""

import json
import shutil

import numpy as np
import pytest
import warm_python
from small_settings import SMALL

import medgan_tf
from medgan_tf.errors import DataError
from medgan_tf.gans import build_gan
from medgan_tf.gans.exported.weights import ARCHITECTURE, WEIGHTS
from medgan_tf.synthesis.load import generator_sha256, load_generator
from medgan_tf.training.export import export_generator

LABELS = np.array([[1, 0], [0, 1], [1, 1]], np.float32)


def card(**changes):
    sizes = {"resolution": 16, "latent_size": SMALL["cpd"]["latent_size"]}
    return {"label_names": ["Square", "Disc"], "combinations": [], **sizes, **changes}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A whole export; to be read, not changed."""
    folder = tmp_path_factory.mktemp("load") / "generator"
    gan = build_gan("cpd", resolution=16, label_count=2, **SMALL["cpd"])
    random = np.random.default_rng(1)
    for variable in gan.generator.variables:
        variable.assign(variable + 0.2 * random.standard_normal(variable.shape))
    gan.reset_average()
    export_generator(gan, folder, card())
    return folder


def only(folder, target, *names):
    """A copy of some of the files of an export."""
    target.mkdir()
    for name in names:
        copy = shutil.copytree if (folder / name).is_dir() else shutil.copyfile
        copy(folder / name, target / name)
    return target


PROGRAM, NUMBERS = ("saved_model.pb", "variables", "assets"), (ARCHITECTURE, WEIGHTS, "assets")


def test_weights_and_saved_model_give_the_same_images(folder, tmp_path):
    """Every other architecture: tests/training/test_architectures.py."""
    program = load_generator(only(folder, tmp_path / "program", *PROGRAM), trust=True)
    numbers = medgan_tf.load_generator(only(folder, tmp_path / "numbers", *NUMBERS))
    images = numbers.sample(LABELS, seed=3)
    assert images.dtype == np.uint8 and images.std() > 1
    np.testing.assert_array_equal(images, program.sample(LABELS, seed=3))
    z = np.random.default_rng(0).standard_normal((3, numbers.latent_size)).astype(np.float32)
    np.testing.assert_array_equal(numbers.generate(z, LABELS), program.generate(z, LABELS))
    assert numbers.sha256() == generator_sha256(numbers.path) == generator_sha256(folder) != program.sha256()
    assert numbers.file_sha256() == "" != program.file_sha256()


def test_it_needs_no_code_that_trains_or_reads_data(folder, tmp_path):
    """And no SavedModel, and none of the package's code that could load one is called."""
    numbers = only(folder, tmp_path / "numbers", *NUMBERS)
    script = f"""
import sys
import numpy as np
missing = ["training", "workflow", "evidence", "data.sources", "data.prepare", "release", "hub", "config.schema"]
missing = ["medgan_tf." + name for name in missing]
sys.modules.update(dict.fromkeys(missing))
import medgan_tf, medgan_tf.saved_models.loading as door
door.load_inspected = door.tf.saved_model.load = None
generator = medgan_tf.load_generator({str(numbers)!r})
np.save({str(tmp_path / "out.npy")!r}, generator.sample(generator.label_vectors(["Disc"], 2), seed=1))
for name in missing:
    try:
        __import__(name)
        raise SystemExit(name + " was there")
    except ImportError:
        pass
assert not [name for name in sys.modules if name.startswith("medgan_tf.gans.gan")]
"""
    done = warm_python.run(["-c", script], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    generator = load_generator(folder)
    expected = generator.sample(generator.label_vectors(["Disc"], 2), seed=1)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), expected)


def test_a_saved_model_is_loaded_only_for_who_trusts_it(folder, tmp_path):
    program = only(folder, tmp_path / "program", *PROGRAM)
    with pytest.raises(DataError, match=r"holds no weights.safetensors .*trust=True or --trust") as caught:
        medgan_tf.load_generator(program)
    assert "\n" not in str(caught.value)
    assert medgan_tf.load_generator(program, trust=True).label_names == ("Square", "Disc")


def test_a_program_beside_the_weights_is_not_looked_at(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "generator")
    (copy / "saved_model.pb").write_bytes(b"nonsense")
    images = load_generator(copy, trust=True).sample(LABELS, seed=3)
    np.testing.assert_array_equal(images, load_generator(folder).sample(LABELS, seed=3))


@pytest.mark.parametrize(
    "changes", [{"resolution": 32}, {"latent_size": 5}, {"label_names": ["Square"]}], ids=lambda changes: [*changes][0]
)
def test_a_card_of_another_generator_is_refused(folder, tmp_path, changes):
    numbers = only(folder, tmp_path / "numbers", *NUMBERS)
    (numbers / "assets" / "generator.json").write_text(json.dumps(card(**changes)))
    with pytest.raises(DataError, match="its card promises resolution, labels and latent size"):
        load_generator(numbers)


def test_half_an_export_is_no_generator(folder, tmp_path):
    half = only(folder, tmp_path / "half", WEIGHTS, "assets")
    with pytest.raises(DataError, match="no generator in .*expected weights.safetensors and architecture.json"):
        load_generator(half)
    assert generator_sha256(half) == ""
