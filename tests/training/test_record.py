"""Who opens a run folder, what is removed there, and which lines of the metrics stay."""

import json
import logging
from types import SimpleNamespace

import pytest
from private_shapes import private_experiment
from shapes_dataset import small_experiment
from strict_json import strict_files

from medgan_tf.config.schema import DataConfig, Experiment
from medgan_tf.data.records.manifest import Combination, Covariates, Manifest, Shard
from medgan_tf.errors import RunError
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.training.record import (
    check_same_experiment,
    drop_metrics_after,
    opened_folder,
    write_description,
    write_events,
)

MANIFEST = Manifest(
    kind="real",
    name="small",
    source="table",
    label_names=["A"],
    combinations=[Combination(labels=["A"], vector=[1], train=2, valid=1, test=1)],
    images={"train": 2, "valid": 1, "test": 1},
    image_shape=[16, 16, 1],
    encoding="png",
    shards=[
        Shard(file=f"{fold}-00000-of-00001.tfrecord", fold=fold, images=images, bytes=9, sha256="0" * 64)
        for fold, images in (("train", 2), ("valid", 1), ("test", 1))
    ],
    covariates=Covariates(counts={"sex": {"F": {"train": 2, "valid": 1, "test": 1}}}),
    remarks=["Patients are not known."],
)


def workers(chief, waited=None):
    return SimpleNamespace(chief=chief, wait=lambda: None if waited is None else waited.append("waited"))


def test_the_chief_opens_the_folder_and_logs_there(tmp_path):
    folder, waited = RunFolder(tmp_path / "run"), []
    with opened_folder(small_experiment(tmp_path), MANIFEST, folder, workers(True, waited), resume=True):
        assert waited == ["waited"]
        logging.getLogger("medgan_tf.training").info("under way")
        with pytest.raises(RunError, match="another process is training"):
            opened_folder(small_experiment(tmp_path), MANIFEST, folder, workers(True), resume=True).__enter__()
    assert folder.config.is_file() and folder.environment.is_file()
    assert folder.log.read_text().endswith("INFO under way\n")


def test_a_guarantee_does_not_outlive_the_private_training(tmp_path):
    """A private training begins with the one before, whose price it tells; any other run has none."""
    folder = RunFolder(tmp_path / "run")
    for experiment, kept in ((private_experiment(tmp_path), True), (small_experiment(tmp_path), False)):
        folder.path.mkdir(exist_ok=True)
        folder.guarantee.write_text("{}")
        with opened_folder(experiment, MANIFEST, folder, workers(True), resume=True):
            assert folder.guarantee.exists() == kept


def test_settings_of_privacy_decide_whether_a_run_goes_on(tmp_path):
    folder = RunFolder(tmp_path / "run")
    write_description(folder, private_experiment(tmp_path))
    check_same_experiment(folder, private_experiment(tmp_path, dp={"tried_runs": 4, "public_start_origin": "x"}))
    with pytest.raises(RunError, match=r"privacy\.dp\.label_noise 24\.0 -> 30\.0\. Set"):
        check_same_experiment(folder, private_experiment(tmp_path, dp={"label_noise": 30.0}))
    with pytest.raises(RunError, match=r"privacy\.dp"):
        check_same_experiment(folder, small_experiment(tmp_path))
    # Another size of the chunks rounds differently, and nothing else.
    check_same_experiment(folder, private_experiment(tmp_path, dp={"chunk": 4}))


