"""classify, fid, privacy and report die by SIGKILL at any moment; given again, they end as if they had not.

Half of the moments are changes of files, and short times after them, so that files are cut off in the middle. The
others are spread over the whole time of the command. An ordinary run of the tests kills twice; ``pytest --kills
tests/workflow/test_killed_evidence.py`` kills 20 times.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import tensorflow as tf
import warm_python

GOLDEN = Path(__file__).parents[1] / "golden" / "version_0_1"
SCRIPT = Path(__file__).parents[1] / "support" / "killed_command.py"
COMMANDS = {
    "classify": ("classify", "small.yaml"),
    "fid": ("fid", "small.yaml"),
    # One of its questions has no answer, as the run is so small.
    "privacy": ("privacy", "small.yaml", "--partial"),
    "report": ("report", "runs/small"),
}
# What each command makes; it is removed before, so that there is everything to do.
MADE = {
    "classify": ("cpd-seed1/classifier", "real-seed1/classifier"),
    "fid": ("cpd-seed1/evaluation/fid-random.json",),
    "privacy": ("cpd-seed1/evaluation/privacy.json",),
    "report": (),
}
MANY, FEW = 20, ("privacy", "fid")
SEED = 18
# Wall times are no part of a result; nor are the names that TensorFlow draws by lot.
# The last two: hashes and times of the annex, whose other content is compared.
CLOCK = {"seconds", "images_per_second", "made", "result_sha256"}
UNCOMPARED = ("log.txt", "saved_model.pb", "fingerprint.pb", "variables.data-00000-of-00001", "privacy-annex.html",
              "privacy-annex.sha256")  # fmt: skip
MOST_SECONDS = 120


@dataclass(frozen=True)
class Kill:
    """When a command dies: a share of its changes of files or of its time, and seconds after that."""

    command: str
    at: str
    share: float
    delay: float

    def __str__(self):
        return f"{self.command}-{self.share:.3f} of {self.at}" + f"+{self.delay:.4f}s" * bool(self.delay)


def kills(many):
    """The moments of a run of the tests."""
    choice = random.Random(SEED)
    drawn = []
    for number in range(MANY):
        at = "time" if number // len(COMMANDS) % 2 else "changes"
        delay = choice.choice((0.0, choice.uniform(0, 0.02))) if at == "changes" else 0.0
        drawn.append(Kill([*COMMANDS][number % len(COMMANDS)], at, choice.uniform(0.02, 1), delay))
    if many:
        return drawn
    return [next(kill for kill in drawn if kill.command == command) for command in FEW]


def pytest_generate_tests(metafunc):
    if "kill" in metafunc.fixturenames:
        metafunc.parametrize("kill", kills(metafunc.config.getoption("--kills")), ids=str)


def test_many_kills_are_spread():
    many = kills(many=True)
    assert len(many) == MANY == len(set(many))
    for command in COMMANDS:
        assert [kill.at for kill in many if kill.command == command].count("changes") == 3
    assert any(kill.delay for kill in many) and any(kill.at == "changes" and not kill.delay for kill in many)


class Work:
    """A folder in which a tiny experiment of version 0.1 lies, and a command that is started there."""

    def __init__(self, folder, command):
        self.folder, self.command = folder, command
        shutil.copytree(GOLDEN, folder)
        with tarfile.open(folder / "saved_models.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        for name in MADE[command]:
            path = folder / "runs" / "small" / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def start(self, moment="0"):
        """Starts the command, to die at the moment; see `killed_command.py`."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        words = [SCRIPT, moment, *COMMANDS[self.command]]
        return warm_python.start(words, output=self.folder / "output.txt", cwd=self.folder, env=environment)

    def finish(self):
        """Runs the command to its end, which must be a good one."""
        code = warm_python.wait(self.start(), MOST_SECONDS)
        assert code == 0, (self.folder / "output.txt").read_text()[-3000:]

    def results(self):
        """Every file below the runs and the datasets, without wall times."""
        found = {}
        for top in ("runs", "datasets"):
            for path in (self.folder / top).rglob("*"):
                if path.is_file() and path.name != ".lock":
                    found[str(path.relative_to(self.folder))] = _content(path)
        return found


def _content(path):
    if path.name in UNCOMPARED:
        return None
    if path.name == "variables.index":
        return _weights(path.with_suffix(""))
    return _without_clock(json.loads(path.read_bytes())) if path.suffix == ".json" else path.read_bytes()


def _weights(variables):
    """Names, shapes and bytes of a SavedModel's variables, but not the numbers that TensorFlow gives to its objects."""
    reader = tf.train.load_checkpoint(str(variables))
    arrays = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    return {name: (a.shape, a.tobytes()) for name, a in arrays.items() if name != "_CHECKPOINTABLE_OBJECT_GRAPH"}


def _without_clock(value):
    if isinstance(value, dict):
        # In an annex `audited` is a time; in the result it holds the hashes of the inputs.
        timed = {name for name in value if name in CLOCK or (name == "audited" and isinstance(value[name], str))}
        return {name: _without_clock(inner) for name, inner in value.items() if name not in timed}
    return [_without_clock(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A function from a command to the results of an unbroken run, its changes of files and its seconds."""
    known = {}

    def run(command):
        if command not in known:
            work = Work(tmp_path_factory.mktemp("unbroken") / "work", command)
            started = time.monotonic()
            work.finish()
            seconds = time.monotonic() - started
            known[command] = work.results(), int((work.folder / "changes").read_text()), seconds
        return known[command]

    return run


def killed(folder, kill, changes, seconds):
    """A `Work` whose command died at a moment."""
    share = kill.share
    for number in range(8):
        work = Work(folder / str(number), kill.command)
        at_change = kill.at == "changes"
        process = work.start(f"{max(1, round(share * changes))}+{kill.delay}" if at_change else "0")
        try:
            code = warm_python.wait(process, MOST_SECONDS if at_change else share * seconds)
        except subprocess.TimeoutExpired:
            code = process.exitcode
        if code == -signal.SIGKILL:
            return work
        assert code == 0, (work.folder / "output.txt").read_text()[-3000:]
        # It was quicker than its moment.
        share *= 0.8
    raise AssertionError("the command always ends before it can be killed")


def test_the_same_command_again_ends_as_if_it_had_not_been_killed(kill, unbroken, tmp_path):
    expected, changes, seconds = unbroken(kill.command)
    work = killed(tmp_path, kill, changes, seconds)
    # An hour later: then nobody can be writing what the dead process left.
    for path in work.folder.rglob(".partial-*"):
        os.utime(path, (time.time() - 3700,) * 2)
    work.finish()
    found = work.results()
    left = [name for name in found if "/." in name.removeprefix("runs/.grid/")]
    assert not left, f"left behind: {left}"
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []
