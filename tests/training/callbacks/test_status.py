"""The status line and the line of metrics.jsonl say the same."""

import json
import logging
import math

from strict_json import strict

from medgan_tf.training.callbacks.status import StatusLine
from medgan_tf.training.state import Tick

VALUES = {
    "images_seen": 40_000,
    "images_per_second": 123.456,
    "loss_d": -1.5,
    "loss_g": 0.25,
    "score_real": 2.0,
    "score_fake": -3.0,
    "memory_gib": 1.25,
    "seconds_left": 90,
}


def lines_of(caplog, tmp_path, *ticks):
    status = StatusLine(Tick(), 7_000_000, tmp_path / "metrics.jsonl")
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        for number, values in enumerate(ticks):
            status.tick.values = values
            status.on_epoch_end(number)
    written = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert written == list(ticks)
    return [record.getMessage() for record in caplog.records]


def test_line_of_a_tick(caplog, tmp_path):
    (line,) = lines_of(caplog, tmp_path, VALUES)
    assert line == (
        "images    40,000 of 7,000,000   123.5 img/s  D   -1.500  G    0.250  score real    2.00 fake   -3.00  "
        "memory 1.2 GiB  1 min 30 s left"
    )


def test_what_is_not_finite_is_null(tmp_path):
    """A tick without a step of the penalties has no mean of them, and a diverged one has no loss."""
    values = {**VALUES, "r1": math.nan, "loss_d": math.inf}
    status = StatusLine(Tick(values=values), 7_000_000, tmp_path / "metrics.jsonl")
    status.on_epoch_end(0)
    assert strict((tmp_path / "metrics.jsonl").read_text()) == {**VALUES, "r1": None, "loss_d": None}


def test_growth_and_gpu_memory_are_said_where_there_are_any(caplog, tmp_path):
    grown = {**VALUES, "resolution": 32, "fade": 0.5, "gpu_memory_gib": 7.0}
    first, second = lines_of(caplog, tmp_path, VALUES, grown)
    assert "fade" not in first and "gpu" not in first
    assert "7,000,000  32x32 fade 0.50   123.5 img/s" in second and "memory 1.2 GiB gpu 7.0 GiB  " in second


def test_a_private_training_says_its_epsilon_and_no_score_of_real_images(caplog, tmp_path):
    covered = {name: value for name, value in VALUES.items() if name != "score_real"}
    status = StatusLine(Tick(values={**covered, "epsilon": 2.3456}), 7_000_000, tmp_path / "metrics.jsonl", 10.0)
    with caplog.at_level(logging.INFO, logger="medgan_tf"):
        status.on_epoch_end(0)
        status.tick.values = {**covered, "epsilon": math.inf}
        status.on_epoch_end(1)
    finite, infinite = (record.getMessage() for record in caplog.records)
    assert "score fake   -3.00  epsilon 2.35 of 10  memory" in finite and "real" not in finite
    assert "epsilon infinite of 10  memory" in infinite
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["epsilon"] for line in lines] == [2.3456, None]
