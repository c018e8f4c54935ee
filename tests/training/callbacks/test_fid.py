"""FID stop: the rule on tables, and whole runs that end by it, are killed, and go on."""

import json
import logging
import math
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from shapes_dataset import small_experiment
from strict_json import strict
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import FidConfig
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.result_files import json_text
from medgan_tf.synthesis.load import load_generator
from medgan_tf.training.callbacks import fid_measure
from medgan_tf.training.callbacks.fid import Evaluation, FidStop, judge, paper_maximum, paper_minimum, read_history
from medgan_tf.training.callbacks.fid_measure import TimedLines, compared_rows
from medgan_tf.training.loop import train
from medgan_tf.training.state import Tick

NAN = math.nan

pytestmark = pytest.mark.usefixtures("kept_gans")


def history(*values, every=400_000, start=0):
    return [Evaluation(start + every * number, fid, 1.0) for number, fid in enumerate(values, start=1)]


@pytest.mark.parametrize(
    ("values", "minimum", "patience", "best", "without_best", "stop"),
    [
        ((), 0, 2, None, 0, False),
        ((9.0,), 0, 2, 9.0, 0, False),
        ((9.0, 8.0, 8.5), 0, 2, 8.0, 1, False),
        ((9.0, 8.0, 8.5, 8.4), 0, 2, 8.0, 2, True),
        # A new best in between starts the count anew.
        ((9.0, 9.5, 8.0, 8.5), 0, 2, 8.0, 1, False),
        # An equal value is no new best.
        ((8.0, 8.0, 8.0), 0, 2, 8.0, 2, True),
        ((8.0, 9.0), 0, 1, 8.0, 1, True),
        # What comes before the minimum neither counts nor is kept: evaluations at 0.4 M, 0.8 M, 1.2 M, 1.6 M.
        ((1.0, 2.0, 3.0), 1_000_000, 2, 3.0, 0, False),
        ((1.0, 2.0, 3.0, 4.0), 1_000_000, 2, 3.0, 1, False),
        ((1.0, 2.0, 3.0, 4.0, 5.0), 1_000_000, 2, 3.0, 2, True),
        # The minimum itself counts.
        ((5.0, 6.0), 400_000, 2, 5.0, 1, False),
        # A value that is not finite is never the best.
        ((NAN, NAN), 0, 2, None, 2, True),
        ((NAN, 7.0, NAN), 0, 2, 7.0, 1, False),
    ],
)
def test_rule(values, minimum, patience, best, without_best, stop):
    verdict = judge(history(*values), minimum, patience)
    assert (verdict.best.fid if verdict.best else None, verdict.without_best, verdict.stop) == (
        best,
        without_best,
        stop,
    )


@pytest.mark.parametrize(
    ("resolution", "minimum", "maximum"),
    [(32, 7_000_000, 12_000_000), (64, 7_000_000, 14_000_000), (128, 9_000_000, 16_000_000)],
)
def test_limits_of_the_paper(resolution, minimum, maximum):
    assert (paper_minimum(resolution), paper_maximum(resolution)) == (minimum, maximum)


def test_rows_are_fixed():
    # The choice of every run so far; statistics that are kept belong to these rows.
    assert compared_rows(100, 5).tolist() == [5, 20, 36, 82, 93]
    assert compared_rows(3, 10).tolist() == [0, 1, 2]


def test_long_evaluations_show_where_they_are(caplog):
    times = iter([0.0, 2.0, 5.0, 6.0, 12.0])
    lines = TimedLines("FID: real", clock=lambda: next(times))
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        for done in (10, 25, 30, 60):
            lines(done, 100)
    assert [record.getMessage() for record in caplog.records] == [
        "FID: real 25 of 100 images, 15 s left",
        "FID: real 60 of 100 images, 8 s left",
    ]


# --- whole runs -------------------------------------------------------------------------------------------------------


def experiment(folder, values=None, **fid):
    settings = {"during_training": "stop", "extractor": "random", "every_images": 40, "minimum_images": 40}
    base = small_experiment(folder, total_images=400, tensorboard=True, checkpoint_ticks=2)
    return type(base).model_validate({**base.model_dump(), "evaluation": {"fid": {**settings, **fid}}})


@pytest.fixture
def scripted(monkeypatch):
    """Lets a test say what FID is at each evaluation; after the last value a run dies."""

    class Killed(Exception):
        pass

    def script(*values):
        left = iter(values)

        def measure(self):
            try:
                return next(left)
            except StopIteration:
                raise Killed from None

        monkeypatch.setattr(fid_measure.FidMeasure, "__call__", measure)
        return Killed

    return script