def test_a_run_keeps_what_is_known_of_its_images(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with opened_folder(small_experiment(tmp_path), MANIFEST, folder, workers(True), resume=True):
        pass
    assert LenientReader(tmp_path).json(folder.dataset) == {
        "name": "small",
        "source": "table",
        "images": {"train": 2, "valid": 1, "test": 1},
        "label_names": ["A"],
        "patients": None,
        "remarks": ["Patients are not known."],
        "covariates": {"sex": {"F": {"train": 2, "valid": 1, "test": 1}}},
    }


def test_another_worker_writes_nothing(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with opened_folder(small_experiment(tmp_path), MANIFEST, folder, workers(False), resume=False):
        logging.getLogger("medgan_tf.training").info("under way")
    assert not folder.path.exists()


def test_beginning_anew_removes_what_a_run_left_and_nothing_else(tmp_path):
    folder = RunFolder(tmp_path / "run")
    for path in (folder.metrics, folder.events, folder.checkpoints / "x", folder.best / "x", folder.synthetic / "x"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old")
    with opened_folder(small_experiment(tmp_path), MANIFEST, folder, workers(True), resume=True):
        assert folder.metrics.read_text() == "old"
    with opened_folder(small_experiment(tmp_path), MANIFEST, folder, workers(True), resume=False):
        left = sorted(path.name for path in folder.path.iterdir())
    assert left == [".lock", "config.yaml", "dataset.json", "environment.json", "log.txt", "synthetic"]


def test_checkpoints_without_a_config_are_refused(tmp_path):
    folder = RunFolder(tmp_path / "run")
    checkpoint = folder.checkpoints / "images-00000000040" / "checkpoint.json"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text("{}")
    with pytest.raises(RunError) as error:
        opened_folder(small_experiment(tmp_path), MANIFEST, folder, workers(True), resume=True).__enter__()
    assert not folder.config.exists()
    assert "expected the settings of the training in config.yaml; config.yaml: there is no such file" in str(
        error.value
    )


DAMAGED = {
    b"": "expected `key: value` lines; found nothing",
    b"- 1\n": "expected `key: value` lines; found a list",
    b"x" * 9: "expected `key: value` lines; found a single value",
    bytes(range(128, 256)): "found bytes that are no text in UTF-8",
    b"\x00\x01": "not valid YAML: found the control character U+0000",
    b"name: x\n": "found no section `data`",
    b"data: 3\ngan: {}\ntraining: {}\n": "found a value in place of the section `data`",
    b"data: {}\ngan: [1]\ntraining: {}\n": "found a value in place of the section `gan`",
    b"data: {}\ngan: {}\ntraining: text\n": "found a value in place of the section `training`",
    b"data: {options: 3}\ngan: {}\ntraining: {}\n": "found a value in place of the section `data.options`",
    b"data: {}\ngan: {}\ntraining: {}\noriginal_code: true\n": "in place of the section `original_code`",
    b"[" * 100_000: "nested too deeply",
    b"a: " + b"1" * 5000: "config.yaml:1: a: expected a plain value",
    b"a: 1\n" * 300_000: "expected YAML of at most 1,000,000 characters",
    b"a: [" + b"1, " * 200_000 + b"]": "more than 100,000 values",
}


@pytest.mark.parametrize(("content", "told"), DAMAGED.items(), ids=range(len(DAMAGED)))
def test_a_damaged_config_is_one_line_that_deletes_nothing(tmp_path, content, told):
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.config.write_bytes(content)
    with pytest.raises(RunError) as error:
        check_same_experiment(folder, small_experiment(tmp_path))
    message = str(error.value)
    assert told in message and "\n" not in message and len(message) < 700
    assert f"write it again: `medgan-tf config EXPERIMENT.yaml > {folder.config}`" in message
    assert "--restart" not in message


@pytest.mark.parametrize(
    "label", ["1:30", "2020-01-01", "0x1F", "010", "1e3", "yes", "~", "${HOME}", "$${x}", "a: b #c"]
)
def test_a_run_goes_on_whatever_its_labels_are_called(tmp_path, label):
    options = {"label_columns": ["Edema", label], "states": {label: "positive", "${x": "negative"}}
    data = DataConfig(source="table", findings=("Edema", label), options=options)
    experiment = Experiment(name="x", data=data)
    folder = RunFolder(tmp_path)
    write_description(folder, experiment)
    check_same_experiment(folder, experiment)
    assert LenientReader(tmp_path).yaml(folder.config)["data"]["findings"] == ["Edema", label]
    other = experiment.model_copy(update={"data": data.model_copy(update={"findings": (label, "Edema")})})
    with pytest.raises(RunError, match="data.findings"):
        check_same_experiment(folder, other)


def test_ticks_after_the_checkpoint_and_damaged_lines_go(tmp_path):
    path = tmp_path / "metrics.jsonl"
    drop_metrics_after(path, 40)
    assert not path.exists()
    kept = [json.dumps({"images_seen": seen}) for seen in (20, 40)]
    bad = ['{"images_seen": "20"}', '{"images_seen": null}', "[" * 10_000, "[20]", "\udcff", '{"images_se']
    lines = [kept[0], *bad, kept[1], '{"images_seen": 60}', '{"fid": 1}', '{"images_se']
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    drop_metrics_after(path, 40)
    assert path.read_text() == "".join(line + "\n" for line in kept)


def test_nan_of_an_earlier_version_becomes_null_when_a_run_goes_on(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"images_seen": 20, "r1": NaN, "loss_d": 0.1}\n{"images_seen": 40, "r1": -Infinity}\n')
    drop_metrics_after(path, 40)
    assert strict_files(tmp_path) == ["metrics.jsonl"]
    assert path.read_text() == ('{"images_seen": 20, "r1": null, "loss_d": 0.1}\n{"images_seen": 40, "r1": null}\n')


def test_events_are_one_object_a_line_and_no_file_without_any(tmp_path):
    folder = RunFolder(tmp_path)
    write_events(folder, [])
    assert not folder.events.exists()
    write_events(folder, [{"images_seen": 40, "cause": "a"}, {"images_seen": 80, "cause": "b"}])
    assert [json.loads(line)["cause"] for line in folder.events.read_text().splitlines()] == ["a", "b"]


def test_a_run_that_goes_on_notices_other_images(tmp_path):
    folder, experiment = RunFolder(tmp_path / "run"), small_experiment(tmp_path)
    pixels = [MANIFEST.model_copy(update={"pixels_sha256": digit * 64}) for digit in "ab"]
    with opened_folder(experiment, pixels[0], folder, workers(True), resume=True):
        pass
    checkpoint = folder.checkpoints / "images-00000000080"
    checkpoint.mkdir(parents=True)
    (checkpoint / "checkpoint.json").write_text("{}", encoding="utf-8")
    # The same pixels in other shards, and a dataset of an earlier version, which does not say what it has.
    again = pixels[0].model_copy(update={"encoding": "raw", "shards": []})
    for manifest in (again, MANIFEST, pixels[1]):
        with opened_folder(experiment, manifest, folder, workers(True), resume=True):
            pass
    with pytest.raises(
        RunError, match="was trained on other images than those in the dataset now: files were repaired"
    ):
        opened_folder(experiment, pixels[0], folder, workers(True), resume=True).__enter__()
    with opened_folder(experiment, pixels[0], folder, workers(True), resume=False):
        pass
