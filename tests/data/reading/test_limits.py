import subprocess
import sys

import pytest

from medgan_tf.data.reading import limits
from medgan_tf.data.reading.limits import TOO_MUCH_MEMORY, resident_bytes

EAT = """
import sys
from medgan_tf.data.reading import limits
getattr(limits, sys.argv[1])(2**27)
try:
    kept = [b"x" * 2**20 for _ in range(int(sys.argv[2]))]
except MemoryError:
    print("MemoryError")
else:
    import time
    time.sleep(0.2)
    print("all", len(kept))
"""


def eat(how, mebibytes):
    # As much as this machine can spare, should the limit not hold.
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\n{EAT}"
    return subprocess.run([sys.executable, "-c", limited, how, str(mebibytes)], capture_output=True, timeout=30)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel limits memory on Linux only")
def test_the_kernel_refuses_more_memory():
    assert eat("cap_memory", 64).stdout == b"all 64\n"
    assert (result := eat("cap_memory", 1024)).stdout == b"MemoryError\n", result.stderr


def test_where_the_kernel_does_not_a_thread_ends_the_process():
    assert eat("watch_memory", 64).stdout == b"all 64\n"
    result = eat("watch_memory", 1024)
    assert (result.returncode, result.stdout) == (TOO_MUCH_MEMORY, b"")


def test_other_systems_are_watched(monkeypatch):
    watched = []
    monkeypatch.setattr(limits, "watch_memory", watched.append)
    monkeypatch.setattr(limits.sys, "platform", "darwin")
    monkeypatch.setattr(limits, "resource", None)
    limits.cap_memory(7)
    assert watched == [7]


def test_resident_memory_grows_with_what_is_kept():
    before = resident_bytes()
    kept = b"x" * 2**26
    assert 2**25 < resident_bytes() - before < 2**28 and kept[-1:] == b"x"
