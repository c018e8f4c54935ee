"""Time by stage: what is measured, also of threads, other processes and errors, and the table."""

import subprocess
import sys
import time

import pytest

from medgan_tf.workflow.stage_times import StageTimes, times_table


def test_clock_and_processor():
    times = StageTimes()
    with times.measured("waits"):
        time.sleep(0.2)
    with times.measured("works"):
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
    with times.measured("lets work"):
        subprocess.run(
            [sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], check=True, timeout=60
        )
    assert times.spent["waits"].seconds >= 0.2 and times.spent["waits"].processor < 0.15
    assert times.spent["works"].seconds >= 0.19 and times.spent["works"].processor >= 0.15
    assert times.spent["lets work"].processor >= 0.25


def test_errors_are_measured_and_a_name_adds_up():
    times = StageTimes()
    for _ in range(2):
        with pytest.raises(ValueError, match="ends"), times.measured("fails"):
            time.sleep(0.06)
            raise ValueError("ends")
    assert times.spent["fails"].seconds >= 0.12
    assert list(times.described()) == ["fails"] and times.described()["fails"]["seconds"] >= 0.1


def test_table():
    described = {
        "prepare": {"seconds": 61.5, "processor_seconds": 1200.0},
        "report": {"seconds": 0.5, "processor_seconds": 1.0},
    }
    assert times_table(described) == [
        "time by stage  seconds  processor seconds",
        "-----------------------------------------",
        "prepare           61.5            1,200.0",
        "report             0.5                1.0",
        "together          62.0            1,201.0",
    ]