def last_extra(folder):
    newest = sorted(folder.checkpoints.glob("images-*"))[-1]
    return json.loads((newest / "checkpoint.json").read_text())["extra"]["fid"]["history"]


def test_killed_between_evaluations_goes_on_ends_by_itself_and_exports_the_best(shapes, tmp_path, scripted, caplog):
    killed = scripted(5.0, 3.0)
    with pytest.raises(killed):
        train(experiment(tmp_path), shapes)
    folder = run_folder(experiment(tmp_path))
    assert [one["fid"] for one in last_extra(folder)] == [5.0, 3.0]
    scripted(4.0, 3.5)
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        result = train(experiment(tmp_path), shapes)
    lines = [record.getMessage() for record in caplog.records]
    assert (result.resumed_from, result.images_seen) == (80, 160)
    assert "2 evaluations of FID so far, the last 3" in lines
    assert any("FID 4 (random) at 120 images" in line and "1 of 2 evaluations without" in line for line in lines)
    assert any("best 3 at 80, 2 of 2 evaluations without a new best: training ends" in line for line in lines)
    assert_best_is_exported(folder, 80)
    # The history is recorded three times over.
    recorded = [(40, 5.0), (80, 3.0), (120, 4.0), (160, 3.5)]
    assert [(one.images_seen, one.fid) for one in read_history(folder.metrics)] == recorded
    assert [(one["images_seen"], one["fid"]) for one in last_extra(folder)] == recorded
    events = EventAccumulator(str(folder.tensorboard)).Reload()
    scalars = [(event.step, tf.make_ndarray(event.tensor_proto).item()) for event in events.Tensors("fidelity/fid")]
    assert scalars == recorded
    # The same command has nothing more to do; with more patience the run goes on, and finds a better one.
    assert train(experiment(tmp_path), shapes).images_seen == 160
    scripted(2.0, 2.5, 2.6, 2.7)
    again = train(experiment(tmp_path, patience=3), shapes)
    assert (again.resumed_from, again.images_seen) == (160, 320)
    assert_best_is_exported(folder, 200)


def assert_best_is_exported(folder, images_seen):
    assert load_generator(folder.generator).card["images_seen"] == images_seen
    with np.load(folder.best / f"images-{images_seen:011d}.npz") as arrays:
        stored = sorted(arrays[name].tobytes() for name in arrays.files)
    reader = tf.train.load_checkpoint(str(folder.generator / "variables" / "variables"))
    names = [
        name for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name and "save_counter" not in name
    ]
    assert sorted(reader.get_tensor(name).tobytes() for name in names) == stored


def test_no_reason_to_stop_but_the_best_is_exported(shapes, tmp_path, scripted, caplog):
    scripted(*(5.0, 3.0) * 3)
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        result = train(experiment(tmp_path, every_images=80, patience=10), shapes)
    assert result.images_seen == 400
    assert_best_is_exported(result.folder, 160)
    assert len(list(result.folder.best.iterdir())) == 2
    warning = (
        "FID cannot stop this run: it counts from 40 images on, and the run ends at 400. The paper's upper limit at "
        "this resolution is 12,000,000 (training.total_images)"
    )
    assert warning in [record.getMessage() for record in caplog.records]


def test_watching_changes_nothing_and_measures(shapes, tmp_path, caplog):
    """The real thing on an untrained generator; the statistics of the real images are kept."""
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        result = train(experiment(tmp_path, during_training="watch", every_images=200), shapes)
    lines = [record.getMessage() for record in caplog.records]
    assert "FID: statistics of 36 real images, once for this dataset" in lines
    assert any(line.startswith("FID of 36 images with 256 features is far above its true value") for line in lines)
    history = read_history(result.folder.metrics)
    assert [one.images_seen for one in history] == [200, 400]
    assert all(0.01 < one.fid < 1000 and one.seconds > 0 for one in history)
    assert load_generator(result.folder.generator).card["images_seen"] == 400
    assert not result.folder.best.exists()
    assert len(list((tmp_path / "runs" / ".real_statistics").glob("random-*.npz"))) == 1


def test_missing_weights_are_said_before_training(shapes, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(DataError, match="extractor 'inception' needs inception_v3.*give --set evaluation.fid.weights"):
        train(experiment(tmp_path, extractor="inception"), shapes)
    assert not run_folder(experiment(tmp_path)).metrics.exists()


# --- the callback alone -----------------------------------------------------------------------------------------------


def callback(folder, *values, **settings):
    """A callback on a GAN of one variable, after evaluations that gave these values at 10, 20, ... images."""
    left = iter(values)
    gan = SimpleNamespace(ema_generator=SimpleNamespace(variables=[tf.Variable(0.0)]), stop_training=False)
    settings = FidConfig(during_training="stop", every_images=10, **settings)
    workers = SimpleNamespace(largest=lambda value: value)
    made = FidStop(gan, Tick(), settings, 0, lambda: next(left), folder, workers)
    for number in range(len(values)):
        made.tick.before, made.tick.after, made.tick.last, made.tick.values = 10 * number, 10 * number + 10, False, {}
        gan.ema_generator.variables[0].assign(float(number))
        made.on_epoch_end(number)
    return made


def test_ending_makes_the_tick_the_last(tmp_path):
    going_on = callback(tmp_path, 5.0, 6.0)
    assert (going_on.finished, going_on.tick.last, going_on.gan.stop_training) == (False, False, False)
    ended = callback(tmp_path, 5.0, 6.0, 7.0)
    assert (ended.finished, ended.tick.last, ended.gan.stop_training) == (True, True, True)
    assert ended.tick.values["fid"] == 7.0


def test_only_whole_periods_are_evaluated(tmp_path):
    made = callback(tmp_path, 5.0)
    made.tick.before, made.tick.after = 10, 19
    made.on_epoch_end(1)
    assert len(made.history) == 1


def test_a_worker_without_measure_ends_with_the_others(tmp_path):
    made = callback(tmp_path)
    made.measure, made.workers = None, SimpleNamespace(largest=lambda value: 1)
    made.tick.before, made.tick.after = 0, 10
    made.on_epoch_end(0)
    assert made.finished and not made.history


def test_best_weights_come_back(tmp_path):
    made = callback(tmp_path, 5.0, 3.0, 4.0)
    assert made.take_best() == made.history[1]
    assert made.gan.ema_generator.variables[0].numpy() == 1.0


def test_state_survives_json(tmp_path):
    made, fresh = callback(tmp_path, 5.0, 3.0, 4.0, 6.0), callback(tmp_path)
    fresh.restore(json.loads(json.dumps(made.state())))
    assert fresh.history == made.history
    assert fresh.finished


def test_a_fid_that_is_no_number_is_null_in_a_checkpoint(tmp_path):
    made, fresh = callback(tmp_path, 5.0, NAN, math.inf), callback(tmp_path)
    fresh.restore(strict(json_text(made.state())))
    assert [one.fid for one in fresh.history] == [5.0, pytest.approx(NAN, nan_ok=True), pytest.approx(NAN, nan_ok=True)]
    assert fresh.verdict == made.verdict and fresh.verdict.without_best == 2


@pytest.mark.parametrize("change", [
    {"fid": "5"}, {"fid": True}, {"seconds": None}, {"seconds": [1]}, {"images_seen": 1.5}, {"images_seen": True},
    {"more": 1},
])  # fmt: skip
def test_a_damaged_history_is_refused(tmp_path, change):
    one = {"images_seen": 10, "fid": 5.0, "seconds": 1.0}
    with pytest.raises(ValueError, match="received"):
        callback(tmp_path).restore({"history": [one, one | change]})


def test_the_recorded_history_leaves_damaged_lines_out(tmp_path, caplog):
    good = {"images_seen": 20, "fid": 5, "fid_seconds": 1.5}
    lines = [good, good | {"fid": "5"}, good | {"fid": []}, {"fid": 1}, {"loss": 2}, good | {"fid": math.nan}]
    lines.append(good | {"fid": None})
    text = "\n".join([*map(json.dumps, lines), "[[", "[" * 10_000, '{"fid": 5, "ima'])
    (tmp_path / "metrics.jsonl").write_text(text)
    found = read_history(tmp_path / "metrics.jsonl")
    assert found[0] == Evaluation(20, 5.0, 1.5) and len(found) == 3
    # Version 0.1 wrote NaN; null is what is written now.
    assert math.isnan(found[1].fid) and math.isnan(found[2].fid)
    assert len(caplog.records) == 6 and "line 10 is damaged and left out" in caplog.records[-1].getMessage()


def test_lost_weights_of_the_best_are_said(tmp_path, caplog):
    made = callback(tmp_path, 5.0, 3.0, 4.0)
    (tmp_path / "images-00000000020.npz").write_bytes(b"damaged")
    with caplog.at_level(logging.WARNING, logger="medgan_tf"):
        assert made.take_best() is None
    assert "the last generator is exported instead of the best" in caplog.records[-1].getMessage()
    assert made.gan.ema_generator.variables[0].numpy() == 2.0


def test_full_disk_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="the best generator could not be written to .*file: "):
        callback(tmp_path / "file", 5.0)
