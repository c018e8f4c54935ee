"""The ledger, by enumeration: what a kill between any two writes leaves, and the table of resume and fork."""

import itertools
import json
import os
import stat
from dataclasses import replace

import pytest

from medgan_tf.errors import RunError
from medgan_tf.training.private import ledger as module
from medgan_tf.training.private.ledger import Entries, Ledger, Position, why_fork

FINGERPRINT = {"this package": "a", "replicas": "1"}


def entries(**values):
    return Entries(run="0123", mechanism={"clip": 1.0}, label_counts={"combinations": []}, **values)


def ledger(tmp_path, **values):
    return Ledger.create(tmp_path / "x.ledger.json", entries(**values))


def test_a_ledger_is_read_as_it_was_written(tmp_path):
    made = ledger(tmp_path, fingerprint=FINGERPRINT)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.reserve(64, forks=0)
    made.fork(40, FINGERPRINT)
    again = Ledger.read(made.path).entries
    assert again == made.entries
    assert (again.reserved, again.offset, again.forks, again.forked_at) == (64, 24, 1, 40)


def test_reserved_draws_are_on_the_disk_before_they_are_used(tmp_path):
    made = ledger(tmp_path)
    for draws in (5, 3, 5, 9):
        assert made.reserve(draws, forks=0)
        # Never fewer than asked for, and never fewer than before.
        assert json.loads(made.path.read_text())["reserved"] == max(5, draws)


def test_a_disk_that_is_full_reserves_nothing(tmp_path, monkeypatch):
    made = ledger(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        made.reserve(5, forks=0)
    monkeypatch.undo()
    assert made.entries.reserved == Ledger.read(made.path).entries.reserved == 0


def test_a_fork_moves_all_further_draws_to_new_numbers_and_seeds(tmp_path):
    made = ledger(tmp_path)
    made.reserve(64, forks=0)
    salt = made.entries.salt
    made.fork(40, FINGERPRINT)
    assert made.entries.offset + 40 == 64 and made.entries.salt != salt
    # Who was left behind by the fork gets no draws.
    assert not made.reserve(200, forks=0) and made.entries.reserved == 64
    assert made.reserve(65, forks=1)
    made.fork(0, FINGERPRINT)
    assert made.entries.offset == 65


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda values: values.pop("reserved"), "'reserved'"),
        (lambda values: values.update(reserved=-1), "cannot be"),
        (lambda values: values.update(reserved="4"), "cannot be"),
        (lambda values: values.update(offset=3), "cannot be"),
        (lambda values: values.update(offset=90, forks=1), "cannot be"),
        (lambda values: values.update(salt=""), "salt"),
        (lambda values: values.update(format_version=2), "another version"),
        (lambda values: values.update(label_counts=[1]), "no object"),
        (lambda values: values.update(label_counts=None), "draws and no label_counts"),
        (lambda values: values.update(label_draws={}), "no list of draws"),
        (lambda values: values.update(label_draws=[{"noise": 24.0, "extra_delta": 0.0, "what": "a"}]), "no list of"),
        (lambda values: values.update(more=1), "more"),
    ],
)
def test_a_damaged_ledger_is_refused(tmp_path, change, message):
    made = ledger(tmp_path, reserved=64)
    values = json.loads(made.path.read_text())
    change(values)
    made.path.write_text(json.dumps(values))
    with pytest.raises(RunError, match=message):
        Ledger.read(made.path)


def test_a_lost_ledger_is_refused(tmp_path):
    with pytest.raises(RunError, match="nobody knows what was charged"):
        Ledger.read(tmp_path / "x.ledger.json")


def test_a_state_within_a_tick_that_is_repeated_is_not_confirmed(tmp_path):
    made = ledger(tmp_path, reserved=64)
    assert not made.is_repetition(7)
    assert made.confirm(5, "a") and made.confirm(10, "b")
    assert [made.is_repetition(draws) for draws in (3, 5, 7, 10, 12)] == [True, False, True, False, False]
    # Fresh noise repeats nothing.
    made.fork(5, FINGERPRINT)
    assert not made.is_repetition(7)


