"""The whole check: time for each part, the file after each part, going on, and the exit code. No process is started."""

import json

import pytest
from planted_parts import CPU
from strict_json import strict_files

from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.files.locks import hold
from medgan_tf.machine.selfcheck import run
from medgan_tf.machine.selfcheck.parts import Part
from medgan_tf.machine.selfcheck.record import CaseResult, PartResult, Record, read_record, state_of
from medgan_tf.machine.selfcheck.run import all_parts, limits, selfcheck

PARTS = (
    Part("versions", "none"),
    Part("golden", "none", share=2.0),
    Part("rate", "none", demanded=False),
    Part("speed", "none", share=4.0),
)


def case(state, name="first", demanded=True, values=None):
    return CaseResult(name=name, demanded=demanded, state=state, text=state, values=values or {})


class Machine:
    """In the place of processes: gives each part the state that was planted, and takes no time."""

    def __init__(self):
        self.states, self.asked, self.values = {}, [], dict(CPU)

    def measured(self, part, before, limit):
        self.asked.append((part.name, round(limit)))
        state = self.states.get(part.name, "passed" if part.demanded else "reported")
        if isinstance(state, BaseException):
            raise state
        values = self.values if part.name == "versions" else {}
        return PartResult(
            name=part.name, demanded=part.demanded, state=state, cases=[case(state, "first", part.demanded, values)]
        )


@pytest.fixture
def machine(monkeypatch):
    planted = Machine()
    monkeypatch.setattr(run, "measured_part", planted.measured)
    return planted


def checked(path, minutes=8.0, **settings):
    notes = []
    return selfcheck(path, minutes, notes.append, parts=PARTS, **settings), notes


def test_each_part_gets_its_share_and_what_the_others_left(machine, tmp_path):
    record, notes = checked(tmp_path / "check.json")
    # 480 s: one of seven demanded shares; two of six; one of all five that are left; the rest. No part took any of it.
    assert machine.asked == [("versions", 69), ("golden", 160), ("rate", 96), ("speed", 480)]
    assert [part.state for part in record.parts] == ["passed", "passed", "reported", "passed"]
    assert notes == ["versions: passed, 0 s", "golden: passed, 0 s", "rate: reported (first: reported), 0 s",
                     "speed: passed, 0 s"]  # fmt: skip
    assert record.exit_code([part.name for part in PARTS]) == 0
    assert read_record(tmp_path / "check.json") == record
    assert strict_files(tmp_path) == ["check.json"]
    # Where each takes all of its own: 1/7, then 2/6, 1/5 and all of what is left.
    assert [round(limit, 2) for limit in limits(PARTS, 105).values()] == [15.0, 30.0, 12.0, 48.0]


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ({"golden": "failed", "speed": "not measured"}, 3),
        ({"rate": "failed"}, 3),
        ({"speed": "not measured"}, 4),
        ({"rate": "not measured"}, 0),
        ({"speed": "reported"}, 0),
    ],
)
def test_exit_codes(machine, tmp_path, states, code):
    machine.states = states
    record, _ = checked(tmp_path / "check.json")
    assert record.exit_code([part.name for part in PARTS]) == code
    assert record.exit_code(["versions"]) == 0


def test_a_part_without_time_is_not_measured_and_not_dropped(machine, tmp_path):
    record, _ = checked(tmp_path / "check.json", minutes=0.09)
    # 5.4 s: 0.8 s for the first are too few to begin.
    assert [name for name, _ in machine.asked] == ["speed"]
    assert [part.state for part in record.parts] == ["not measured"] * 3 + ["passed"]
    assert record.parts[1].text == "no time was left for it"
    assert record.exit_code([part.name for part in PARTS]) == 4


