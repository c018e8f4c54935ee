"""What has to run on any system does so without what only Unix or only Linux has."""

import ast
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

import pytest
from bare_system import CALLS, MODULES, SIGNALS

from medgan_tf.data.records.reader import DatasetFolder

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden" / "version_0_1"
SCRIPT = Path(__file__).parent / "support" / "bare_system.py"
RUN = "runs/small/cpd-seed1"
COMMANDS = (
    ("generate", "small.yaml", "--generator", f"{RUN}/generator", "--trust", "--images", "6", "--out", "alone"),
    ("report", RUN, "--out", "report"),
    ("reader-study", "create", "small.yaml", "--restart"),
    ("reader-study", "serve", "small.yaml", "--port", "0"),
)


@pytest.fixture
def before(tmp_path):
    """A small finished run."""
    folder = tmp_path / "before"
    shutil.copytree(GOLDEN, folder)
    with tarfile.open(folder / "saved_models.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder


def test_a_system_that_is_not_linux(before):
    words = [word for command in COMMANDS for word in (*command, "--")][:-1]
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), *words],
        cwd=before,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    )
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("http://127.0.0.1:"):
                assert b"<title>" in urllib.request.urlopen(line.split(" ")[0], timeout=10).read()
                process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0, process.stderr.read()
    finally:
        process.kill()
        _, errors = process.communicate()
    imported = int(lines[0].removeprefix("imported "))
    assert imported == len([*(ROOT / "medgan_tf").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]) - 2, errors
    assert lines[1] == "locks hold: True\n", errors
    assert [line.split()[1:] for line in lines if line.startswith("code ")] == [["0", one[0]] for one in COMMANDS], (
        errors
    )
    assert DatasetFolder(before / "alone").manifest.images == {"train": 6, "valid": 0, "test": 0}
    assert "<html" in (before / "report" / "report.html").read_text(encoding="utf-8")


def guarded(nodes):
    """Whether one of the nodes around a name makes sure that the system has it, or copes when it has not."""
    for node in nodes:
        if isinstance(node, ast.Try):
            caught = {
                name.id
                for one in node.handlers
                if one.type
                for name in ast.walk(one.type)
                if isinstance(name, ast.Name)
            }
            if caught & {"ImportError", "ModuleNotFoundError", "AttributeError"}:
                return True
        if isinstance(node, ast.If | ast.IfExp):
            test = ast.unparse(node.test)
            if any(word in test for word in ("hasattr", "os.name", "sys.platform")):
                return True
    return False


def unguarded(source):
    """Lines that need what some systems do not have."""

    def visit(node, around):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {one.name for one in node.names} if isinstance(node, ast.Import) else {node.module}
            wanted = names & set(MODULES)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            known = {"os": (*CALLS, "uname", "O_NONBLOCK"), "signal": SIGNALS}.get(node.value.id, ())
            wanted = {node.attr} & set(known)
        else:
            wanted = {"preexec_fn"} if isinstance(node, ast.keyword) and node.arg == "preexec_fn" else set()
        if wanted and not guarded(around):
            yield f"line {getattr(node, 'lineno', node)}: {', '.join(sorted(wanted))}"
        for child in ast.iter_child_nodes(node):
            yield from visit(child, [*around, node])

    return list(visit(ast.parse(source), []))


def test_calls_of_one_system_are_guarded():
    files = [*(ROOT / "medgan_tf").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
    found = {str(path.relative_to(ROOT)): unguarded(path.read_text(encoding="utf-8")) for path in files}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import fcntl\n", ["line 1: fcntl"]),
        ("def f():\n    from pwd import getpwuid\n", ["line 2: pwd"]),
        ("try:\n    import resource\nexcept ImportError:\n    resource = None\n", []),
        ("try:\n    import resource\nexcept OSError:\n    resource = None\n", ["line 2: resource"]),
        ("import os\nos.fork()\n", ["line 2: fork"]),
        ("import os\nif hasattr(os, 'uname'):\n    os.uname()\n", []),
        ("import signal\nnumber = signal.SIGKILL\n", ["line 2: SIGKILL"]),
        ("import subprocess\nsubprocess.run([], preexec_fn=None)\n", ["line 2: preexec_fn"]),
    ],
)
def test_the_rule_finds_unguarded_calls(source, lines):
    assert unguarded(source) == lines
