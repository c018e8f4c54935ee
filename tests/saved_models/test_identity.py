"""The identity of a generator: equal for equal ones, whatever their files look like, and different for any other."""

import json
import shutil
import tarfile
from pathlib import Path

import keras
import numpy as np
import pytest
from hostile_models import change, function
from small_settings import SMALL

from medgan_tf.errors import DataError
from medgan_tf.gans import build_gan
from medgan_tf.gans.exported.weights import ARCHITECTURE, WEIGHTS
from medgan_tf.registry import GANS
from medgan_tf.saved_models.inspection import inspect_saved_model
from medgan_tf.saved_models.loading import load_saved_model
from medgan_tf.synthesis.load import generator_sha256, load_generator
from medgan_tf.training.export import export_generator

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "version_0_1"
LABELS = np.eye(2, dtype=np.float32)[np.arange(8) % 2]
IMAGES = np.random.default_rng(1).integers(0, 256, (8, 16, 16, 1), dtype=np.uint8)
COMBINATIONS = [
    {"labels": ["Square"], "vector": [1, 0], "train": 3},
    {"labels": ["Disc"], "vector": [0, 1], "train": 5},
]


def card(name, **changes):
    return {
        "label_names": ["Square", "Disc"],
        "resolution": 16,
        "latent_size": SMALL[name]["latent_size"],
        "combinations": COMBINATIONS,
        **changes,
    }


def trained(name):
    """After a step whose learning rates move every weight; the same each time."""
    keras.utils.set_random_seed(3)
    gan = build_gan(name, resolution=16, label_count=2, **SMALL[name])
    gan.compile(labels=LABELS, seed=5, ema_decay=0.5, beta_1=0.5)
    gan.train_step((IMAGES, LABELS))
    return gan


def files(folder):
    return (folder / "saved_model.pb").read_bytes()


