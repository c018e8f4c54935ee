"""The noise draws that one private training ever handed out: a file in the private folder that no restore resets.

Every discriminator step has one draw, with a number of its own: step + offset. A draw is charged from the moment at
which it is reserved, and it is reserved on the disk before anybody gets its seeds. So a process that is killed at any
moment leaves a ledger that charges what was handed out, or more.

Equal noise at different parameters cancels when the two results are subtracted. So a draw is handed out twice only
where the step is bit for bit the same; `why_fork` decides that. Otherwise the training forks: a new offset moves all
further steps to numbers that were never reserved, a new salt gives them other seeds, and what was reserved stays
charged.
"""

import math
import secrets
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from medgan_tf.data.pseudonyms import write_private_bytes
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.atomic import flush_to_disk
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import json_text

VERSION = 1
_SALT_BYTES = 16


@dataclass(frozen=True)
class Entries:
    """What a ledger says.

    Attributes:
        run: Identifies the training; random, not secret.
        mechanism: What must not change while the training goes on, see `PrivateTerms.mechanism`.
        label_counts: The noisy counts of the label combinations, as JSON; None until some were found.
        label_draws: Draws of label counts with a threshold that were ever begun: `noise` and `extra_delta` that each is
            charged for, and `what` was counted, a SHA-256. The last one is that of `label_counts`, if they have a
            threshold. Those before it showed no combination, which is an answer too.
        reserved: Draws that are charged: those with the numbers 0 to `reserved` - 1.
        offset: Number of a step's draw, less the number of the step.
        forks: Times that the training went on with fresh noise.
        forked_at: The step at which it did so last.
        salt: Part of all seeds since then.
        fingerprint: What the bits of a step depend on, by name; None before the first start, and where steps were not
            repeated bit for bit.
        states: SHA-256 of the state after some draws of this fork, by their number: a repetition must end the same.
    """

    run: str
    mechanism: dict[str, Any]
    label_counts: dict[str, Any] | None
    label_draws: list[dict[str, Any]] = field(default_factory=list)
    reserved: int = 0
    offset: int = 0
    forks: int = 0
    forked_at: int = 0
    salt: str = field(default_factory=lambda: secrets.token_hex(_SALT_BYTES))
    fingerprint: dict[str, Any] | None = None
    states: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Position:
    """Where a training goes on, as its checkpoint says.

    Attributes:
        step: Discriminator steps done.
        forks: Forks when the checkpoint was written; None for the very beginning, which needs no checkpoint.
    """

    step: int
    forks: int | None = None


def why_fork(entries: Entries, at: Position, fingerprint: Mapping[str, Any], deterministic: bool) -> str | None:
    """Why a training must go on with fresh noise; None where it may hand out the same draws again, which costs nothing.

    | Draws reserved | Position | Fingerprint | Device | Answer |
    |---|---|---|---|---|
    | none | any | any | any | same offset: nothing was handed out |
    | some | written before the last fork | any | any | fork |
    | some | written since | none: a repetition differed | any | fork |
    | some | written since | another | any | fork |
    | some | written since | the same | not deterministic | fork |
    | some | written since | the same | deterministic | same draws: every step is bit for bit what it was |

    Args:
        entries: The ledger.
        at: Where it goes on.
        fingerprint: What the bits of a step depend on now.
        deterministic: Whether equal steps give equal bits on these devices.
    """
    if not entries.reserved:
        return None
    belongs = entries.forked_at == at.step if at.forks is None else at.forks == entries.forks
    if not belongs:
        return "it goes on from before the last time that it drew fresh noise"
    before = entries.fingerprint
    if before is None:
        return "steps were not repeated bit for bit"
    changed = [name for name in {**before, **fingerprint} if before.get(name) != fingerprint.get(name)]
    if changed:
        return f"something that decides its bits has changed: {', '.join(changed)}"
    if not deterministic:
        return "steps on these devices are not repeated bit for bit"
    return None


