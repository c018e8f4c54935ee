"""The command line as its users meet it: exit codes, one-line errors, quiet terminal."""

import io
import json
import logging
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import medgan_tf
from medgan_tf.console import group as cli
from medgan_tf.console import options as common_options
from medgan_tf.console.options import tool_command
from medgan_tf.console.progress_line import ProgressLine
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.presentation.durations import duration

ROOT = Path(__file__).resolve().parents[2]


def python(code, *arguments, **environment):
    """Runs code in a fresh interpreter, from a folder that is not the checkout."""
    clean = {name: text for name, text in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    path = os.pathsep.join([str(Path(medgan_tf.__file__).parent.parent), str(ROOT)])
    start = "import sys; from medgan_tf.console.group import main, tools_package; tools_package()\n"
    return subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code), *arguments],
        env={**clean, "PYTHONPATH": path, **environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
    )


def invoke(body, *arguments):
    """A tool whose work is `body()`."""

    @tool_command("tool")
    @common_options.set_option
    def command(overrides):
        body()

    return CliRunner().invoke(command, arguments, prog_name="tool")


def test_exit_codes_and_messages():
    def fail(error):
        def body():
            raise error

        return body

    result = invoke(fail(ConfigError("x.yaml:3: a: wrong")))
    assert (result.exit_code, result.stderr, result.stdout) == (2, "Error: x.yaml:3: a: wrong\n", "")
    result = invoke(fail(ConfigError("x.yaml:3: a: wrong\nx.yaml:4: b: wrong")))
    assert result.stderr == "Error: x.yaml:3: a: wrong\nError: x.yaml:4: b: wrong\n"
    result = invoke(fail(DataError("no images")))
    assert (result.exit_code, result.stderr) == (1, "Error: no images\n")
    result = invoke(fail(KeyboardInterrupt()))
    assert (result.exit_code, result.stderr.strip()) == (130, "Interrupted.")
    result = invoke(fail(click.ClickException("shown")))
    assert (result.exit_code, result.stderr) == (1, "Error: shown\n")
    for unexpected in (ZeroDivisionError("a bug"), EOFError("a bug")):
        result = invoke(fail(unexpected))
        assert result.exit_code == 1 and result.exception is unexpected
    assert invoke(lambda: None).exit_code == 0
    assert invoke(lambda: click.get_current_context().exit(3)).exit_code == 3


def test_usage_errors_are_one_line():
    result = invoke(lambda: None, "--nope")
    assert result.exit_code == 2
    assert result.stderr == "Error: No such option '--nope'. (see tool --help)\n"
    result = CliRunner().invoke(cli.main, ["nope"], prog_name="medgan-tf")
    assert result.exit_code == 2
    assert result.stderr == "Error: No such command 'nope'. (see medgan-tf --help)\n"


def test_what_comes_from_a_file_does_not_control_the_terminal():
    """Colours, a title, an order of letters, a line of its own: names in a hostile file may hold all of it."""
    name = "\x1b[2J\x1b]0;x\x07\u202egnp.exe\x85Error: none\ud800 \u00e9\t\u80ba"
    shown = "\\x1b[2J\\x1b]0;x\\x07\\u202egnp.exe\\x85Error: none\\ud800 \u00e9\t\u80ba"

    def body():
        logging.getLogger("medgan_tf").warning("look: %s", name)
        common_options.echo_result({"name": name}, False, f"first\n{name}")
        raise ConfigError(f"no column {name}")

    result = invoke(body)
    assert result.stdout == f"first\n{shown}\n"
    # On a line of its own a tab is written out too.
    shown = shown.replace("\t", "\\t")
    assert result.stderr == f"look: {shown}\nError: no column {shown}\n"
    assert invoke(lambda: common_options.echo_result({"a": name}, True, "")).stdout == json.dumps({"a": name}) + "\n"


def test_unexpected_errors_keep_their_traceback():
    result = python(
        """
        from medgan_tf.console.options import run, tool_command
        @tool_command("tool")
        def command():
            raise ZeroDivisionError("a bug")
        run(command)
        """
    )
    assert result.returncode == 1
    assert result.stderr.startswith("Traceback") and result.stderr.endswith("ZeroDivisionError: a bug\n")


