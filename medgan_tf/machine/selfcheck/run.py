"""The whole check: part after part within its time, into one file that is written after each of them."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from medgan_tf.cores import usable_cores
from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.files.locks import hold
from medgan_tf.machine.selfcheck.parts import LAST, PARTS, SHORTEST, Part, measured_part, not_measured
from medgan_tf.machine.selfcheck.record import VERSIONS, PartResult, Record, read_record

Note = Callable[[str], None]


def all_parts(further: Sequence[Part] = ()) -> tuple[Part, ...]:
    """The parts in their order, with further ones before the last."""
    return (*PARTS, *further, *LAST)


def chosen_parts(parts: Sequence[Part], only: Sequence[str]) -> list[Part]:
    """The parts with these names; all where there are none. What machine it is comes with each choice.

    Raises:
        ConfigError: There is no part of a name.
    """
    known = [part.name for part in parts]
    if unknown := [name for name in only if name not in known]:
        raise ConfigError(f"--only: no part {unknown[0]!r:.60}; the parts are {', '.join(known)}")
    return [part for part in parts if not only or part.name in (*only, VERSIONS)]


def limits(parts: Sequence[Part], seconds: float) -> dict[str, float]:
    """Seconds for each part where each takes all of its own; what a part leaves goes to the later ones.

    A part that is demanded shares with the demanded ones that come after it. The others get what these leave.
    """
    found = {}
    for number, part in enumerate(parts):
        rest = [one.share for one in parts[number:] if one.demanded or not part.demanded]
        found[part.name] = (seconds - sum(found.values())) * part.share / sum(rest)
    return found


def selfcheck(
    path: Path,
    minutes: float,
    note: Note,
    *,
    only: Sequence[str] = (),
    resume: bool = True,
    parts: Sequence[Part] | None = None,
) -> Record:
    """Checks this machine.

    Args:
        path: The file; it is written after each part. Where there is one of this machine, what is missing is measured.
        minutes: Time for all.
        note: Gets a line about each part.
        only: Names of the parts to measure; all where there are none.
        resume: False measures the chosen parts anew. Other parts of an earlier file stay in either case.
        parts: The parts; those of `all_parts` where None.

    Raises:
        ConfigError: There is no part of a name.
        DataError: The file exists and is no self-check, or one of another machine or other versions.
        RunError: Another self-check writes the file, or it cannot be written, or the system cannot measure a process
            (Windows).
    """
    parts = all_parts() if parts is None else parts
    chosen = chosen_parts(parts, only)
    with _held(path):
        record, earlier = _begun(path, minutes, parts, anew=not resume and not only)
        return _measured(path, record, earlier, chosen, note, resume)


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Two checks that write one file would each undo what the other has measured."""
    beside = path.with_name(f".{path.name}.lock")
    try:
        lock = hold(beside)
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror}") from error
    if lock is None:
        raise RunError(f"another self-check writes {path}; wait until it ends, or give another file with --out")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
        lock.release()


def _measured(
    path: Path, record: Record, earlier: Record | None, chosen: Sequence[Part], note: Note, resume: bool
) -> Record:
    """The record with what was measured, part after part within its time."""
    end = time.monotonic() + 60 * record.minutes
    for number, part in enumerate(chosen):
        before = record.part(part.name)
        keep = before if resume and part.name != VERSIONS else None
        if keep is not None and keep.finished:
            note(f"{part.name}: {keep.state}, measured before")
            continue
        limit = limits(chosen[number:], end - time.monotonic())[part.name]
        if limit < SHORTEST:
            found = keep if keep and keep.cases else not_measured(part, "no time was left for it")
        else:
            found = measured_part(part, keep, limit)
        record = record.with_part(found)
        if part.name == VERSIONS:
            _check_same_machine(path, earlier, record)
        record.save(path)
        note(f"{part.name}: {_said(found)}, {found.seconds:.0f} s")
    return record


def _begun(path: Path, minutes: float, parts: Sequence[Part], anew: bool) -> tuple[Record, Record | None]:
    """The record to begin with, and that of the file if it is to go on. Another file is never written over."""
    earlier = read_record(path) if path.exists() else None
    earlier = None if anew else earlier
    load = {"cores": usable_cores(), "programs": _programs()}
    found = {part.name: part for part in (earlier.parts if earlier else ())}
    states = [found.get(part.name) or not_measured(part) for part in parts]
    # A loaded machine stays named when the check goes on.
    if earlier and earlier.loaded:
        load = earlier.load
    return Record(minutes=minutes, load=load, parts=states), earlier


def _programs() -> float | None:
    """Programs that ran on average in the last minute; None where the system does not say it."""
    try:
        return round(os.getloadavg()[0], 2)
    except (AttributeError, OSError):
        return None


def _check_same_machine(path: Path, earlier: Record | None, now: Record) -> None:
    if earlier is None or not earlier.machine or not now.machine or earlier.machine == now.machine:
        return
    names = [name for name in now.machine if now.machine[name] != earlier.machine.get(name)]
    raise DataError(
        f"{path} is of another machine or of other versions ({', '.join(names)} differ); give another file with --out"
    )


def _said(part: PartResult) -> str:
    """The state of a part with the first reason for it."""
    if part.text:
        return f"{part.state} ({part.text})"
    worst = [case for case in part.cases if case.state == part.state != "passed"]
    return f"{part.state} ({worst[0].name}: {worst[0].text})" if worst else part.state