def test_an_interrupted_check_keeps_what_it_has_and_goes_on(machine, tmp_path):
    path = tmp_path / "check.json"
    machine.states = {"rate": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        checked(path)
    kept = read_record(path)
    assert [part.state for part in kept.parts] == ["passed", "passed", "not measured", "not measured"]
    assert [one.name for one in tmp_path.iterdir()] == ["check.json"]
    machine.states, machine.asked = {}, []
    record, notes = checked(path)
    assert [name for name, _ in machine.asked] == ["versions", "rate", "speed"]
    assert notes[1] == "golden: passed, measured before"
    assert [part.state for part in record.parts] == ["passed", "passed", "reported", "passed"]


def test_two_checks_do_not_write_one_file(machine, tmp_path):
    path = tmp_path / "check.json"
    lock = hold(tmp_path / ".check.json.lock")
    with pytest.raises(RunError, match="another self-check writes .*check.json; wait until it ends, or give another"):
        checked(path)
    assert machine.asked == [] and not path.exists()
    lock.release()
    assert checked(path)[0].exit_code([part.name for part in PARTS]) == 0
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot write .*Not a directory|cannot write .*File exists"):
        checked(tmp_path / "file" / "check.json")


def test_a_failed_part_stays_failed_until_it_is_begun_anew(machine, tmp_path):
    path = tmp_path / "check.json"
    machine.states = {"golden": "failed"}
    checked(path)
    machine.states = {}
    record, _ = checked(path)
    assert record.part("golden").state == "failed"
    record, _ = checked(path, only=["golden"], resume=False)
    assert record.part("golden").state == "passed" and record.part("speed").state == "passed"


def test_only_some_parts_come_with_the_machine(machine, tmp_path):
    record, _ = checked(tmp_path / "check.json", only=["rate"])
    assert [name for name, _ in machine.asked] == ["versions", "rate"]
    assert [part.state for part in record.parts] == ["passed", "not measured", "reported", "not measured"]
    assert record.exit_code(["versions", "rate"]) == 0
    with pytest.raises(ConfigError, match=r"--only: no part 'fast'; the parts are versions, golden, rate, speed"):
        checked(tmp_path / "check.json", only=["fast"])


def test_the_file_of_another_machine_is_not_gone_on_with(machine, tmp_path):
    path = tmp_path / "check.json"
    checked(path)
    before = path.read_bytes()
    machine.values = {**CPU, "cores": 64}
    with pytest.raises(DataError, match=r"check.json is of another machine or of other versions \(cores differ\)"):
        checked(path)
    assert path.read_bytes() == before
    record, _ = checked(path, resume=False)
    assert record.machine["cores"] == 64


@pytest.mark.parametrize("resume", [True, False])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "somebody else\'s"}', "holds no self-check: minutes: Field required"),
        ("[]", "expected a JSON object, found a list"),
        ("{", "not JSON"),
    ],
)
def test_a_file_of_somebody_else_is_never_written_over(machine, tmp_path, text, message, resume):
    path = tmp_path / "check.json"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        checked(path, resume=resume)
    assert path.read_text() == text and machine.asked == []


def test_a_file_with_a_wrong_value_is_refused(machine, tmp_path):
    path = tmp_path / "check.json"
    checked(path)
    values = json.loads(path.read_text())
    values["parts"][1]["state"] = "passed, of course"
    path.write_text(json.dumps(values))
    with pytest.raises(DataError, match=r"holds no self-check: parts.1.state: Input should be 'passed', 'failed'"):
        read_record(path)


def test_the_state_of_a_part():
    assert state_of([case("passed"), case("failed", demanded=False)]) == "failed"
    assert state_of([case("passed"), case("not measured")]) == "not measured"
    assert state_of([case("passed"), case("not measured", demanded=False)]) == "passed"
    assert state_of([case("reported", demanded=False)]) == "reported"
    assert state_of([case("not measured", demanded=False)]) == state_of([]) == "not measured"


def test_a_loaded_machine_stays_named(machine, tmp_path, monkeypatch):
    path = tmp_path / "check.json"
    monkeypatch.setattr(run, "usable_cores", lambda: 2)
    monkeypatch.setattr(run, "_programs", lambda: 5.25)
    assert checked(path)[0].loaded
    monkeypatch.setattr(run, "_programs", lambda: 0.25)
    assert checked(path)[0].load == {"cores": 2, "programs": 5.25}
    assert not checked(path, resume=False)[0].loaded
    assert not Record(minutes=1.0, load={"cores": 2, "programs": None}, parts=[]).loaded


def test_the_speed_comes_last():
    further = Part("importance", "none", demanded=False)
    names = [part.name for part in all_parts([further])]
    assert names[0] == "versions" and names[-2:] == ["importance", "speed"] and len(names) == 8
