"""Stages are done when their inputs or outputs say so, and only then."""

import logging
from types import SimpleNamespace

import pytest

from medgan_tf.files.run_folders import RunFolder
from medgan_tf.workflow.stage import Stage, reason_to_do, run_stage


class Make(Stage):
    """Writes a file, and notes the inputs each time."""

    name = "make"

    def __init__(self, inputs):
        self.given, self.done = inputs, []

    def inputs(self, context):
        return self.given

    def outputs_exist(self, context):
        return (context.folder.path / "out").is_file()

    def work(self, context):
        (context.folder.path / "out").write_text("made")
        self.done.append(dict(self.given))


class Broken(Make):
    def work(self, context):
        raise KeyboardInterrupt


@pytest.fixture
def context(tmp_path):
    """As much of a context as a stage without an experiment needs."""
    return SimpleNamespace(folder=RunFolder(tmp_path))


def test_done_once_for_the_same_inputs(context):
    stage = Make({"a": 1})
    assert run_stage(stage, context)
    assert not run_stage(stage, context)
    stage.given = {"a": 2}
    assert run_stage(stage, context)
    (context.folder.path / "out").unlink()
    assert run_stage(stage, context)
    assert stage.done == [{"a": 1}, {"a": 2}, {"a": 2}]


class Stated(Make):
    """Something is printed beside the output that does not decide it."""

    def renew(self, context):
        self.done.append("renewed")


def test_what_is_printed_beside_is_renewed_only_when_up_to_date(context):
    stage = Stated({"a": 1})
    run_stage(stage, context)
    assert stage.done == [{"a": 1}]
    run_stage(stage, context)
    assert stage.done == [{"a": 1}, "renewed"]


class Renamed(Make):
    """An input has another form than in the version before."""

    def earlier_inputs(self, context):
        return {"file": 7}


def test_inputs_in_the_form_of_the_version_before(context):
    run_stage(Make({"file": 7, "seed": 1}), context)
    assert reason_to_do(Make({"file": "a", "seed": 1}), context, {"file": "a", "seed": 1}) == "inputs changed: file"
    assert reason_to_do(Renamed({}), context, {"file": "a", "seed": 1}) == ""
    assert reason_to_do(Renamed({}), context, {"file": "a", "seed": 2}) == "inputs changed: seed"
    run_stage(Make({"file": 8, "seed": 1}), context)
    assert reason_to_do(Renamed({}), context, {"file": "a", "seed": 1}) == "inputs changed: file"


def test_an_interrupted_or_damaged_record_is_done_again(context):
    record = context.folder.stages / "make.json"
    run_stage(Make({}), context)
    assert record.exists()
    with pytest.raises(KeyboardInterrupt):
        run_stage(Broken({"new": 1}), context)
    assert not record.exists()
    damaged = [
        "{",
        "[" * 100_000,
        "null",
        '{"key": 7, "inputs": 7}',
        '{"key": null, "inputs": [[]]}',
        '{"inputs": {"a": []}}',
    ]
    for text in damaged:
        record.write_text(text)
        assert run_stage(Make({}), context), text


def test_the_reason_is_told(context, caplog):
    inputs = {"a": 1, "b": (2, 3), "c": {"d": float("nan")}}
    stage = Make(inputs)
    assert reason_to_do(stage, context, inputs) == "not done yet"
    with caplog.at_level(logging.INFO):
        run_stage(stage, context)
    assert "make: to do (not done yet)" in caplog.messages
    assert reason_to_do(stage, context, inputs) == ""
    now = {"b": (2, 4), "c": {"d": float("nan")}, "e": 0}
    assert reason_to_do(stage, context, now) == "inputs changed: b, e, a"
    (context.folder.path / "out").unlink()
    assert reason_to_do(stage, context, inputs) == "outputs missing or replaced"
    (context.folder.stages / "make.json").write_text("{")
    assert reason_to_do(stage, context, inputs) == "its record or its outputs are damaged"
