import json

import pytest

from medgan_tf.data.records.manifest import Combination, Manifest, Shard
from medgan_tf.data.records.synthesis import Synthesis
from medgan_tf.errors import DataError

SHA = "0" * 64


def manifest(**changes):
    values = {
        "kind": "real",
        "name": "small",
        "label_names": ["A", "B"],
        "label_policy": {"uncertain": "positive"},
        "combinations": [
            Combination(labels=["A"], vector=[1, 0], train=3, valid=1, test=1),
            Combination(labels=["A", "B"], vector=[1, 1], train=1),
        ],
        "images": {"train": 4, "valid": 1, "test": 1},
        "patients": {"train": 2, "valid": 1, "test": 1},
        "image_shape": [32, 32, 1],
        "encoding": "png",
        "shards": [
            Shard(file=f"{fold}-00000-of-00001.tfrecord", fold=fold, images=count, bytes=10, sha256=SHA)
            for fold, count in (("train", 4), ("valid", 1), ("test", 1))
        ],
    }
    return Manifest(**{**values, **changes})


def test_round_trip(tmp_path):
    saved = manifest(source_counts={"rows": 7}, split_seed=3, build_hash="x")
    saved.save(tmp_path)
    assert Manifest.load(tmp_path) == saved
    assert [file.name for file in tmp_path.iterdir()] == ["manifest.json"]


def test_synthetic_round_trip(tmp_path):
    saved = manifest(kind="synthetic", patients=None, synthesis=Synthesis(run="r", generator_sha256=SHA, seed=1))
    saved.save(tmp_path)
    assert Manifest.load(tmp_path).synthesis.seed == 1


def test_text_is_readable_by_people():
    text = manifest().to_json()
    assert '"vector": [1, 0],' in text
    assert '"image_shape": [32, 32, 1],' in text
    assert json.loads(text)["format_version"] == 2


def edited(tmp_path, edit):
    manifest().save(tmp_path)
    path = tmp_path / "manifest.json"
    values = json.loads(path.read_text())
    edit(values)
    path.write_text(json.dumps(values))
    with pytest.raises(DataError) as error:
        Manifest.load(tmp_path)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda v: v.update(format_version=3), "expected format_version 2 or older. Received: 3"),
        (lambda v: v.update(surprise=1), "surprise: Extra inputs are not permitted"),
        (lambda v: v.pop("encoding"), "encoding: Field required"),
        (lambda v: v.update(encoding="jpeg"), "encoding: Input should be 'png' or 'raw'"),
        (lambda v: v.update(image_shape=[32, 16, 1]), "image_shape must be [R, R, 1]"),
        (
            lambda v: v.update(image_shape=[10**6, 10**6, 1]),
            "image_shape.0: Input should be less than or equal to 4096",
        ),
        (lambda v: v.update(value_range=[0, 1]), "value_range must be [0, 255]"),
        (lambda v: v.update(label_names=["A", "A"]), "label_names holds a name twice"),
        (lambda v: v.update(label_names=["A"]), "a combination has 2 labels, not 1"),
        (lambda v: v.update(kind="synthetic"), "`synthesis` belongs to synthetic sets"),
        (lambda v: v["images"].update(train=5), "fold 'train' holds 5 images but its combinations add up to 4"),
        (lambda v: v["images"].pop("test"), "`images` must count the folds train, valid, test"),
        (lambda v: v["shards"][0].update(images=9), "should hold 4 images but its shards list 9"),
        (lambda v: v["shards"][0].update(images=-1), "shards.0.images"),
        (lambda v: v["shards"][0].update(file="../../x.tfrecord"), "shards.0.file: String should match"),
        (lambda v: v["shards"][0].update(fold="test"), "is listed under fold 'test'"),
        (lambda v: v["shards"][1].update(v["shards"][0]), "a shard is listed twice"),
        (lambda v: v["combinations"][0].update(vector=[0, 1]), "does not name the positives of its vector"),
        (lambda v: v["combinations"][0].update(vector=[2, 0]), "combinations.0.vector.0"),
        (lambda v: v.update(images={"train": "4"}), "images.train"),
        (lambda v: v.update(label_names=["A\u200b", "B"]), "received 'A\\u200b' with U+200B (zero width space)"),
        (lambda v: v.update(name="x\u202e"), "received 'x\\u202e' with U+202E (right-to-left override)"),
        (lambda v: v["label_policy"].update(uncertain="negative"), "was changed after it was written"),
        (
            lambda v: v.pop("content_sha256"),
            "was changed after it was written: expected the content with SHA-256 'none'",
        ),
        (lambda v: v.update(content_sha256=5), "was changed after it was written"),
        (lambda v: v.update(format_version=1), "content_sha256: Extra inputs are not permitted"),
    ],
)
def test_malformed(tmp_path, edit, message):
    assert message in edited(tmp_path, edit)


def renamed(values):
    values["label_names"][0] = values["combinations"][0]["labels"][0] = values["combinations"][1]["labels"][0] = "C"


def reordered(values):
    values["label_names"].reverse()
    for combination in values["combinations"]:
        combination["vector"].reverse()
        combination["labels"].reverse()


@pytest.mark.parametrize("edit", [renamed, reordered])
def test_other_label_names_or_another_order_are_damage(tmp_path, edit):
    """Each edit alone makes a manifest without contradictions."""
    assert "was changed after it was written" in edited(tmp_path, edit)


def test_a_manifest_of_version_1_has_no_hash_and_stays_as_it_is(tmp_path):
    values = json.loads(manifest().to_json()) | {"format_version": 1}
    del values["content_sha256"]
    (tmp_path / "manifest.json").write_text(json.dumps(values))
    loaded = Manifest.load(tmp_path)
    assert loaded.label_names == ["A", "B"]
    assert json.loads(loaded.to_json()) == values


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00"])
def test_not_json(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DataError, match="cannot be read: (not JSON|more than 64 levels).*; prepare the dataset again"):
        Manifest.load(tmp_path)


def test_json_of_another_kind(tmp_path):
    (tmp_path / "manifest.json").write_text("[1]")
    with pytest.raises(DataError, match="expected a JSON object, found a list; prepare the dataset again"):
        Manifest.load(tmp_path)


def test_missing(tmp_path):
    with pytest.raises(
        DataError, match="no dataset in .*: expected a manifest.json there; `medgan-tf prepare` makes one"
    ):
        Manifest.load(tmp_path)
