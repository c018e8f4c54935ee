import os
import subprocess
import sys
import time

import pytest
from reader_tasks import Names, OnceDeadly, Orders, Unstartable

from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.pool import UnreadableFile, read_files
from medgan_tf.errors import DataError

QUICK = Limits(seconds=1.0, memory=2**28)


def reasons(answers):
    return [answer.reason if isinstance(answer, UnreadableFile) else answer.decode() for answer in answers]


def test_answers_come_in_order_from_several_processes():
    paths = [f"file {number}" for number in range(500)]
    assert reasons(read_files(Orders(), paths, workers=3)) == paths
    assert list(read_files(Orders(), [], workers=3)) == []


def test_paths_that_are_no_text_and_answers_of_any_length():
    paths = ["\u65e5\u672c", "x" * 3_000_000]
    assert reasons(read_files(Orders(), paths, 1)) == paths
    # Only the message has to be readable.
    (answer,) = read_files(Orders(), ["fail:\udcff"], 1)
    assert answer == UnreadableFile("fail:\\udcff: is no image")


def test_each_way_to_go_wrong_costs_one_file():
    orders = ["a", "eat", "b", "sleep", "c", "segfault", "d", "spin", "e", "fail", "f", "shout", "g"]
    begun = time.monotonic()
    assert reasons(read_files(Orders(), orders, 1, QUICK)) == [
        "a",
        "eat: needs more memory than a reader process may take (data.reader_memory); is the file damaged?",
        "b",
        "sleep: took longer than 1 s (data.seconds_per_file) to read; is the file damaged?",
        "c",
        "segfault: the process that read it died (SIGSEGV); is it damaged?",
        "d",
        "spin: took longer than 1 s (data.seconds_per_file) to read; is the file damaged?",
        "e",
        "fail: is no image",
        "f",
        "shout",
        "g",
    ]
    # Five processes die, and each new one takes a second or two to start on a busy machine.
    assert time.monotonic() - begun < 30


def test_a_process_that_another_killed_reads_the_file_again(tmp_path):
    answers = list(read_files(OnceDeadly(str(tmp_path / "mark")), ["a", "odd", "b"], 1))
    assert answers == [b"a", b"odd", b"b"] and (tmp_path / "mark").exists()


def test_an_abandoned_reading_leaves_no_process():
    answers = read_files(Names(), [str(number) for number in range(100)], 1, Limits(), chunk=1)
    pid = int(next(answers).split()[1])
    os.kill(pid, 0)
    answers.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_small_set_needs_one_process_only():
    pids = {answer.split()[1] for answer in read_files(Names(), map(str, range(64)), 8)}
    assert len(pids) == 1


def test_a_task_that_cannot_start_is_said_and_not_tried_for_ever():
    with pytest.raises(DataError, match="a reader process could not start .ImportError: no such library."):
        list(read_files(Unstartable(), ["a"], 2))
    with pytest.raises(DataError, match="images cannot be read in another process: "):
        list(read_files(lambda path: b"", ["a"], 1))


MAIN = """
import sys
sys.modules["tensorflow"] = sys  # a main program that has it, and no guard against being run twice
from reader_tasks import Names
from medgan_tf.data.reading.pool import read_files
print(*read_files(Names(), ["tensorflow", "keras", "multiprocessing.spawn"], 1))
"""


def test_a_reader_process_shares_nothing_with_the_main_program(tmp_path):
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the working folder was imported')")
    search = os.pathsep.join(path for path in sys.path if path)
    result = subprocess.run(
        [sys.executable, "-P", str(tmp_path / "main.py")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.stdout.count("b'False ") == 3, result.stderr


def test_readers_end_when_the_main_program_is_killed(tmp_path):
    script = (
        "import os, sys; from reader_tasks import Names; from medgan_tf.data.reading.pool import read_files\n"
        "answers = read_files(Names(), map(str, range(10**6)), 1); print(next(answers).decode(), flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    search = os.pathsep.join(path for path in sys.path if path)
    result = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": search}, capture_output=True, timeout=60
    )
    pid, deadline = int(result.stdout.split()[1]), time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{pid}")
