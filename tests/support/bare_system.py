"""Runs commands as on a system without what only Unix or only Linux has: bare_system.py COMMAND... -- COMMAND... --

The modules of Unix cannot be imported, and the calls of Linux are gone, before anything else is imported. Every file of
the package and every tool is then imported, and each command run; a line on standard output follows each. The last
command may be one that serves. `os.uname`, `os.sysconf` and `os.O_NONBLOCK` stay: NumPy, asyncio and shutil ask for
them where Python says that the system is Linux.
"""

import ctypes
import importlib
import importlib.abc
import os
import pkgutil
import signal
import sys
from pathlib import Path

MODULES = ("fcntl", "resource", "termios", "tty", "pty", "pwd", "grp", "syslog")
CALLS = ("fork", "forkpty", "sched_getaffinity", "sched_setaffinity", "getuid", "geteuid", "getgid", "getegid",
         "getpgid", "setsid", "killpg", "nice", "getloadavg", "chown", "mkfifo", "statvfs", "O_DIRECTORY",
         "O_NOFOLLOW", "O_CLOEXEC")  # fmt: skip
SIGNALS = ("SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGCHLD", "SIGQUIT", "SIGSTOP")


class _Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def hide() -> None:
    """Takes away what Windows and macOS do not have."""
    for name in MODULES:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Missing())
    for module, names in ((os, CALLS), (signal, SIGNALS)):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    load = ctypes.CDLL

    def load_by_name(name, *arguments, **options):
        if name is None:
            raise TypeError("this system does not give the program itself as a library")
        return load(name, *arguments, **options)

    ctypes.CDLL = load_by_name


def import_everything() -> int:
    """Imports every file of the package and every tool; their number."""
    import medgan_tf
    from medgan_tf.console.group import tools_package

    found = [medgan_tf, tools_package()]
    names = [one.name for root in found for one in pkgutil.walk_packages(root.__path__, f"{root.__name__}.")]
    for name in names:
        # Files with "torch" in their name run in PyTorch's own environment.
        if not name.endswith("__main__") and "torch" not in name:
            importlib.import_module(name)
    return len(names)


def locks_hold() -> bool:
    """Whether a lock keeps others out, and is free again afterwards."""
    from medgan_tf.files.locks import hold

    for _ in range(2):
        lock = hold(Path("held.lock"))
        if lock is None or hold(Path("held.lock")) is not None:
            return False
        lock.release()
    return True


def run(words: list[str]) -> int:
    """The exit code of a command."""
    from medgan_tf.console.group import main

    try:
        main(words, prog_name="medgan-tf")
    except SystemExit as end:
        return end.code or 0
    return 0


def say(*words) -> None:
    """A line for the test that started this."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    hide()
    say("imported", import_everything())
    say("locks hold:", locks_hold())
    commands, words = [[]], sys.argv[1:]
    for word in words:
        commands.append([]) if word == "--" else commands[-1].append(word)
    for command in commands:
        say("code", run(command), command[0])