class Ledger:
    """A ledger that this process holds. All writes are on the disk when a method returns.

    Args:
        path: Its file.
        entries: What the file says.
    """

    def __init__(self, path: Path, entries: Entries):
        self.path = path
        self.entries = entries
        # Seeds may be asked for by a thread of TensorFlow's.
        self._lock = threading.Lock()

    @classmethod
    def create(cls, path: Path, entries: Entries) -> "Ledger":
        """Begins a ledger. Raises `OSError` where it cannot be written."""
        ledger = cls(path, entries)
        ledger._write(entries)
        return ledger

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        """Reads a ledger. Raises `RunError` when it is damaged or not there."""
        try:
            values = read_json(path, advice="restore it, or begin the training anew with --restart")
        except DataError as error:
            raise RunError(f"nobody knows what was charged for the noise of this training: {error}") from error
        try:
            return cls(path, _entries(values))
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(
                f"the ledger of the noise {path} is damaged ({error}), so nobody knows what was charged; restore it, "
                "or begin the training anew with --restart"
            ) from error

    def reserve(self, draws: int, forks: int) -> bool:
        """Reserves the draws with numbers below `draws`, if they are not reserved yet.

        Args:
            draws: The first number that is not asked for.
            forks: Forks that the caller knows of: one that was left behind by a fork gets nothing.

        Returns:
            Whether the draws may be used.

        Raises:
            OSError: The ledger cannot be written; then they must not be used.
        """
        with self._lock:
            if forks != self.entries.forks:
                return False
            if draws > self.entries.reserved:
                self._write(replace(self.entries, reserved=draws))
            return True

    def begin_labels(self, draw: dict[str, Any]) -> None:
        """Charges a draw of label counts, before it is made. The same draw is charged once."""
        with self._lock:
            others = [one for one in self.entries.label_draws if one["what"] != draw["what"]]
            self._write(replace(self.entries, label_draws=[*others, draw]))

    def keep_labels(self, label_counts: dict[str, Any], mechanism: dict[str, Any]) -> None:
        """Keeps the label counts of the training, with which its terms are settled."""
        with self._lock:
            self._write(replace(self.entries, label_counts=label_counts, mechanism=mechanism))

    def fork(self, step: int, fingerprint: Mapping[str, Any]) -> None:
        """Moves the draws of this and all further steps to numbers that were never reserved."""
        with self._lock:
            old = self.entries
            self._write(
                replace(
                    old,
                    offset=old.reserved - step,
                    forks=old.forks + 1,
                    forked_at=step,
                    salt=secrets.token_hex(_SALT_BYTES),
                    fingerprint=dict(fingerprint),
                    states={},
                )
            )

    def note(self, fingerprint: Mapping[str, Any]) -> None:
        """Writes down what the bits of all further steps depend on."""
        with self._lock:
            if self.entries.fingerprint != fingerprint:
                self._write(replace(self.entries, fingerprint=dict(fingerprint)))

    def confirm(self, draws: int, state: str) -> bool:
        """Compares the state after so many draws with an earlier one, or writes it down where there is none.

        Args:
            draws: Draws that led to it, with all that were charged before.
            state: Its SHA-256.

        Returns:
            Whether it is the same. If not, the next start draws fresh noise, and this state must not leave the process.
        """
        with self._lock:
            known = self.entries.states.get(str(draws))
            if known is None:
                self._write(replace(self.entries, states={**self.entries.states, str(draws): state}))
            elif known != state:
                self._write(replace(self.entries, fingerprint=None))
            return known in (None, state)

    def is_repetition(self, draws: int) -> bool:
        """Whether the step that ends with so many draws was done before, and nobody has compared it with that time."""
        states = self.entries.states
        return str(draws) not in states and any(int(known) > draws for known in states)

    def _write(self, entries: Entries) -> None:
        text = json_text({**asdict(entries), "format_version": VERSION}, indent=2) + "\n"
        write_private_bytes(self.path, [text.encode()])
        flush_to_disk(self.path.parent)
        self.entries = entries


def _entries(values: dict[str, Any]) -> Entries:
    """Entries from a file. Raises `KeyError`, `TypeError` or `ValueError` for others."""
    if values.pop("format_version") != VERSION:
        raise ValueError("it is of another version")
    entries = Entries(**{one.name: values.pop(one.name) for one in fields(Entries)})
    if values:
        raise ValueError(f"it has further entries: {', '.join(values)}")
    counts = (entries.reserved, entries.forks, entries.forked_at, entries.offset)
    if not all(type(count) is int for count in counts) or min(counts[:3]) < 0:
        raise ValueError(f"the draws {counts} cannot be")
    # A fork at step s of r reserved draws has the offset r - s, and there never are more steps than draws.
    if not 0 <= entries.offset <= entries.reserved or (entries.forks == 0) != (
        entries.offset == entries.forked_at == 0
    ):
        raise ValueError(f"the draws {counts} cannot be")
    texts = (entries.run, entries.salt)
    if not all(isinstance(one, str) for one in texts) or len(entries.salt) != 2 * _SALT_BYTES:
        raise ValueError("it has no salt")
    if entries.label_counts is None and entries.reserved:
        raise ValueError("it has draws and no label_counts")
    kinds = (entries.mechanism, entries.label_counts or {}, entries.states, entries.fingerprint or {})
    if not all(isinstance(one, dict) for one in kinds):
        raise ValueError("an entry is no object")
    if not isinstance(entries.label_draws, list) or not all(map(_is_label_draw, entries.label_draws)):
        raise ValueError("label_draws is no list of draws")
    return entries


def _is_label_draw(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != {"noise", "extra_delta", "what"}:
        return False
    numbers = (value["noise"], value["extra_delta"])
    return isinstance(value["what"], str) and all(type(one) is float and 0 < one < math.inf for one in numbers)
