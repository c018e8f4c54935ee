"""A generator out of a library gives the images that it gave before; hostile ones are not loaded."""

import hashlib
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from hostile_models import Model, write_model
from hub_releases import tree, write_release
from small_settings import SMALL

import medgan_tf
from medgan_tf.errors import DataError
from medgan_tf.gans import build_gan
from medgan_tf.gans.exported.weights import ARCHITECTURE, WEIGHTS, write_stored_generator
from medgan_tf.hub.add import add_release
from medgan_tf.hub.get import Wanted, find_release, get_release

CARD = {"label_names": ["Square", "Disc"], "resolution": 16, "latent_size": SMALL["cpd"]["latent_size"],
        "combinations": []}  # fmt: skip


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    """A generator's folder with weights alone."""
    folder = tmp_path_factory.mktemp("export") / "generator"
    (folder / "assets").mkdir(parents=True)
    network = build_gan("cpd", resolution=16, label_count=2, **SMALL["cpd"]).ema_generator
    random = np.random.default_rng(1)
    for variable in network.variables:
        variable.assign(variable + 0.2 * random.standard_normal(variable.shape))
    write_stored_generator(network, folder)
    (folder / "assets" / "generator.json").write_text(json.dumps(CARD))
    return folder


def through_a_library(tmp_path, generator, change=lambda folder: None):
    """The release of a generator, as it comes out of a library; `change` is made before."""
    changed = shutil.copytree(generator, tmp_path / "changed")
    change(changed)
    files = {str(path.relative_to(changed)): path.read_bytes() for path in changed.rglob("*") if path.is_file()}
    release = write_release(tmp_path / "release", files, what="both")
    add_release(str(tmp_path / "library"), str(release))
    get_release(find_release(str(tmp_path / "library"), Wanted("small")), tmp_path / "out", lambda *_: None)
    return tmp_path / "out" / "generator"


def test_what_comes_out_gives_the_same_images(generator, tmp_path):
    """In a process without the code that trains and reads data: tests/synthesis/test_load.py."""
    folder = through_a_library(tmp_path, generator)
    loaded, original = medgan_tf.load_generator(folder), medgan_tf.load_generator(generator)
    images = loaded.sample(loaded.label_vectors(["Disc"], count=3), seed=1)
    assert images.shape == (3, 16, 16, 1) and images.dtype == np.uint8 and images.std() > 1
    np.testing.assert_array_equal(images, original.sample(original.label_vectors(["Disc"], count=3), seed=1))
    card = json.loads((tmp_path / "out" / "card.json").read_text())
    assert loaded.sha256() == original.sha256() == card["generator_sha256"]


def lying_header(folder):
    """Weights whose header tells of an array of exabytes."""
    content = (folder / WEIGHTS).read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["4x4_to_image/bias"]["shape"] = [2**60]
    text = json.dumps(header).encode()
    (folder / WEIGHTS).write_bytes(len(text).to_bytes(8, "little") + text + content[8 + length :])
    describe(folder)


def describe(folder):
    """Makes the architecture's file agree with the weights, as somebody hostile would."""
    content, path = (folder / WEIGHTS).read_bytes(), folder / ARCHITECTURE
    about = {"file": WEIGHTS, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path.write_text(json.dumps({**json.loads(path.read_text()), "weights": about}))


def options(**changes):
    def change(folder):
        path = folder / ARCHITECTURE
        values = json.loads(path.read_text())
        path.write_text(
            json.dumps({**values, **changes, "options": {**values["options"], **changes.get("options", {})}})
        )

    return change


HOSTILE = {
    "a lying header": (lying_header, "4x4_to_image/bias"),
    "an unknown network": (options(architecture="os.system"), "unknown architecture"),
    "a huge network": (options(options={"base_channels": 2**20, "max_channels": 8192}), "a network of up to"),
    "a bomb of brackets": (lambda folder: (folder / ARCHITECTURE).write_text("[" * 6000), "levels of brackets"),
    "HTML as a label": (lambda folder: (folder / "assets/generator.json").write_text(
        json.dumps({**CARD, "label_names": ["<script>\x1b[2J</script>", "Disc"]})), "hidden characters"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_generator_is_not_released_or_not_loaded(generator, tmp_path, case):
    """Whoever makes a release can write anything into it. Each kind of lie has tests of its own."""
    change, reason = HOSTILE[case]
    with pytest.raises(DataError, match=reason) as caught:
        medgan_tf.load_generator(through_a_library(tmp_path, generator, change))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 900
    with pytest.raises(DataError, match=reason):
        medgan_tf.load_generator(tmp_path / "changed")


def test_a_program_that_writes_a_file_is_not_loaded(generator, tmp_path):
    stolen = tmp_path / "stolen"

    def write(means):
        with tf.control_dependencies([tf.io.write_file(str(stolen), "x")]):
            return tf.identity(means)

    def replace(folder):
        (folder / WEIGHTS).unlink()
        write_model(folder / "program", Model(write))
        for part in ("saved_model.pb", "variables"):
            shutil.move(folder / "program" / part, folder / part)
        shutil.rmtree(folder / "program")

    folder = through_a_library(tmp_path, generator, replace)
    before = tree(tmp_path)
    with pytest.raises(DataError, match="only a SavedModel, which is a program") as untrusted:
        medgan_tf.load_generator(folder)
    with pytest.raises(DataError, match="WriteFile") as trusted:
        medgan_tf.load_generator(folder, trust=True)
    assert "\n" not in str(untrusted.value) + str(trusted.value)
    assert tree(tmp_path) == before and not stolen.exists()