SAME, OTHER = FINGERPRINT, {**FINGERPRINT, "this package": "b"}
FORKED = {"reserved": 64, "offset": 24, "forks": 1, "forked_at": 40}


@pytest.mark.parametrize(
    ("values", "at", "now", "deterministic", "reason"),
    [
        # Nothing was handed out: nothing can be repeated.
        ({"reserved": 0}, Position(0), OTHER, False, None),
        # The very same step again.
        ({"reserved": 64}, Position(0), SAME, True, None),
        ({"reserved": 64}, Position(40, 0), SAME, True, None),
        (FORKED, Position(40, 1), SAME, True, None),
        (FORKED, Position(50, 1), SAME, True, None),
        ({**FORKED, "offset": 64, "forked_at": 0}, Position(0), SAME, True, None),
        # A checkpoint from before the fork, be it of the step at which it happened; or no checkpoint.
        (FORKED, Position(30, 0), SAME, True, "before the last time"),
        (FORKED, Position(40, 0), SAME, True, "before the last time"),
        (FORKED, Position(50, 0), SAME, True, "before the last time"),
        (FORKED, Position(0), SAME, True, "before the last time"),
        # Something else would be computed.
        ({"reserved": 64}, Position(40, 0), OTHER, True, "changed: this package"),
        ({"reserved": 64}, Position(0), {**SAME, "cores": "2"}, True, "changed: cores"),
        ({"reserved": 64}, Position(40, 0), {"replicas": "1"}, True, "changed: this package"),
        ({"reserved": 64}, Position(40, 0), SAME, False, "not repeated bit for bit"),
    ],
)
def test_table_of_resume_and_fork(values, at, now, deterministic, reason):
    found = why_fork(entries(fingerprint=FINGERPRINT, **values), at, now, deterministic)
    assert found is None if reason is None else reason in found


def test_draws_without_a_fingerprint_are_not_repeated():
    assert why_fork(entries(reserved=1), Position(0), SAME, True) is not None


# --- A simulated training, killed at every write ----------------------------------------------------------------------


class Killed(BaseException):
    """In place of SIGKILL: nothing after it happens."""


class Training:
    """Steps that are a function of the state and of the seeds, checkpoints, and one rollback: as the loop does it.

    Attributes:
        used: For each draw number and salt, what was computed with it: (state before it, learning rate).
        disk: What is on the disk: checkpoints by step (state, rate, forks).
    """

    def __init__(self, path, steps=6, period=2, diverges_at=4):
        self.path, self.steps, self.period, self.diverges_at = path, steps, period, diverges_at
        self.used, self.disk, self.writes, self.limit = {}, {}, 0, None
        Ledger.create(path, entries())

    def write(self, action):
        """Something that is written; the kill comes before it."""
        if self.writes == self.limit:
            raise Killed
        self.writes += 1
        action()

    def start(self, fingerprint, limit=None):
        """One process: from the newest checkpoint to the end, or to the kill at write number `limit`."""
        self.writes, self.limit = 0, limit
        book = Ledger.read(self.path)
        original, self.written = book._write, book.entries

        def write(new):
            original(new)
            self.written = new

        book._write = lambda new: self.write(lambda: write(new))
        step, state, rate, forks = 0, (), 1.0, None
        if self.disk:
            step = max(self.disk)
            state, rate, forks = self.disk[step]
        if why_fork(book.entries, Position(step, forks), fingerprint, True):
            book.fork(step, fingerprint)
            self.forget_after(book, step, state, rate)
        else:
            book.note(fingerprint)
        while step < self.steps:
            book.reserve(book.entries.offset + step + 1, book.entries.forks)
            self.use(book, step, (state, rate, tuple(fingerprint.items())))
            state = (*state, (book.entries.salt, book.entries.offset + step, rate))
            step += 1
            if step == self.diverges_at and rate == 1.0:
                # The rollback: fork first, then the rest.
                step = max(self.disk, default=0)
                state, _, _ = self.disk.get(step, ((), 1.0, None))
                rate = 0.5
                book.fork(step, fingerprint)
                self.forget_after(book, step, state, rate)
            elif step % self.period == 0:
                saved, where = (state, rate, book.entries.forks), step
                self.write(lambda: self.disk.update({where: saved}))  # noqa: B023
        return book.entries

    def forget_after(self, book, step, state, rate):
        for later in [other for other in self.disk if other > step]:
            self.write(lambda: self.disk.pop(later))  # noqa: B023
        if step in self.disk:
            self.write(lambda: self.disk.update({step: (state, rate, book.entries.forks)}))

    def use(self, book, step, computed):
        """Hands out a draw: it must be charged, and never have served for something else."""
        number, written = book.entries.offset + step, self.written
        assert written.reserved > number
        assert self.used.setdefault((written.salt, number), computed) == computed
        # Not even with another salt: a number is charged once.
        assert len({salt for salt, other in self.used if other == number}) == 1


