"""The CPU cores that this process may use."""

import os


def usable_cores() -> int:
    """CPU cores that this process may use, at least 1.

    Containers and job schedulers give fewer than the machine has. Only Linux tells which; elsewhere it is all of them.
    """
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1
