"""Rules about the project itself: packaging, and what must not be in the code. For its rooms see `test_layout.py`."""

import ast
import configparser
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from medgan_tf.console.commands import ToolCommand
from medgan_tf.console.group import main

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = sorted((ROOT / "medgan_tf").rglob("*.py"))
TOOLS = sorted((ROOT / "tools").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

SOURCES = PACKAGE + TOOLS


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def offences(rule):
    """What a rule finds in all source files, one line each, so that one test names every offender."""
    return [f"{path.relative_to(ROOT)}: {found}" for path in SOURCES for found in rule(path)]


def imports(path):
    """Dotted names that a file imports, wherever in the file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names) if node.level == 0 else ("relative",)


def test_only_commands_use_click():
    def click(path):
        if path not in TOOLS and path.parent.name != "console":
            yield from ("imports click" for name in imports(path) if name.split(".")[0] == "click")

    assert offences(click) == []


def unsafe(path):
    for name in {name.split(".")[0] for name in imports(path)} & {"pickle", "dill", "joblib", "marshal", "shelve"}:
        yield f"imports {name}"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec", "print"):
            yield f"line {node.lineno}: {node.func.id}()"
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            if not (isinstance(node.value, ast.Constant) and node.value.value is False):
                yield f"line {node.value.lineno}: allow_pickle must be False"
        if isinstance(node, ast.Assert):
            yield f"line {node.lineno}: assert outside tests"


def test_no_pickle_and_no_code_from_text():
    assert offences(unsafe) == []


def relative(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"line {node.lineno}: imports are absolute, so that a tool also runs as a script"


def test_imports_are_absolute():
    assert offences(relative) == []


def undocumented(path):
    if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(tree(path)):
        yield "has no docstring"


def test_every_file_says_what_it_is_for():
    assert offences(undocumented) == []


@pytest.mark.parametrize(
    ("rule", "source", "found"),
    [
        (relative, "from . import build\n", "line 1: imports are absolute"),
        (unsafe, "import pickle\n", "imports pickle"),
        (unsafe, "import numpy as np\nnp.load('a', allow_pickle=True)\n", "line 2: allow_pickle must be False"),
        (unsafe, "print(1)\n", "line 1: print()"),
        (unsafe, "assert True\n", "line 1: assert outside tests"),
        (undocumented, "import os\n", "has no docstring"),
    ],
)
def test_the_rules_find_what_they_forbid(rule, source, found, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    path = tmp_path / "medgan_tf" / "data" / "planted.py"
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
    assert any(one.startswith(found) for one in rule(path))


def project_files():
    """Text files that belong to the project: what git lists, or everything in an unpacked copy without git."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\n") if name and (ROOT / name).is_file()]


def test_no_paths_of_one_machine():
    pattern = re.compile(rb"/home/[a-z]|/Users/[A-Za-z]|/root/|[A-Z]:\\\\Users|/work/[a-z]")
    for path in project_files():
        if path.suffix in (".npz", ".png") or path == Path(__file__).resolve():
            continue
        found = pattern.search(path.read_bytes())
        assert not found, f"{path}: {found.group()!r}"


def test_no_vague_file_names():
    names = {path.stem for path in PACKAGE + TOOLS}
    assert not names & {"utils", "util", "misc", "helpers", "common"}


def setup_cfg():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def test_installed_packages_are_the_tree():
    listed = setup_cfg()["options"]["packages"].split()
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in PACKAGE}
    tools = {".".join(("medgan_tf", *path.parent.relative_to(ROOT).parts)) for path in TOOLS}
    # The experiments are data beside the package, and are installed inside it.
    assert sorted(listed) == sorted(found | tools | {"medgan_tf.experiments"})
    for folder in {path.parent for path in PACKAGE}:
        assert (folder / "__init__.py").is_file(), f"{folder} lacks __init__.py"


def test_every_experiment_is_installed():
    patterns = setup_cfg()["options.package_data"]["medgan_tf.experiments"].split(", ")
    files = {path for path in project_files() if path.is_relative_to(ROOT / "experiments")}
    assert files == {path for pattern in patterns for path in (ROOT / "experiments").glob(pattern)} & files
    assert len(files) > 40


def test_every_requirement_is_used_and_listed():
    # google.protobuf comes with tensorflow, which decides its version.
    names = {"cv2": "opencv-python-headless", "sklearn": "scikit-learn", "yaml": "pyyaml", "google": "tensorflow"}
    names |= {"gdcm": "python-gdcm", "PIL": "pillow", "mlflow": "mlflow-skinny"}

    def distribution(module):
        return names.get(module, module)

    used = {name.split(".")[0] for path in PACKAGE + TOOLS for name in imports(path)}
    # In the interpreter that `medgan-tf peer-step` is given, and beside the files that it runs.
    used -= {"torch", "own_worker", "torch_networks"}
    used = {distribution(name) for name in used - set(sys.stdlib_module_names) - {"medgan_tf", "pydantic_core"}}
    listed = {re.split(r"[<>=\[]", line)[0].lower() for line in setup_cfg()["options"]["install_requires"].split()}
    # Imported if it is there, and listed in an extra.
    optional = {"python-gdcm", "mlflow-skinny"}
    assert used - optional == listed
    options = setup_cfg()["options.extras_require"]
    assert "python-gdcm" in options["dicom"] and "python-gdcm" in options["test"]
    assert "mlflow-skinny" in options["mlflow"] and optional <= used


