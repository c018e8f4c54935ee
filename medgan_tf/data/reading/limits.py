"""The memory that a reader process may take."""

import ctypes
import os
import sys
import threading
import time
from dataclasses import dataclass

try:
    import resource
except ImportError:  # Windows
    resource = None

TOO_MUCH_MEMORY = 77
"""Exit code of a process that ended itself because it took too much memory."""
_SECONDS_BETWEEN_LOOKS = 0.02


@dataclass(frozen=True)
class Limits:
    """What reading one file may cost.

    Attributes:
        seconds: Longest time for one file.
        memory: Memory, bytes, beside what a reader process has when it starts.
    """

    seconds: float = 60.0
    memory: int = 5 * 2**28


def cap_memory(extra: int) -> None:
    """Limits the memory of this process to `extra` bytes more than it has.

    On Linux the kernel refuses more, so that an allocation fails (`MemoryError`). Other systems have no such limit or
    do not keep to it: there a thread looks 50 times a second and ends the process with `TOO_MUCH_MEMORY`.
    """
    if resource is not None:
        # What was in memory, pixels of patients among it, must not be written to disk by a crash.
        _set_limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        _set_limit(resource.RLIMIT_DATA, _private_bytes() + extra)
    else:
        watch_memory(extra)


def watch_memory(extra: int) -> None:
    """Starts the thread that ends this process when it has `extra` bytes more than now."""
    most = resident_bytes() + extra

    def watch() -> None:
        while resident_bytes() <= most:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        os._exit(TOO_MUCH_MEMORY)

    threading.Thread(target=watch, name="memory", daemon=True).start()


def resident_bytes() -> int:
    """Memory that this process has; on macOS the most that it ever had."""
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if resource is not None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return _windows_bytes()


def _private_bytes() -> int:
    """What RLIMIT_DATA counts: private writable memory, touched or not."""
    with open("/proc/self/status", encoding="utf-8", errors="replace") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmData:"))


def _set_limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, hard))


class _WindowsCounters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS of the Windows API."""

    _fields_ = [
        ("cb", ctypes.c_uint32),
        ("PageFaultCount", ctypes.c_uint32),
        *((name, ctypes.c_size_t) for name in ("PeakWorkingSetSize", "WorkingSetSize", "QuotaPeakPagedPoolUsage")),
        *((name, ctypes.c_size_t) for name in ("QuotaPagedPoolUsage", "QuotaPeakNonPagedPoolUsage")),
        *((name, ctypes.c_size_t) for name in ("QuotaNonPagedPoolUsage", "PagefileUsage", "PeakPagefileUsage")),
    ]


def _windows_bytes() -> int:
    counters = _WindowsCounters(cb=ctypes.sizeof(_WindowsCounters))
    kernel = ctypes.WinDLL("kernel32")
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo.argtypes = (ctypes.c_void_p, ctypes.POINTER(_WindowsCounters), ctypes.c_uint32)
    if not kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb):
        raise OSError("GetProcessMemoryInfo failed")
    return counters.PagefileUsage
