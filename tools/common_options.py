"""What the commands share: options, the entry point, the dry run and the progress line."""

import functools
import json
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

import click

from medgan_tf.cli import ToolCommand, ToolSubgroup, guarded_main
from medgan_tf.durations import duration

# Seconds between two lines of a log file that say the same.
_UNMOVED_PERIOD = 60.0
_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 120, "show_default": True}

tool_command = functools.partial(click.command, cls=ToolCommand, context_settings=_CONTEXT)
"""``@tool_command("train")`` above a function named `command`; its docstring ends with `Examples:` under a ``\\b``."""

tool_group = functools.partial(click.group, cls=ToolSubgroup, context_settings=_CONTEXT)
"""Likewise for a tool with commands of its own: ``@command.command("create")`` above their functions."""

experiment_argument = click.argument("experiment", metavar="EXPERIMENT.yaml", type=click.Path(path_type=str))
"""The experiment file, as `experiment`. Give it to `load_experiment`, which explains what is wrong with it."""

set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override one value of the experiment, e.g. --set training.batch=64; may be repeated.",
)
"""Overrides, as a tuple `overrides`."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the result as one JSON object on standard output."
)
"""Machine-readable result, as `as_json`."""

dry_run_option = click.option(
    "--dry-run",
    "dry_run",
    is_flag=True,
    help="Print the resolved config and where things would be written; do nothing.",
)
"""Show, do not act, as `dry_run`."""

restart_option = click.option(
    "--resume/--restart",
    "resume",
    default=True,
    help="Go on where an earlier call was stopped, or remove what it wrote and begin anew.",
)
"""Resume or begin anew, as a bool `resume`."""


def run(command: click.Command) -> None:
    """Runs one tool as a script, ``if __name__ == "__main__": run(command)``, exactly as ``medgan-tf`` would."""
    guarded_main(command)


def echo_plan(experiment: Any, as_json: bool, stages: dict[str, str] | None = None, **folders: Any) -> None:
    """What ``--dry-run`` prints: the resolved config, the folders that would be written, and what would be done.

    Args:
        experiment: The loaded `Experiment`.
        as_json: One JSON object instead of YAML.
        stages: Of a command with several, what would be done with each.
        folders: Names and paths, e.g. ``run=run_folder.path, dataset=experiment.dataset_dir``.
    """
    from medgan_tf.config.loading import dump_experiment

    if as_json:
        plan = {"config": experiment.model_dump(mode="json"), "folders": {k: str(v) for k, v in folders.items()}}
        click.echo(json.dumps(plan if stages is None else plan | {"stages": stages}))
        return
    click.echo(dump_experiment(experiment), nl=False)
    for name, folder in folders.items():
        click.echo(f"# {name} folder: {folder}")
    for name, state in (stages or {}).items():
        click.echo(f"# {name}: {state}")


def echo_result(result: dict[str, Any], as_json: bool, text: str) -> None:
    """A command's result on standard output: `result` as one JSON object, or `text`."""
    click.echo(json.dumps(result) if as_json else text)


def _per_time(rate: float) -> str:
    """`rate` per second with enough digits to be read, below 1 per minute."""
    if rate < 1:
        return f"{rate * 60:,.1f}/min"
    return f"{rate:,.1f}/s" if rate < 100 else f"{rate:,.0f}/s"


class ProgressLine:
    """How far a command is and how long it will take, on standard error.

    On a terminal one line that rewrites itself; elsewhere a plain line every few seconds, or every minute while nothing
    moves. Library functions take it as their `progress` argument and call it ``progress(done, total, note)``; calling
    `note` prints a line of its own.

    Args:
        label: What is being done, e.g. "preparing".
        unit: What is counted, e.g. "images".
        stream: Where to write.
        period: Seconds between two lines where the output is not a terminal.
        clock: Seconds, rising; exchangeable for tests.

    Example:
        with ProgressLine("preparing", "images") as progress:
            prepare(experiment, progress=progress)
    """

    def __init__(
        self,
        label: str,
        unit: str = "images",
        stream: TextIO | None = None,
        period: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.label = label
        self.unit = unit
        self.stream = stream or sys.stderr
        self.clock = clock
        self.rewrites = self.stream.isatty()
        self.period = 0.2 if self.rewrites else period
        self.started = self.shown = clock()
        self.first: int | None = None
        self.line = ""
        self.pending = False
        self.state: tuple[int, str] | None = None
        self.shown_state: tuple[int, str] | None = None

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None:
        """Shows `done` of `total`. The rate counts from the first call on, so resumed work does not flatter it."""
        now = self.clock()
        if self.first is None:
            self.first, self.started = done, now
        self.line = self._text(done, total, note, now - self.started)
        self.pending, self.state = True, (done, note)
        unmoved = not self.rewrites and self.state == self.shown_state
        if now - self.shown >= (max(self.period, _UNMOVED_PERIOD) if unmoved else self.period) or done == total:
            self._show(now)

    def note(self, text: str) -> None:
        """Prints a line that stays."""
        if self.rewrites:
            self.stream.write("\r\x1b[K")
        self.stream.write(f"{text}\n")
        self.stream.flush()

    def close(self) -> None:
        """Shows the last state and ends the line."""
        if self.pending:
            self._show(self.clock())
        if self.rewrites and self.line:
            self.stream.write("\n")
            self.stream.flush()
        self.line = ""

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _text(self, done: int, total: int | None, note: str, seconds: float) -> str:
        parts = [f"{self.label}: {done:,}" + (f" of {total:,}" if total else "") + f" {self.unit}"]
        fresh = done - (self.first or 0)
        if seconds > 0 and fresh > 0:
            rate = fresh / seconds
            parts.append(_per_time(rate))
            if total and total > done:
                parts.append(f"{duration((total - done) / rate)} left")
        return ", ".join([*parts, note] if note else parts)

    def _show(self, now: float) -> None:
        self.shown, self.shown_state = now, self.state
        self.pending = False
        self.stream.write(f"\r\x1b[K{self.line}" if self.rewrites else f"{self.line}\n")
        self.stream.flush()
