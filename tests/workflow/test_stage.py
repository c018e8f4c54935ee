"""Stages are done when their inputs or outputs say so, and only then."""

import logging

from medgan_tf.workflow.stage import Stage, reason_to_do, run_stage


def stage(folder, inputs, done):
    def work():
        (folder / "out").write_text("made")
        done.append(dict(inputs))

    return Stage("make", folder, lambda: inputs, lambda: (folder / "out").is_file(), work)


def test_done_once_for_the_same_inputs(tmp_path):
    done = []
    assert run_stage(stage(tmp_path, {"a": 1}, done))
    assert not run_stage(stage(tmp_path, {"a": 1}, done))
    assert run_stage(stage(tmp_path, {"a": 2}, done))
    (tmp_path / "out").unlink()
    assert run_stage(stage(tmp_path, {"a": 2}, done))
    assert done == [{"a": 1}, {"a": 2}, {"a": 2}]


def test_an_interrupted_or_damaged_record_is_done_again(tmp_path):
    def broken():
        raise KeyboardInterrupt

    done = []
    run_stage(stage(tmp_path, {}, done))
    try:
        run_stage(Stage("make", tmp_path, lambda: {"new": 1}, lambda: True, broken))
    except KeyboardInterrupt:
        pass
    assert not (tmp_path / "make.json").exists()
    (tmp_path / "make.json").write_text("{")
    assert run_stage(stage(tmp_path, {}, done))


def test_the_reason_is_told(tmp_path, caplog):
    inputs = {"a": 1, "b": (2, 3), "c": {"d": float("nan")}}
    assert reason_to_do(stage(tmp_path, inputs, []), inputs) == "not done yet"
    with caplog.at_level(logging.INFO):
        run_stage(stage(tmp_path, inputs, []))
    assert "make: to do (not done yet)" in caplog.messages
    assert reason_to_do(stage(tmp_path, inputs, []), inputs) == ""
    now = {"b": (2, 4), "c": {"d": float("nan")}, "e": 0}
    assert reason_to_do(stage(tmp_path, now, []), now) == "inputs changed: b, e, a"
    (tmp_path / "out").unlink()
    assert reason_to_do(stage(tmp_path, inputs, []), inputs) == "outputs missing or replaced"
    (tmp_path / "make.json").write_text("{")
    assert reason_to_do(stage(tmp_path, inputs, []), inputs) == "its record or its outputs are damaged"
