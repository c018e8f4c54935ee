"""Tests of measuring a command: its time, its processor time, its peak memory, its end."""

import sys

from medgan_tf.machine.cost.child import DONE, FAILED, TOO_LONG, use_of


def use(tmp_path, program, limit=60.0):
    return use_of([sys.executable, "-c", program], limit, tmp_path / "out.json", tmp_path)


def test_memory_and_output_of_a_command(tmp_path):
    small = use(tmp_path, "print('{}')")
    assert small.status == DONE and (tmp_path / "out.json").read_text() == "{}\n"
    # 200 MiB, written to.
    large = use(tmp_path, "b = bytearray(b'x') * (200 * 2**20)")
    # No upper limit that is near: the memory of this process counts, too.
    assert 200 / 1024 <= large.peak_gib < 8 and small.peak_gib <= large.peak_gib


def test_processor_time_of_its_children_counts(tmp_path):
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}], check=True)"
    assert use(tmp_path, program).cpu_seconds >= 0.3


def test_a_command_that_fails_and_one_that_takes_too_long(tmp_path):
    failed = use(tmp_path, "import sys; sys.exit('no luck')")
    assert (failed.status, failed.code) == (FAILED, 1)
    assert (tmp_path / "out.log").read_text() == "no luck\n"
    late = use(tmp_path, "import time; time.sleep(60)", limit=0.3)
    assert late.status == TOO_LONG and late.code < 0 and 0.3 <= late.seconds < 10