@pytest.fixture
def quick(monkeypatch):
    """Thousands of writes that do not wait for the disk."""
    monkeypatch.setattr(module, "write_private_bytes", lambda path, parts: path.write_bytes(b"".join(parts)))
    monkeypatch.setattr(module, "flush_to_disk", lambda path: None)


def killed_everywhere(tmp_path, fingerprints, kills):
    """Every way in which `kills` processes can be killed at a write, each followed by one that is left alone."""
    numbers = itertools.count()

    def paths(training, start, copies):
        limit = 0
        while True:
            attempt = Training(tmp_path / f"{next(numbers)}.json")
            attempt.path.write_bytes(training.path.read_bytes())
            attempt.disk, attempt.used = dict(training.disk), dict(training.used)
            try:
                end = attempt.start(fingerprints[start], limit)
            except Killed:
                if start + 1 < copies:
                    yield from paths(attempt, start + 1, copies)
                else:
                    end = attempt.start(fingerprints[-1])
                    yield attempt, end
                limit += 1
                continue
            yield attempt, end
            return

    yield from paths(Training(tmp_path / "first.json"), 0, kills)


def test_no_kill_repeats_a_draw_or_forgets_a_charge(tmp_path, quick):
    """One kill and two kills at every write, on the same machine: nothing is charged for a kill."""
    unbroken = Training(tmp_path / "unbroken.json").start(SAME)
    ends = [end for _, end in killed_everywhere(tmp_path, [SAME, SAME, SAME], kills=2)]
    assert len(ends) > 100
    # The rollback costs 4 - 2 draws. A kill in the middle of it may cost those since the last checkpoint once more.
    assert unbroken.reserved == 6 + 2
    assert min(end.reserved for end in ends) == unbroken.reserved
    assert max(end.reserved for end in ends) <= unbroken.reserved + 2 * 2


def test_no_kill_repeats_a_draw_when_the_machine_changes(tmp_path, quick):
    assert len(list(killed_everywhere(tmp_path, [SAME, OTHER, SAME], kills=2))) > 100


def test_old_copies_of_the_checkpoints_repeat_no_draw(tmp_path, quick):
    """Somebody puts back an older copy of the run folder, from before a fork and from after it."""
    training = Training(tmp_path / "x.json")
    copies, original = [], training.write
    training.write = lambda action: (original(action), copies.append(dict(training.disk)))
    training.start(SAME)
    training.write = original
    assert len({tuple(copy) for copy in copies}) >= 3
    for copy in copies:
        training.disk = copy
        training.start(SAME)


def test_ledger_is_replaced_in_one_step(tmp_path, monkeypatch):
    """A process that dies within a write leaves the entries before it."""
    made = ledger(tmp_path)
    made.reserve(3, forks=0)

    def killed(*_):
        raise Killed

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(Killed):
        made.reserve(9, forks=0)
    monkeypatch.undo()
    assert Ledger.read(made.path).entries == replace(made.entries, reserved=3)
