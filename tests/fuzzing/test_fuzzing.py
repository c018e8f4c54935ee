"""Every fuzzer for a moment, every input that once did harm again, and the engine on harm that is planted.

For more, see `run.py`.
"""

import contextlib
from pathlib import Path

import pytest
from fuzzing.engine import MOST_SECONDS, fuzz, read_input, worker, write_input
from fuzzing.judge import CRASH, ESCAPE, HANG, MEMORY, MESSAGE, OK, REFUSED
from fuzzing.target import NAMES, WITH_TENSORFLOW, Given, memory_of
from fuzzing.targets.planted import HARM

CRASHES = Path(__file__).parent / "crashes"
KEPT = sorted(path for path in CRASHES.rglob("*") if path.is_file())
SEED = 1
# Those that import TensorFlow take ten seconds to begin with; `run.py` has the time.
QUICK = [name for name in NAMES if name not in WITH_TENSORFLOW]
INPUTS = {"results": 8}
GIB = 2**30


@pytest.fixture(scope="module")
def processes():
    """One process for all targets without TensorFlow and, when it is asked for, one for those with it."""
    started = {}
    with contextlib.ExitStack() as stack:

        def process_for(name):
            memory = memory_of(name)
            if memory not in started:
                started[memory] = stack.enter_context(worker(memory))
            return started[memory]

        yield process_for


@pytest.mark.parametrize("name", QUICK)
def test_a_moment_of_fuzzing(name, processes):
    tally = fuzz(name, SEED, seconds=60, most_inputs=INPUTS.get(name, 30), one=processes(name))
    assert tally.inputs == INPUTS.get(name, 30)
    assert {key: fault.outcome.text for key, fault in tally.faults.items()} == {}
    assert tally.share_parsed >= 0.3


@pytest.mark.parametrize("name", QUICK)
def test_undamaged_inputs_of_every_variant_are_taken(name, processes):
    """Otherwise the damaged ones would try nothing but the first check."""
    one = processes(name)
    seeds = one.ask("seeds", name)
    if name == "results":
        # A report takes its time, and those of the other variants have the same files.
        seeds = [seed for seed in seeds if seed.variant.startswith("whole.")][:1]
    taken = {seed.variant for seed in seeds if one.use(name, seed)[0].kind == OK and one.use(name, seed)[1]}
    assert taken == {seed.variant for seed in seeds}


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_once_did_harm_does_none(path, processes):
    outcome, _ = processes(path.parent.name).use(path.parent.name, read_input(path))
    assert outcome.good, f"{outcome.key}\n{outcome.text}"


def test_the_same_number_is_the_same_input():
    with worker(GIB * 3) as first, worker(GIB * 3) as second:
        for number in range(20):
            assert first.ask("make", "images", 5, number) == second.ask("make", "images", 5, number)
        assert first.ask("make", "images", 5, 1) != first.ask("make", "images", 6, 1)


PLANTED = {
    "nothing": (OK, ""),
    "refusal": (REFUSED, "DataError"),
    "error": (CRASH, "KeyError at fuzzing/targets/planted.py"),
    "exit": (CRASH, "SystemExit at fuzzing/targets/planted.py"),
    "traceback": (CRASH, "printed KeyError"),
    "death": (CRASH, "the process ended with -11"),
    "hang": (HANG, ""),
    "memory": (MEMORY, "memory"),
    "write": (ESCAPE, "wrote outside: /written.txt"),
    "remove": (ESCAPE, "wrote the canary: /canary/inner/secret.txt"),
    "read": (ESCAPE, "read the canary: /canary/secret.txt"),
    "show": (ESCAPE, "showed the secret"),
    "network": (ESCAPE, "used the network"),
    "lines": (MESSAGE, "MedganError from fuzzing/targets/planted.py"),
}


def test_planted_harm_is_found():
    assert list(PLANTED) == list(HARM)
    with worker(GIB * 3) as one:
        for name, (kind, where) in PLANTED.items():
            one.most_seconds = 0.5 if name == "hang" else MOST_SECONDS
            outcome, _ = one.use("planted", Given(name, b"x"))
            assert (outcome.kind, outcome.where[: len(where)]) == (kind, where), outcome.text


def test_faults_are_counted_made_smaller_and_kept(tmp_path):
    with worker(GIB * 3) as one:
        tally = fuzz("planted", SEED, seconds=60, most_inputs=40, keep=tmp_path, one=one)
        again = {key: one.use("planted", read_input(fault.file))[0].key for key, fault in tally.faults.items()}
    assert {fault.given.variant for fault in tally.faults.values()} == {"error", "write", "lines"}
    assert again == {key: key for key in tally.faults}
    # Every byte but one could be left out.
    assert {len(fault.file.read_bytes()) for fault in tally.faults.values()} == {1}
    assert sum(tally.counts.values()) == tally.inputs == 40
    assert sum(fault.count for fault in tally.faults.values()) == 40 - tally.counts[OK] - tally.counts[REFUSED]
    # The inputs parse by chance.
    assert 0.2 < tally.share_parsed < 0.8
    assert write_input(tmp_path, Given("a-b", b"x"), ".y") == tmp_path / "a-b-2d711642.y"
    assert read_input(tmp_path / "a-b-2d711642.y") == Given("a-b", b"x")