def test_pins_cover_every_requirement():
    pins = dict(
        line.lower().split("==") for line in (ROOT / "requirements.txt").read_text().split("\n") if "==" in line
    )
    options = setup_cfg()
    wanted = options["options"]["install_requires"] + options["options.extras_require"]["test"]
    for name in {re.split(r"[<>=\[]", line)[0].lower() for line in wanted.split()}:
        assert name in pins, f"requirements.txt does not pin {name}"


def normal(name):
    """The name of a distribution as indexes compare it."""
    return re.sub("[-_.]+", "-", name).lower()


LOCKS = {
    "requirements.lock": ("test", "dp", "dicom", "browser", "benchmark", "slurm", "docs", "lint", "release"),
    "requirements-gpu.lock": ("gpu", "dp", "dicom", "benchmark", "slurm", "release"),
}


def locked(name):
    """Name to (version, number of hashes) in a lock file."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.findall(
        r"^([\w.-]+)==(\S+)([^\n]*\\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+)", text, re.MULTILINE
    )
    assert len(entries) == len(re.findall(r"^[a-zA-Z]", text, re.MULTILINE)), "an entry without hashes, or without =="
    return {normal(package): (version, rest.count("--hash=sha256:")) for package, version, rest in entries}


@pytest.mark.parametrize("name", LOCKS)
def test_locked_versions_are_the_tested_ones(name):
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")
    pins = dict(line.split("==") for line in lines if "==" in line)
    pins = {normal(package): version for package, version in pins.items()}
    found = locked(name)
    assert {package: version for package, (version, _) in found.items()} == {
        package: pins.get(package) for package in found
    }
    assert min(hashes for _, hashes in found.values()) >= 1
    options = setup_cfg()
    wanted = [options["options"]["install_requires"], *(options["options.extras_require"][one] for one in LOCKS[name])]
    names = {re.split(r"[<>=\[]", line)[0] for line in "\n".join(wanted).split("\n") if line and line[0] != "#"}
    assert {normal(one) for one in names} | {"setuptools"} <= set(found)


def test_every_pin_is_locked_and_no_lock_names_an_index():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")
    pins = {normal(line.split("==")[0]) for line in lines if "==" in line}
    assert pins == {package for name in LOCKS for package in locked(name)}
    for name in LOCKS:
        assert not re.search(r"://|--(extra-)?index|--find-links", (ROOT / name).read_text(encoding="utf-8")), name


# It would bring too much to machines that do not want it, see setup.cfg.
UNLOCKED = {"mlflow"}


def test_every_extra_is_locked():
    extras = {extra for locked_extras in LOCKS.values() for extra in locked_extras}
    assert extras | UNLOCKED == set(setup_cfg()["options.extras_require"]) and not extras & UNLOCKED


def test_declared_pythons_are_those_that_may_install():
    declared = re.findall(r"Python :: 3\.(\d+)", setup_cfg()["metadata"]["classifiers"])
    first, last = int(declared[0]), int(declared[-1])
    assert declared == [str(minor) for minor in range(first, last + 1)]
    assert setup_cfg()["options"]["python_requires"] == f">=3.{first},<3.{last + 1}"
    assert f"Python 3.{first} to 3.{last}" in (ROOT / "README.md").read_text(encoding="utf-8")


def readme_commands():
    """The two commands at the top of the README: install and run, install and test."""
    blocks = re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return [block.strip() for block in blocks[:2]]


def test_readme_starts_with_two_commands_that_ci_runs():
    run, test = readme_commands()
    assert run == (
        "python3 -m venv .venv && . .venv/bin/activate && pip install . && medgan-tf train experiments/quickstart.yaml"
    )
    assert test == "pip install '.[test]' && pytest"
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ("pip install .", *test.split(" && ")):
        assert re.search(rf"^{re.escape(command)}$", script, re.MULTILINE), f".ci/run does not run: {command}"


def test_readme_links_lead_somewhere():
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            assert (ROOT / target).exists(), f"{name} links to {target}"


TOOL_FILES = {path.stem.replace("_", "-"): path for path in TOOLS if path.stem != "__init__"}
TOOL_NAMES = [*TOOL_FILES]


@pytest.mark.parametrize("name", TOOL_NAMES)
def test_tools_explain_themselves(name):
    command = main.get_command(None, name)
    assert isinstance(command, ToolCommand), f"tools/{name}.py: use @tool_command"
    assert command.name == name
    file = TOOL_FILES[name].relative_to(ROOT).as_posix()
    assert re.search(r"\x08\n *Examples:\n", command.help), f"{name}: the docstring needs a \\b and Examples:"
    assert f"medgan-tf {name}" in command.help or f"python {file}" in command.help
    source = (ROOT / file).read_text(encoding="utf-8")
    assert 'if __name__ == "__main__":\n    run(command)\n' in source


def test_every_tool_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in TOOL_NAMES:
        assert f"medgan-tf {name}" in text, f"the README does not show medgan-tf {name}"
