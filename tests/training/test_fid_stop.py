"""FID stop: the rule on tables, and whole runs that end by it, are killed, and go on."""

import json
import logging
import math

import numpy as np
import pytest
import tensorflow as tf
from shapes_dataset import small_experiment

from medgan_tf.errors import DataError
from medgan_tf.synthesis.load import load_generator
from medgan_tf.training import fid_measure
from medgan_tf.training.fid_measure import TimedLines, chosen_rows
from medgan_tf.training.fid_stop import Evaluation, judge, paper_maximum, paper_minimum, read_history
from medgan_tf.training.run import run_folder, train

NAN = math.nan


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
    np.testing.assert_array_equal(chosen_rows(100, 5), chosen_rows(100, 5))
    assert chosen_rows(3, 10).tolist() == [0, 1, 2]


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


def test_run_ends_by_itself_and_exports_the_best(shapes, tmp_path, scripted, caplog):
    scripted(5.0, 3.0, 4.0, 3.5)
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        result = train(experiment(tmp_path), shapes)
    lines = [record.getMessage() for record in caplog.records]
    assert result.images_seen == 160
    assert any("FID 3 (random) at 80 images" in line and "the best so far" in line for line in lines)
    assert any("best 3 at 80, 2 of 2 evaluations without a new best: training ends" in line for line in lines)
    folder = result.folder
    # The exported generator is the one of 80 images.
    generator = load_generator(folder.generator)
    assert generator.card["images_seen"] == 80
    with np.load(folder.best / "images-00000000080.npz") as arrays:
        stored = {array.tobytes() for array in (arrays[name] for name in arrays.files)}
    exported = [variable.numpy() for variable in generator._model.network.variables]
    assert {array.tobytes() for array in exported} == stored
    # Recorded three times over.
    assert [(one.images_seen, one.fid) for one in read_history(folder.metrics)] == [
        (40, 5.0),
        (80, 3.0),
        (120, 4.0),
        (160, 3.5),
    ]
    assert [one["fid"] for one in last_extra(folder)] == [5.0, 3.0, 4.0, 3.5]
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder.tensorboard)).Reload()
    scalars = [(event.step, tf.make_ndarray(event.tensor_proto).item()) for event in events.Tensors("fidelity/fid")]
    assert scalars == [(40, 5.0), (80, 3.0), (120, 4.0), (160, 3.5)]
    # The same command has nothing more to do; with more patience the run goes on.
    assert train(experiment(tmp_path), shapes).images_seen == 160
    scripted(2.0, 2.5, 2.6, 2.7)
    again = train(experiment(tmp_path, patience=3), shapes)
    assert (again.resumed_from, again.images_seen) == (160, 320)
    assert load_generator(folder.generator).card["images_seen"] == 200


def test_killed_between_two_evaluations_goes_on_with_the_history(shapes, tmp_path, scripted):
    killed = scripted(5.0, 3.0)
    with pytest.raises(killed):
        train(experiment(tmp_path), shapes)
    folder = run_folder(experiment(tmp_path))
    assert [one["fid"] for one in last_extra(folder)] == [5.0, 3.0]
    scripted(4.0, 3.5)
    result = train(experiment(tmp_path), shapes)
    assert (result.resumed_from, result.images_seen) == (80, 160)
    assert [one.fid for one in read_history(folder.metrics)] == [5.0, 3.0, 4.0, 3.5]
    assert load_generator(folder.generator).card["images_seen"] == 80


def test_no_stop_without_a_reason_but_the_best_is_exported(shapes, tmp_path, scripted):
    scripted(*(5.0, 3.0) * 5)
    result = train(experiment(tmp_path, every_images=80, patience=10), shapes)
    assert result.images_seen == 400
    assert load_generator(result.folder.generator).card["images_seen"] == 160
    assert len(list(result.folder.best.iterdir())) == 2


def test_watching_changes_nothing(shapes, tmp_path, scripted):
    scripted(*(1.0 + number for number in range(10)))
    result = train(experiment(tmp_path, during_training="watch"), shapes)
    assert result.images_seen == 400
    assert load_generator(result.folder.generator).card["images_seen"] == 400
    assert len(read_history(result.folder.metrics)) == 10
    assert not result.folder.best.exists()


def test_real_measure_and_its_cache(shapes, tmp_path, caplog, monkeypatch):
    """The averaged generator of an untrained run is far from the images; a second run takes the kept statistics."""
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        result = train(experiment(tmp_path, every_images=200), shapes)
    lines = [record.getMessage() for record in caplog.records]
    assert any(line.startswith("FID: statistics of 36 real images, once for this dataset") for line in lines)
    assert any(line.startswith("FID of 36 images with 256 features is far above its true value") for line in lines)
    values = [one.fid for one in read_history(result.folder.metrics)]
    assert len(values) == 2 and all(0.01 < value < 1000 for value in values)
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        again = train(experiment(tmp_path, every_images=200), shapes, resume=False)
    assert not any("once for this dataset" in record.getMessage() for record in caplog.records)
    assert [one.fid for one in read_history(again.folder.metrics)] == pytest.approx(values, rel=1e-4)
    (kept,) = (tmp_path / "runs" / ".real_statistics").iterdir()
    kept.write_bytes(b"damaged")
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        train(experiment(tmp_path, every_images=400), shapes, resume=False)
    assert any(
        "is damaged; the statistics of the real images are computed again" in r.getMessage() for r in caplog.records
    )


def test_missing_weights_are_said_before_training(shapes, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(DataError, match="extractor 'inception' needs inception_v3.*give --set evaluation.fid.weights"):
        train(experiment(tmp_path, extractor="inception"), shapes)
    assert not run_folder(experiment(tmp_path)).metrics.exists()


def test_a_stop_that_cannot_come_is_said(shapes, tmp_path, scripted, caplog):
    scripted(*range(10, 0, -1))
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        train(experiment(tmp_path, minimum_images=None, every_images=400), shapes)
    assert any(
        "FID cannot stop this run: it counts from 7,000,000 images on, and the run ends at 400. The paper's upper limit"
        in record.getMessage()
        for record in caplog.records
    )


def test_lost_weights_of_the_best_are_said(shapes, tmp_path, scripted, caplog):
    killed = scripted(3.0, 5.0)
    with pytest.raises(killed):
        train(experiment(tmp_path, patience=3), shapes)
    folder = run_folder(experiment(tmp_path))
    (folder.best / "images-00000000040.npz").write_bytes(b"damaged")
    scripted(6.0, 7.0)
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        train(experiment(tmp_path, patience=3), shapes)
    assert any("the last generator is exported instead of the best" in record.getMessage() for record in caplog.records)
    assert load_generator(folder.generator).card["images_seen"] == 160
