"""A click command with this project's exit codes: one line for a user's mistake, a traceback for a bug."""

import contextlib
import errno
import logging
import os
import sys
from typing import Any

import click

from medgan_tf.console.text_output import check_arguments, use_utf8, write_any_text
from medgan_tf.errors import MedganError
from medgan_tf.files.log_file import LogLine
from medgan_tf.files.plain_text import visible, visible_lines
from medgan_tf.startup import quiet_tensorflow, use_onednn

INTERRUPTED = 130
# What a user mends without us: a full disk, a used-up quota, a disk that is read-only or damaged, a closed pipe.
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EPIPE)


class _Terminal(logging.Handler):
    """Writes log lines to the standard error of that moment, each on one line without control characters."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(self.format(record), err=True)


def show_log() -> None:
    """Shows the package's own log lines on standard error."""
    logger = logging.getLogger("medgan_tf")
    if not any(isinstance(handler, _Terminal) for handler in logger.handlers):
        terminal = _Terminal()
        terminal.setFormatter(LogLine())
        logger.addHandler(terminal)
        logger.setLevel(logging.INFO)
        # TensorFlow's libraries put a handler on the root that would show every line again.
        logger.propagate = False


def guarded_main(command: click.Command, arguments: Any = None, **extra: Any) -> None:
    """Runs a command and leaves the process with its exit code.

    0 means the work was done, 2 a usage or config error, 1 any other, 130 an interruption. A `MedganError` and a
    usage error become lines on standard error without a traceback, and so does a disk that is full; anything unexpected
    keeps its traceback.
    """
    if arguments is None:
        use_utf8()
    write_any_text()
    quiet_tensorflow()
    use_onednn()
    show_log()
    try:
        check_arguments(sys.argv[1:] if arguments is None else list(arguments))
        # A click command that ends early (--help, ctx.exit) returns its exit code here.
        code = command.main(arguments, standalone_mode=False, **extra)
    except MedganError as error:
        for line in str(error).split("\n"):
            click.echo(f"Error: {visible(line)}", err=True)
        sys.exit(error.exit_code)
    except click.UsageError as error:
        # Called without arguments: click's message is then the whole help.
        if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
            click.echo(error.format_message(), err=True)
            sys.exit(error.exit_code)
        hint = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        click.echo(f"Error: {visible_lines(error.format_message())}{hint}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno not in _DISK:
            raise
        _say_disk(error)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort as error:
        if isinstance(error.__cause__, EOFError):
            raise error.__cause__ from None
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


def _say_disk(error: OSError) -> None:
    """One line for an error of a disk. Standard output is given up, as it may be what cannot be written."""
    where = f" {error.filename}" if error.filename else ""
    click.echo(f"Error: cannot write{where}: {error.strerror}", err=True)
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


class ToolCommand(click.Command):
    """A click command with this project's exit codes and one-line errors, also when run as ``python tools/x.py``."""

    def main(self, args: Any = None, *, standalone_mode: bool = True, **extra: Any) -> Any:
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **extra)
        guarded_main(self, args, **extra)


class ToolSubgroup(ToolCommand, click.Group):
    """A tool with commands of its own, each with this project's exit codes and one-line errors."""

    command_class = ToolCommand

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands in the order in which they are used."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(120)) for name in self.commands])
