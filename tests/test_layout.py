"""The house: which rooms there are, how large they may be, and who may need whom. The finder itself is tested too."""

import ast
import shutil
from pathlib import Path

import pytest
from layout import PACKAGE, TOOLS, Edge, circles, edges, modules

ROOT = Path(__file__).resolve().parent.parent

# From the foundation upwards. A part needs parts of lower rows only; the first and the last row are free among
# themselves. The version and the lazy names of medgan_tf/__init__.py are free for all.
ROWS = (
    ("cores", "errors", "registry", "startup", "files", "presentation"),
    ("accounting", "config", "paper"),
    ("phantom",),
    ("data", "layers", "metrics", "saved_models"),
    ("gans", "features", "classification"),
    ("synthesis", "training"),
    ("machine",),
    ("proposal",),
    ("evidence",),
    ("workflow", "simulations"),
    ("reporting",),
    ("release",),
    ("hub",),
    ("console", "tools", "__main__"),
)
PLACE = {part: row for row, parts in enumerate(ROWS) for part in parts}
ROOMS_OF_EVIDENCE = ("fidelity", "importance", "neighbours", "privacy", "readers", "utility")
FURNITURE = ("settings", "room", "job", "section")
GONE = (
    "atomic",
    "cli",
    "durations",
    "evaluation",
    "onednn",
    "quiet_tensorflow",
    "reader_study",
    "runs",
    "data.phantom",
)
MOST_FILE_LINES, MOST_FUNCTION_LINES, MOST_ROOM_LINES = 300, 50, 2500


def part_of(module: str) -> str:
    """medgan_tf.data.records.reader -> data."""
    names = module.split(".")
    return names[1] if len(names) > 1 else ""


def is_settings(module: str) -> bool:
    return module.rsplit(".", 1)[-1] == "settings"


def is_upward(edge: Edge) -> bool:
    """Whether an edge breaks the order of `ROWS`. One step is allowed: config and options load other options."""
    source, target = part_of(edge.source), part_of(edge.target)
    if not source or not target or source == target:
        return False
    if is_settings(edge.target) and (source == "config" or is_settings(edge.source)):
        return False
    if PLACE[source] == PLACE[target]:
        return PLACE[source] not in (0, len(ROWS) - 1)
    return PLACE[target] > PLACE[source]


def upward(root: Path) -> list[str]:
    return [str(edge) for edge in edges(root) if is_upward(edge)]


def room_of(module: str) -> str:
    """medgan_tf.evidence.privacy.job -> privacy; "" for what the rooms share."""
    names = module.split(".")
    return names[2] if names[:2] == [PACKAGE, "evidence"] and len(names) > 2 and names[2] in ROOMS_OF_EVIDENCE else ""


def between_rooms(root: Path) -> list[str]:
    """Edges from one question to another."""
    return [
        str(edge)
        for edge in edges(root)
        if room_of(edge.source) and room_of(edge.target) not in ("", room_of(edge.source))
    ]


def test_every_part_has_a_row():
    assert {part_of(name) for name in modules(ROOT)} - {""} == set(PLACE)


def test_nothing_needs_what_is_above_it():
    assert upward(ROOT) == []


def test_no_files_need_each_other():
    assert circles(edges(ROOT)) == []


def test_no_question_needs_another():
    assert between_rooms(ROOT) == []


def needed(start: str, found: list[Edge]) -> set[str]:
    """A file and all that importing it imports, registries not counted: they import when they are asked."""
    reached, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [edge.target for edge in found if edge.source == name and edge.how == "import"]
    return reached


HEAVY = {"tensorflow", "keras", "pydicom", "cv2", "pandas", "sklearn", "scipy", "matplotlib"}


def test_options_are_light():
    """What the config loads of a part brings neither the part nor a large library."""
    found, files = edges(ROOT), modules(ROOT)
    heavy = []
    for name in files:
        if is_settings(name):
            for one in needed(name, found):
                libraries = {node.name.split(".")[0] for node in imported(files[one])} & HEAVY
                if libraries or one.rsplit(".", 1)[-1] in ("source", "networks", "room", "job"):
                    heavy.append(f"{name} needs {one} {sorted(libraries)}")
    assert heavy == []


