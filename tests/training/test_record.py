"""Who opens a run folder, what is removed there, and which lines of the metrics stay."""

import json
import logging
from types import SimpleNamespace

import pytest
from shapes_dataset import small_experiment

from medgan_tf.errors import RunError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.training.record import drop_metrics_after, opened_folder, write_events


def workers(chief, waited=None):
    return SimpleNamespace(chief=chief, wait=lambda: None if waited is None else waited.append("waited"))


def test_the_chief_opens_the_folder_and_logs_there(tmp_path):
    folder, waited = RunFolder(tmp_path / "run"), []
    with opened_folder(small_experiment(tmp_path), folder, workers(True, waited), resume=True):
        assert waited == ["waited"]
        logging.getLogger("medgan_tf.training").info("under way")
        with pytest.raises(RunError, match="another process is training"):
            opened_folder(small_experiment(tmp_path), folder, workers(True), resume=True).__enter__()
    assert folder.config.is_file() and folder.environment.is_file()
    assert folder.log.read_text().endswith("INFO under way\n")


def test_another_worker_writes_nothing(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with opened_folder(small_experiment(tmp_path), folder, workers(False), resume=False):
        logging.getLogger("medgan_tf.training").info("under way")
    assert not folder.path.exists()


def test_beginning_anew_removes_what_a_run_left_and_nothing_else(tmp_path):
    folder = RunFolder(tmp_path / "run")
    for path in (folder.metrics, folder.events, folder.checkpoints / "x", folder.best / "x", folder.synthetic / "x"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old")
    with opened_folder(small_experiment(tmp_path), folder, workers(True), resume=True):
        assert folder.metrics.read_text() == "old"
    with opened_folder(small_experiment(tmp_path), folder, workers(True), resume=False):
        left = sorted(path.name for path in folder.path.iterdir())
    assert left == [".lock", "config.yaml", "environment.json", "log.txt", "synthetic"]


def test_checkpoints_without_a_config_are_refused(tmp_path):
    folder = RunFolder(tmp_path / "run")
    checkpoint = folder.checkpoints / "images-00000000040" / "checkpoint.json"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_text("{}")
    with pytest.raises(RunError, match="has checkpoints but no config.yaml; start again with --restart"):
        opened_folder(small_experiment(tmp_path), folder, workers(True), resume=True).__enter__()
    assert not folder.config.exists()


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


def test_events_are_one_object_a_line_and_no_file_without_any(tmp_path):
    folder = RunFolder(tmp_path)
    write_events(folder, [])
    assert not folder.events.exists()
    write_events(folder, [{"images_seen": 40, "cause": "a"}, {"images_seen": 80, "cause": "b"}])
    assert [json.loads(line)["cause"] for line in folder.events.read_text().splitlines()] == ["a", "b"]
