"""Which evidence there is, and that asking for it costs no TensorFlow."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import medgan_tf.evidence
from medgan_tf.errors import ConfigError
from medgan_tf.evidence.choice import all_evidence, always_made, chosen_evidence, names_of_runs, names_on_request
from medgan_tf.registry import EVIDENCE

HEAVY = ("tensorflow", "keras", "pydicom", "matplotlib", "pandas", "cv2", "sklearn")


def test_every_room_says_when_it_is_made():
    assert [(one.key, str(one.when)) for one in all_evidence()] == [
        ("gap", "over all seeds"),
        ("fid", "every run"),
        ("neighbours", "on request"),
        ("privacy", "on request"),
        ("occlusion", "on request"),
        ("reader_study", "by hand"),
    ]
    assert [one.key for one in always_made()] == ["fid"]
    assert names_of_runs() == ["fid", *names_on_request()]
    assert [EVIDENCE.settings(one.key).KEY for one in all_evidence()] == EVIDENCE.names()


def test_chosen_in_the_order_of_the_rooms():
    assert [one.key for one in chosen_evidence(["occlusion", "neighbours"])] == ["neighbours", "occlusion"]
    with pytest.raises(ConfigError, match="no evidence 'fid'; expected some of neighbours, privacy, occlusion"):
        chosen_evidence(["fid"])


def test_rooms_are_furnished_alike_and_do_not_import_each_other():
    folder = Path(medgan_tf.evidence.__file__).parent
    rooms = {path.parent.name: path.parent for path in folder.glob("*/settings.py")}
    assert len(rooms) == len(EVIDENCE.names())
    for name, room in rooms.items():
        missing = {"settings", "room", "job", "table", "figures"} - {path.stem for path in room.glob("*.py")}
        assert not missing and list(room.rglob("measure*.py")), f"{name} lacks {missing or 'measure'}"
        for file in room.rglob("*.py"):
            others = set(re.findall(r"medgan_tf\.evidence\.(\w+)", file.read_text())) & set(rooms) - {name}
            assert not others, f"{file} imports {others}"


def test_rooms_tell_about_themselves_without_heavy_libraries():
    code = f"""
import sys
from medgan_tf.evidence.choice import all_evidence
assert len(all_evidence()) >= 6
print([name for name in {HEAVY} if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