def imported(path: Path) -> list[ast.alias]:
    """What a file imports from outside, at its top."""
    nodes = ast.parse(path.read_bytes()).body
    plain = [alias for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return plain + [ast.alias(node.module or "") for node in nodes if isinstance(node, ast.ImportFrom)]


def test_rooms_are_furnished_alike():
    for room in ROOMS_OF_EVIDENCE:
        files = {path.stem for path in (ROOT / PACKAGE / "evidence" / room).glob("*.py")}
        assert set(FURNITURE) <= files, f"{room} lacks {sorted(set(FURNITURE) - files)}"
        below = {path.stem for path in (ROOT / PACKAGE / "evidence" / room).rglob("*.py")}
        assert any(name.startswith("measure") for name in below), f"{room} measures nothing"


def test_old_places_are_gone():
    left = [name for name in GONE if f"{PACKAGE}.{name}" in modules(ROOT)]
    assert left == []


def test_questions_are_not_named_above_their_rooms():
    """The workflow and the report ask the registry; who adds a room edits neither."""
    words = ("privacy", "neighbours", "occlusion", "reader_study", "readers", "importance", "fidelity")
    found = [
        f"{path.relative_to(ROOT)}: {node.value!r}"
        for part in ("workflow", "reporting")
        for path in sorted((ROOT / PACKAGE / part).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Constant) and node.value in words
    ]
    assert found == []


def length(function: ast.FunctionDef) -> int:
    """Lines of a function, its docstring not counted."""
    first = function.body[0]
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return function.end_lineno - function.lineno + 1 - (first.end_lineno - first.lineno + 1 if is_text else 0)


def test_sizes():
    long = []
    rooms: dict[Path, int] = {}
    for path in modules(ROOT).values():
        text = path.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        rooms[path.parent] = rooms.get(path.parent, 0) + lines
        if lines > MOST_FILE_LINES:
            long.append(f"{path.relative_to(ROOT)}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and length(node) > MOST_FUNCTION_LINES:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} is too long")
    phantom = ROOT / PACKAGE / "phantom"
    long += [f"{room.relative_to(ROOT)}: {lines} lines" for room, lines in rooms.items()
             if lines > MOST_ROOM_LINES and room != phantom]  # fmt: skip
    assert long == []


# --- the finder finds what it should ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the source that a test may plant something into."""
    folder = tmp_path_factory.mktemp("layout")
    for name in (PACKAGE, "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "page"))
    return folder


UPWARD = {
    "at the top": "from medgan_tf.training.checkpoints import Checkpoints\n",
    "a module": "import medgan_tf.training.checkpoints\n",
    "inside a function": "def late():\n    from medgan_tf.training import checkpoints\n    return checkpoints\n",
    "for types": "from typing import TYPE_CHECKING as T\nif T:\n    from medgan_tf.training import checkpoints\n",
    "importlib": "import importlib\nfound = importlib.import_module('medgan_tf.training.checkpoints')\n",
    "import_module": "from importlib import import_module\nfound = import_module('medgan_tf.training.checkpoints')\n",
    "another process": "import sys\nwords = [sys.executable, '-m', 'medgan_tf.training.checkpoints', 'x']\n",
    "relative": "from ...training import checkpoints\n",
    "relative, the package": "from ... import training\n",
    "a registry": "from medgan_tf.registry import GANS\nfound = GANS.get('cpd')\n",
}


@pytest.fixture
def plant(copy):
    """Plants files into the copy, and gives the edges that come with them."""
    before, changed = set(edges(copy)), {}

    def put(texts: dict[str, str]) -> list[Edge]:
        for name, text in texts.items():
            path = copy / PACKAGE / name
            changed[path] = path.read_text() if path.is_file() else None
            path.write_text(text)
        return [edge for edge in edges(copy) if edge not in before]

    yield put
    for path, text in changed.items():
        path.unlink() if text is None else path.write_text(text)


@pytest.mark.parametrize("how", UPWARD)
def test_a_planted_upward_import_is_found(plant, how):
    found = [edge for edge in plant({"data/records/planted.py": UPWARD[how]}) if is_upward(edge)]
    assert found and {edge.source for edge in found} == {f"{PACKAGE}.data.records.planted"}
    assert part_of(found[0].target) == ("gans" if how == "a registry" else "training")


def test_a_planted_circle_is_found(plant):
    one = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import two\n"
    two = "def late():\n    from medgan_tf.metrics.one import x\n    return x\n"
    found = plant({"metrics/one.py": one, "metrics/two.py": two})
    assert circles(found) == [[f"{PACKAGE}.metrics.one", f"{PACKAGE}.metrics.two"]]


def test_a_planted_circle_through_a_registry_is_found(plant, copy):
    """An architecture that needs what builds architectures."""
    networks = (copy / PACKAGE / "gans/architectures/cpd/networks.py").read_text()
    late = "\n\ndef late():\n    from medgan_tf.gans.build import build_gan\n    return build_gan\n"
    plant({"gans/architectures/cpd/networks.py": networks + late})
    names = {f"{PACKAGE}.gans.build", f"{PACKAGE}.gans.architectures.cpd.networks"}
    assert any(names <= set(circle) for circle in circles(edges(copy)))


def test_a_planted_step_from_room_to_room_is_found(plant, copy):
    before = between_rooms(copy)
    plant({"evidence/privacy/planted.py": "from medgan_tf.evidence.neighbours import measure\n"})
    [line] = [line for line in between_rooms(copy) if line not in before]
    assert line.startswith(f"{PACKAGE}.evidence.privacy.planted:1 ")


def test_the_config_may_load_options_but_not_the_part(plant):
    text = "from medgan_tf.registry import SOURCES\na = SOURCES.settings('rsna')\nb = SOURCES.get('rsna')\n"
    found = [edge for edge in plant({"config/planted.py": text}) if is_upward(edge)]
    assert {edge.line for edge in found} == {3}
    assert {edge.target.rsplit(".", 1)[-1] for edge in found} == {"source"}


def test_tools_are_named_as_installed():
    assert f"{TOOLS}.train" in modules(ROOT)
    assert any(edge.source == f"{TOOLS}.train" and edge.target == f"{PACKAGE}.console.options" for edge in edges(ROOT))
