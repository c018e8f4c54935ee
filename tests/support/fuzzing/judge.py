"""One input, used and judged."""

import contextlib
import io
import re
import resource
import sys
import traceback
from dataclasses import dataclass

import click

from fuzzing.sandbox import Sandbox
from fuzzing.target import Given, Target
from medgan_tf.errors import ConfigError, MedganError

OK, REFUSED = "ok", "refused"
CRASH, HANG, ESCAPE, MEMORY, MESSAGE = "crash", "hang", "escape", "memory", "message"
GOOD = (OK, REFUSED)
MOST_MEMORY = 1536 * 2**20
"""Bytes that the process may have in memory at any time."""
_LONGEST_LINE = 10_000


@dataclass(frozen=True)
class Outcome:
    """What came of an input.

    Attributes:
        kind: One of `OK` and `REFUSED`, which are `GOOD`, or of the faults: `CRASH` (any error that is not for users,
            a traceback, or the end of the process), `HANG`, `ESCAPE` (a file outside was touched, the network was used
            or a secret was shown), `MEMORY`, and `MESSAGE` (none, more than one line, or one without end).
        where: Name of the fault, the same for all inputs that show it.
        text: The message or the traceback.
    """

    kind: str
    where: str = ""
    text: str = ""

    @property
    def good(self) -> bool:
        """Whether it is as it should be."""
        return self.kind in GOOD

    @property
    def key(self) -> str:
        """Faults with the same key count as one."""
        return f"{self.kind} {self.where}"


def judge(target: Target, given: Given, sandbox: Sandbox) -> Outcome:
    """Uses an input in this process, and says what came of it."""
    written, memory = io.StringIO(), _peak_memory()
    with (
        sandbox.watched(target.reads_outside) as seen,
        contextlib.redirect_stdout(written),
        contextlib.redirect_stderr(written),
    ):
        outcome = _used(target, given, sandbox)
    if outcome.kind == OK and not _is_text(outcome.text):
        outcome = Outcome(CRASH, "halves of surrogate pairs cannot be written", repr(outcome.text)[:3000])
    shown = f"{outcome.text}\n{written.getvalue()}"
    if outcome.kind == CRASH:
        return outcome
    if "Traceback (most recent call last)" in written.getvalue():
        return Outcome(CRASH, _last_frame(written.getvalue()), written.getvalue()[-4000:])
    if seen:
        return Outcome(ESCAPE, re.sub(r"\d+", "N", seen[0]), "\n".join(seen))
    if sandbox.betrayed(shown):
        return Outcome(ESCAPE, "showed the secret of a file outside", shown[:4000])
    peak = _peak_memory()
    if peak > max(MOST_MEMORY, memory):
        return Outcome(MEMORY, given.variant, f"{peak / 2**30:.1f} GiB in memory")
    return outcome


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _used(target: Target, given: Given, sandbox: Sandbox) -> Outcome:
    try:
        return Outcome(OK, "", target.run(given, sandbox.work))
    except MedganError as error:
        text = str(error)
        # A config error has a line for each mistake.
        if not text.strip() or ("\n" in text and not isinstance(error, ConfigError)):
            return Outcome(MESSAGE, f"{type(error).__name__} from {_frame(error)}", text)
        if max(map(len, text.split("\n"))) > _LONGEST_LINE:
            return Outcome(MESSAGE, f"long {type(error).__name__} from {_frame(error)}", text[:4000])
        return Outcome(REFUSED, type(error).__name__, text)
    except click.ClickException as error:
        return Outcome(REFUSED, type(error).__name__, error.format_message())
    except KeyboardInterrupt:
        raise
    # Whatever else there is, SystemExit among it, is what is looked for.
    except BaseException as error:
        text = "".join(traceback.format_exception(error))
        return Outcome(CRASH, f"{type(error).__name__} at {_frame(error)}", f"{text[:3000]} ... {text[-3000:]}")


def _frame(error: BaseException) -> str:
    """File and line of the project's code from which the error came, last of all."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if "/medgan_tf/" in one.filename or "/tools/" in one.filename] or frames[-1:]
    file = re.sub(r".*/(medgan_tf|tools|fuzzing)/", r"\1/", own[-1].filename)
    return f"{file}:{own[-1].lineno}"


def _last_frame(text: str) -> str:
    """The same of a traceback that was printed."""
    found = re.findall(r'File ".*?/((?:medgan_tf|tools)/[^"]+)", line (\d+)', text)
    errors = re.findall(r"^(?:\w+\.)*(\w*(?:Error|Exception|Exit|Interrupt))\b", text, re.MULTILINE)
    return f"printed {errors[-1] if errors else 'a traceback'} at {':'.join(found[-1]) if found else 'unknown'}"


def _peak_memory() -> int:
    """Most bytes that this process has had in memory."""
    # Linux's getrusage counts what the process was copied from, too.
    if sys.platform == "linux":
        with open("/proc/self/status", encoding="utf-8", errors="replace") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes * (1 if sys.platform == "darwin" else 1024)
