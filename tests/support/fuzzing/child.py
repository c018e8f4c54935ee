"""The process in which inputs are used. It may die or hang; the engine then starts another one."""

import faulthandler
import os
import resource
import shutil
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

from fuzzing.judge import ESCAPE, judge
from fuzzing.sandbox import Sandbox
from fuzzing.target import made, target_of

_LARGEST_FILE = 512 * 2**20


def serve(connection: Connection, root: str, memory: int) -> None:
    """Answers requests until the connection is closed.

    Requests are `("number", target, seed, number)`: make an input, use it and send its outcome, whether it parses, and
    the input if the outcome is a fault; `("given", target, input)`: the same of a finished input; `("make", target,
    seed, number)`: send the input only; `("seeds", target)`: send the valid inputs; `("open", target)`: get ready, and
    send the target's suffix.

    Args:
        connection: To the engine.
        root: An empty folder for this process alone.
        memory: Limit of the address space, bytes.
    """
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    # What a dying process says last goes into a file, and so do remarks of decoders.
    log = open(Path(root) / "last_words.txt", "w", encoding="utf-8")
    os.dup2(log.fileno(), 2)
    os.dup2(log.fileno(), 1)
    faulthandler.enable(log)
    opened: dict[str, tuple] = {}
    while True:
        try:
            what, name, *rest = connection.recv()
        except EOFError:
            return
        if name not in opened:
            opened[name] = _opened(name, Path(root))
        connection.send(_answer(what, opened[name], rest))
        log.seek(0)
        log.truncate()


def _opened(name: str, root: Path) -> tuple:
    target, sandbox = target_of(name), Sandbox(root / name)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        seeds = target.seeds(Path(folder))
    sandbox.enter()
    target.prepare(sandbox.work)
    # The first use imports what is needed; files that Python or matplotlib write for this are not the input's doing.
    for given in target.first(seeds):
        judge(target, given, sandbox)
    sandbox.mend()
    return target, sandbox, seeds


def _answer(what: str, opened: tuple, rest: list) -> object:
    target, sandbox, seeds = opened
    if what == "open":
        return target.suffix
    if what == "seeds":
        return seeds
    given = rest[0] if what == "given" else made(target, seeds, *rest)
    if what == "make":
        return given
    sandbox.enter()
    outcome = judge(target, given, sandbox)
    if outcome.kind == ESCAPE:
        sandbox.mend()
    shutil.rmtree(sandbox.temporary, ignore_errors=True)
    sandbox.temporary.mkdir(exist_ok=True)
    return outcome, target.parses(given), None if outcome.good else given
