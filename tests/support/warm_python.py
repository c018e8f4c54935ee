"""New Python processes in which TensorFlow is imported already: forked from one that has done nothing else.

`run` and `start` stand in for `subprocess.run` and `subprocess.Popen` where a test needs a process of its own, but not
the seconds that the import of TensorFlow takes each time. Nothing of this package is imported in the process that is
forked, so that packages installed on `PYTHONPATH` are found as in a fresh interpreter.
"""

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tensorflow", "keras"])


def start(
    arguments: Sequence[str | Path],
    *,
    output: Path,
    errors: Path | None = None,
    given: Path | None = None,
    cwd: str | Path | None = None,
    env: Mapping[str, str] | None = None,
) -> multiprocessing.Process:
    """Starts what ``python ARGUMENTS`` would: `-c CODE`, `-m MODULE` or a script, each with its own arguments.

    Args:
        arguments: As after the interpreter's name.
        output, errors: Files for standard output and standard error; None for errors sends them after the output.
        given: File to be read as standard input; None is empty.
        cwd, env: As for `subprocess.run`; the paths of PYTHONPATH come first in `sys.path`.

    Returns:
        The process, for `wait`.
    """
    environment = dict(os.environ if env is None else env)
    files = (str(given or os.devnull), str(output), str(errors or ""))
    words = [str(word) for word in arguments]
    process = _CONTEXT.Process(target=_become, args=(words, files, str(cwd or os.getcwd()), environment))
    process.start()
    return process


def wait(process: multiprocessing.Process, timeout: float) -> int:
    """Exit code of a process, negative after a signal.

    Raises:
        subprocess.TimeoutExpired: It took longer than `timeout` seconds, and was killed.
    """
    process.join(timeout)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise subprocess.TimeoutExpired("python", timeout)
    return process.exitcode


def run(
    arguments: Sequence[str | Path],
    *,
    cwd: str | Path | None = None,
    env: Mapping[str, str] | None = None,
    input: str = "",
    timeout: float = 600,
) -> subprocess.CompletedProcess:
    """Runs ``python ARGUMENTS`` to its end and keeps its output as text.

    Raises:
        subprocess.TimeoutExpired: It took longer than `timeout` seconds, and was killed.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, output, errors = (Path(folder) / name for name in ("given", "output", "errors"))
        given.write_text(input, encoding="utf-8")
        process = start(arguments, output=output, errors=errors, given=given, cwd=cwd, env=env)
        code = wait(process, timeout)
        texts = (path.read_text(encoding="utf-8", errors="replace") for path in (output, errors))
        return subprocess.CompletedProcess(list(arguments), code, *texts)


def _become(words: list[str], files: tuple[str, str, str], cwd: str, environment: dict[str, str]) -> None:
    """In the new process: its files, folder and environment, then the work."""
    given, output, errors = files
    os.dup2(os.open(given, os.O_RDONLY), 0)
    os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
    os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644) if errors else 1, 2)
    sys.stdin = open(0, encoding="utf-8", closefd=False)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    how, *rest = words
    if how == "-c":
        code, *rest = rest
        sys.argv = ["-c", *rest]
        exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
    elif how == "-m":
        module, *rest = rest
        sys.argv = [module, *rest]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        sys.path.insert(0, str(Path(how).parent))
        runpy.run_path(how, run_name="__main__")
