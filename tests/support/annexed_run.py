"""A run with a made-up audit and its annex: real files and hashes, without training and without TensorFlow."""

import hashlib

import yaml
from result_files import privacy, verdict

from medgan_tf.data.records.manifest import Manifest
from medgan_tf.evidence.privacy.annex.input_hashes import Places, SetOfImages, folds_sha256, recorded
from medgan_tf.evidence.privacy.annex.write import write_annex
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.files.result_files import plain, write_json
from medgan_tf.files.run_folders import RunFolder

SUBJECT = "small, cpd-seed7"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def dataset_folder(path, kind, shards):
    """A dataset folder with shards that are no TFRecords: only their hashes count here. `shards`: fold to contents."""
    path.mkdir(parents=True)
    listed = []
    for fold, contents in shards.items():
        for number, content in enumerate(contents):
            name = f"{fold}-{number:05d}-of-{len(contents):05d}.tfrecord"
            (path / name).write_bytes(content)
            listed.append({"file": name, "fold": fold, "images": 2, "bytes": len(content), "sha256": sha256(content)})
    counts = {fold: 2 * len(shards.get(fold, ())) for fold in ("train", "valid", "test")}
    values = {
        "kind": kind,
        "name": "small",
        "label_names": ["Edema"],
        "combinations": [{"labels": ["Edema"], "vector": [1], **counts}],
        "images": counts,
        "image_shape": [8, 8, 1],
        "encoding": "png",
        "shards": listed,
    }
    if kind == "synthetic":
        values["synthesis"] = {"run": "cpd-seed7", "generator_sha256": "0" * 64, "seed": 7}
    Manifest.model_validate(values).save(path)
    return path


def annexed_run(folder, context=None, canaries=False):
    """The run; its dataset is `folder / "dataset"`. Returns the run and the page of its annex."""
    dataset = dataset_folder(
        folder / "dataset", "real", {"train": [b"one", b"two"], "valid": [b"three"], "test": [b"four"]}
    )
    run = RunFolder(folder / "runs" / "small" / "cpd-seed7")
    dataset_folder(run.synthetic, "synthetic", {"train": [b"made"]})
    for path, content in (
        (run.generator / "weights", b"generator"),
        (run.checkpoints / "images-00000100" / "state", b"old"),
        (run.checkpoints / "images-00000200" / "state", b"new"),
        (run.real.classifier / "model" / "weights", b"classifier"),
    ):
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    if canaries:
        dataset_folder(folder / "dataset-canaries", "real", {"train": [b"in"], "valid": [b"out"]})
        other = RunFolder(folder / "runs" / "small-reference" / "cpd-seed7")
        for path in (other.generator, other.checkpoints / "images-00000200", other.real.classifier / "model"):
            path.mkdir(parents=True)
            (path / "weights").write_bytes(b"of the reference")
    settings = {"name": "small", "data": {"source": "phantom", "root": "phantom", "dataset_dir": str(dataset)}}
    run.config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    write_json(run.path.parent / "plan.json", {"plans": [{"sha256": "a" * 64}, {"sha256": "b" * 64}]})
    result = plain(audited(run, dataset, context or {}))
    write_json(run.evaluation / "privacy.json", result)
    return run, write_annex(run.evaluation, result, "unknown")[0]


def audited(run, dataset, context):
    """The content of `privacy.json`."""
    settings = PrivacyConfig.model_validate({"context": context})
    sets = {
        "train": SetOfImages(folds_sha256(dataset, ["train"]), ["train"]),
        "held_out": SetOfImages(folds_sha256(dataset, ["valid", "test"]), ["valid", "test"]),
        "synthetic": SetOfImages(folds_sha256(run.synthetic, ["train"]), ["train"]),
    }
    verdicts = [verdict("distance image"), verdict("identical"), verdict("combinations", "caution")]
    found = recorded(Places.of_run(run, dataset), sets, settings, SUBJECT)
    return privacy(verdicts) | {"settings": settings.model_dump(mode="json"), "audited": found}