def test_version_and_help():
    result = CliRunner().invoke(cli.main, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"medgan-tf, version {medgan_tf.__version__}\n")
    result = CliRunner().invoke(cli.main, ["--help"])
    assert result.exit_code == 0
    assert "Examples:\n    medgan-tf train experiments/quickstart.yaml\n" in result.stdout
    assert CliRunner().invoke(cli.main, ["-h"]).stdout == result.stdout


def test_help_imports_no_library_but_click():
    result = python("main(['--help'], standalone_mode=False); print(*sorted(sys.modules), file=sys.stderr)")
    assert "Usage:" in result.stdout
    loaded = {name.split(".")[0] for name in result.stderr.split()}
    assert not loaded & {"tensorflow", "keras", "numpy", "pandas", "pydantic", "yaml", "absl", "cv2", "sklearn"}


def test_commands_are_the_tools_that_define_command(tmp_path, monkeypatch):
    (tmp_path / "some_thing.py").write_text('"""Does it.\n\nMore."""\ndef command(): pass\nimport absent\n')
    (tmp_path / "shared.py").write_text('"""Not a command."""\n')
    (tmp_path / "_private.py").write_text('"""Nor this."""\ndef command(): pass\n')
    package = type(sys)("fake_tools")
    package.__path__ = [str(tmp_path)]
    monkeypatch.setattr(cli, "tools_package", lambda: package)
    result = CliRunner().invoke(cli.main, ["--help"])
    assert result.stdout.split("Commands:\n")[1] == "  some-thing  Does it.\n"


@pytest.mark.parametrize("command", ["prepare", "train", "generate"])
@pytest.mark.parametrize(
    "override, message",
    [
        ("training.bacth=64", "training.bacth: unknown key; the nearest valid key is training.batch"),
        ("training.batch=many", "training.batch: expected a whole number; received 'many' (text)"),
        (
            "data.resolution=48",
            "data.resolution: resolution must be a power of two from 16 to 512. Received: resolution=48",
        ),
        ("training.batch=30", "training.batch: expected a multiple of gan.mbstd_group_size (4); received 30"),
        ("data.options.patients=0", "data.options.patients: expected a number greater than or equal to 1; received 0"),
    ],
)
def test_bad_configs_are_one_line_and_write_nothing(tmp_path, monkeypatch, command, override, message):
    monkeypatch.chdir(tmp_path)
    experiment = str(ROOT / "experiments" / "quickstart.yaml")
    result = CliRunner().invoke(cli.main, [command, experiment, "--set", override])
    assert result.exit_code == 2
    assert result.stderr == f"Error: --set {override}: {message}\n"
    assert result.stdout == ""
    assert not list(tmp_path.iterdir())


def test_bad_line_in_a_file_is_named(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ntraining:\n  batch: 30\n")
    result = CliRunner().invoke(cli.main, ["train", str(path)])
    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: {path}:3: training.batch: expected a multiple of gan.mbstd_group_size (4); received 30\n"
    )


@pytest.mark.parametrize("command", ["prepare", "train", "generate"])
def test_dry_runs_write_nothing(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli.main, [command, str(ROOT / "experiments" / "quickstart.yaml"), "--dry-run"])
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("name: quickstart\nseed: 1000\n")
    assert "# " in result.stdout.splitlines()[-1]
    assert not list(tmp_path.iterdir())


TRAIN_A_LITTLE = """
from medgan_tf.console.options import run, tool_command

@tool_command("tool")
def command():
    import warnings
    import keras
    import numpy as np
    import tensorflow as tf

    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3), keras.layers.Flatten()])
        model.compile("adam", "mse")
    data = tf.data.Dataset.from_tensors((np.zeros((4, 8, 8, 1), "f"), np.zeros((4, 72), "f")))
    model.fit(data, epochs=2, verbose=0)
    for _ in data:
        pass
    tf.get_logger().warning("a note")
    warnings.warn("from us")

run(command)
"""


def test_tensorflow_is_quiet_and_we_are_not():
    result = python(TRAIN_A_LITTLE)
    assert result.returncode == 0
    assert result.stdout == ""
    assert "UserWarning: from us" in result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr


FAKE_TENSORFLOW = """
import os, sys
sys.path.insert(0, sys.argv.pop())
from medgan_tf.console.options import run, tool_command

@tool_command("tool")
def command():
    import tensorflow
    print("after", file=sys.stderr)

run(command)
"""


@pytest.mark.parametrize(
    "end, environment, shown, code",
    [
        ("", {}, "after", 0),
        ("", {"TF_CPP_MIN_LOG_LEVEL": "0"}, "a note from C++\nafter", 0),
        ("raise ImportError('no AVX')", {}, "a note from C++\nTraceback", 1),
        ("os.abort()", {}, "Fatal Python error: Aborted", -6),
    ],
)
def test_start_of_tensorflow_is_held_back_unless_it_fails(tmp_path, end, environment, shown, code):
    (tmp_path / "tensorflow.py").write_text(f"import os\nos.write(2, b'a note from C++\\n')\n{end}\n")
    result = python(FAKE_TENSORFLOW, str(tmp_path), **environment)
    assert result.returncode == code
    assert result.stderr.startswith(shown)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_in_a_log_file():
    clock, stream = Clock(), io.StringIO()
    with ProgressLine("preparing", stream=stream, period=5, clock=clock) as progress:
        for second in range(13):
            clock.now = float(second)
            progress(1000 + second * 100, 5000)
    assert stream.getvalue().splitlines() == [
        "preparing: 1,500 of 5,000 images, 100/s, 35 s left",
        "preparing: 2,000 of 5,000 images, 100/s, 30 s left",
        "preparing: 2,200 of 5,000 images, 100/s, 28 s left",
    ]


def test_slow_progress_in_a_log_file_repeats_itself_once_a_minute():
    clock, stream = Clock(), io.StringIO()
    with ProgressLine("grid", "jobs", stream=stream, period=5, clock=clock) as progress:
        for second in range(0, 200, 2):
            clock.now = float(second)
            progress(second // 90, 3, "train" if second < 150 else "fid")
    assert stream.getvalue().splitlines() == [
        "grid: 0 of 3 jobs, train",
        "grid: 0 of 3 jobs, train",
        "grid: 1 of 3 jobs, 0.7/min, 3 min 00 s left, train",
        "grid: 1 of 3 jobs, 0.4/min, 5 min 00 s left, fid",
        "grid: 2 of 3 jobs, 0.7/min, 1 min 30 s left, fid",
        "grid: 2 of 3 jobs, 0.6/min, 1 min 39 s left, fid",
    ]


def test_progress_on_a_terminal():
    clock, stream = Clock(), Terminal()
    with ProgressLine("training", stream=stream, clock=clock) as progress:
        progress(0, 10)
        clock.now = 1.0
        progress(5, 10, "loss 3.1")
        progress.note("two images could not be read")
        clock.now = 2.0
        progress(10, 10)
    assert stream.getvalue() == (
        "\r\x1b[Ktraining: 5 of 10 images, 5.0/s, 1 s left, loss 3.1"
        "\r\x1b[Ktwo images could not be read\n"
        "\r\x1b[Ktraining: 10 of 10 images, 5.0/s\n"
    )


def test_duration():
    assert [duration(s) for s in (0.4, 59.4, 200, 7500)] == ["0 s", "59 s", "3 min 20 s", "2 h 05 min"]


def test_dry_run_output(tmp_path):
    from medgan_tf.config.loading import load_experiment

    path = tmp_path / "x.yaml"
    path.write_text("name: x\n")
    experiment = load_experiment(path)

    @click.command()
    @common_options.json_option
    def command(as_json):
        common_options.echo_plan(experiment, as_json, run="runs/x/cpd-seed1000")

    text = CliRunner().invoke(command).stdout
    assert text.startswith("name: x\nseed: 1000\n") and text.endswith("# run folder: runs/x/cpd-seed1000\n")
    (tmp_path / "again.yaml").write_text(text)
    assert load_experiment(tmp_path / "again.yaml") == experiment
    assert '"folders": {"run": "runs/x/cpd-seed1000"}' in CliRunner().invoke(command, ["--json"]).stdout