@pytest.mark.parametrize("name", GANS.names())
def test_generators_of_equal_trainings_are_one(name, tmp_path):
    folders = []
    for number in range(2):
        folders.append(tmp_path / str(number))
        export_generator(trained(name), folders[-1], card(name, images_seen=number))
        # Keras and TensorFlow count the layers and functions that were made before.
        build_gan(name, resolution=16, label_count=2, **SMALL[name])
    one, two = map(load_generator, folders)
    assert files(one.path) != files(two.path) and one.file_sha256() != two.file_sha256()
    np.testing.assert_array_equal(one.sample(LABELS, seed=1), two.sample(LABELS, seed=1))
    assert one.sha256() == two.sha256() == generator_sha256(folders[0])
    assert len(one.sha256()) == 64
    # Without the weights too, when only the programs are left to compare.
    assert len({generator_sha256(only_program(folder)) for folder in folders} - {one.sha256(), ""}) == 1


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A GAN and its export; to be read, not changed."""
    folder = tmp_path_factory.mktemp("export") / "generator"
    gan = trained("cpd")
    export_generator(gan, folder, card("cpd"))
    return gan, folder


def only_program(folder):
    """The export as earlier versions made it: without weights beside the SavedModel."""
    for name in (ARCHITECTURE, WEIGHTS):
        (folder / name).unlink()
    return folder


@pytest.fixture
def generator(exported, tmp_path):
    """A copy of the export, of which only the SavedModel is left."""
    return only_program(Path(shutil.copytree(exported[1], tmp_path / "generator")))


def test_one_weight_gives_another_identity(tmp_path):
    gan, identities = trained("dcgan"), set()
    for number, variable in enumerate(gan.ema_generator.variables[:3]):
        before = variable.numpy()
        value = before.copy()
        value.flat[0] = np.nextafter(value.flat[0], np.float32(9))
        variable.assign(value)
        export_generator(gan, tmp_path / str(number), card("dcgan"))
        variable.assign(before)
        identities.add(generator_sha256(tmp_path / str(number)))
    for name in ("first", "again"):
        export_generator(gan, tmp_path / name, card("dcgan"))
        identities.add(generator_sha256(tmp_path / name))
    assert len(identities) == 4 and generator_sha256(tmp_path / "again") == generator_sha256(tmp_path / "first")


def nodes_of(meta, operation):
    """All of them: which functions of the file belong to the signatures is not for the test to know."""
    return [node for one in meta.graph_def.library.function for node in one.node_def if node.op == operation]


def swapped_operation(meta):
    for node in nodes_of(meta, "LeakyRelu"):
        node.op = "Relu"
        node.attr.pop("alpha", None)


def changed_attribute(meta):
    for node in nodes_of(meta, "LeakyRelu"):
        node.attr["alpha"].f = 0.3


def changed_constant(meta):
    for node in nodes_of(meta, "Const"):
        if node.attr["value"].tensor.float_val:
            node.attr["value"].tensor.float_val[0] += 1


def swapped_inputs(meta):
    for node in nodes_of(meta, "Mul"):
        node.input[0], node.input[1] = node.input[1], node.input[0]


def swapped_variables(meta):
    nodes = meta.object_graph_def.nodes
    for concrete in meta.object_graph_def.concrete_functions.values():
        shapes = {}
        for place, number in enumerate(concrete.bound_inputs):
            shape = nodes[number].variable.shape.SerializeToString()
            if shape in shapes and len(nodes[number].variable.shape.dim) > 1:
                first = shapes[shape]
                concrete.bound_inputs[place], concrete.bound_inputs[first] = concrete.bound_inputs[first], number
                break
            shapes[shape] = place


def compiled(meta):
    for one in meta.graph_def.library.function:
        one.attr["_XlaMustCompile"].b = True


CHANGES = [swapped_operation, changed_attribute, changed_constant, swapped_inputs, swapped_variables, compiled]


@pytest.mark.parametrize("how", CHANGES, ids=lambda how: how.__name__)
def test_another_architecture_gives_another_identity(generator, how):
    before = generator_sha256(generator)
    assert generator_sha256(change(generator, how)) != before


def test_names_and_notes_do_not_matter(generator):
    before = generator_sha256(generator)

    def rename(meta):
        one = function(meta, "wrapper__sample")
        one.node_def[0].device = "/device:CPU:0"
        for node in one.node_def:
            node.attr["_output_shapes"].Clear()

    assert generator_sha256(change(generator, rename)) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"label_names": ["Square", "Line"]},
        {"label_names": ["Disc", "Square"]},
        {"resolution": 32},
        {"combinations": COMBINATIONS[:1]},
        {"combinations": [{**COMBINATIONS[0], "train": 4}, COMBINATIONS[1]]},
    ],
    ids=lambda changes: json.dumps(changes)[:40],
)
def test_another_card_gives_another_identity(generator, changes):
    before, file = generator_sha256(generator), generator / "assets" / "generator.json"
    values = json.loads(file.read_text())
    file.write_text(json.dumps({**values, "images_seen": 7, "experiment": "other"}))
    assert generator_sha256(generator) == before
    file.write_text(json.dumps({**values, **changes}))
    assert generator_sha256(generator) != before


def test_the_same_in_every_process_and_version(tmp_path):
    """The generator that version 0.1 left behind, by a value from another process."""
    with tarfile.open(GOLDEN / "saved_models.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    path = tmp_path / "runs/small/cpd-seed1/generator"
    assert generator_sha256(path) == "60aab015f6479c33c20b3bbc27daaaaa28f4eba65eb1d0b28a199cc0b216f118"
    generator = load_generator(path, trust=True)
    assert generator.file_sha256() == "e2b5bd921014089685b1a020762502e02fc2ffa1a227ac6c82a1db7c5887b8a3"
    labels = generator.label_vectors(list(generator.label_names[:1]), count=3)
    whole, truncated = generator.sample(labels, seed=1), generator.sample(labels, seed=1, truncation=0.5)
    assert whole.shape == truncated.shape and not np.array_equal(whole, truncated)
    assert generator.conditions.names == () and generator.column_names == generator.label_names


def test_a_generator_that_lacks_a_signature(generator):
    assert generator_sha256(generator.parent) == ""

    def remove(meta):
        nodes = meta.object_graph_def.nodes
        for node in nodes:
            if node.user_object.identifier == "signature_map":
                node.children[0].local_name = "other"

    change(generator, remove)
    with pytest.raises(DataError, match="has no signature 'generate'"):
        generator_sha256(generator)
    with pytest.raises(DataError, match="is no generator: it lacks the signature 'generate'"):
        load_generator(generator, trust=True)


def test_a_generator_that_breaks_its_promise_is_one_line(generator):
    file = generator / "assets" / "generator.json"
    file.write_text(json.dumps(card("cpd", resolution=32)))
    with pytest.raises(DataError, match=r"gives uint8 \[8, 16, 16, 1\]; its card promises uint8 \[8, 32, 32, 1\]"):
        load_generator(generator, trust=True).sample(LABELS, seed=1)
    file.write_text(json.dumps(card("cpd", latent_size=5)))
    with pytest.raises(DataError, match="generator cannot make images: ") as caught:
        load_generator(generator, trust=True).generate(np.ones([8, 5]), LABELS)
    assert "\n" not in str(caught.value)


def test_every_part_of_an_export_passes(exported):
    """The card is the only file that an export may bring along."""
    assert [asset.filename for asset in inspect_saved_model(exported[1]).meta.asset_file_def] == ["generator.json"]
    assert set(load_saved_model(exported[1]).signatures) == {"generate", "sample"}
