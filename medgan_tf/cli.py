"""The command ``medgan-tf``: finds the commands in the tools package and imports only the one that is called.

Importing this module must stay cheap: ``medgan-tf --help`` reads the first docstring line of each tool from its source
and imports nothing but click.
"""

import ast
import importlib
import logging
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

import medgan_tf
from medgan_tf.errors import MedganError
from medgan_tf.onednn import use_onednn
from medgan_tf.quiet_tensorflow import quiet_tensorflow

INTERRUPTED = 130
_TOOLS = "medgan_tf.tools"


def tools_package() -> Any:
    """The package of commands. In a checkout that is not installed it is the folder ``tools`` beside ``medgan_tf``."""
    if _TOOLS not in sys.modules and find_spec(_TOOLS) is None:
        sys.modules[_TOOLS] = medgan_tf.tools = importlib.import_module("tools")
    return importlib.import_module(_TOOLS)


class _Terminal(logging.Handler):
    """Log lines as they are, on what is standard error at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(record.getMessage(), err=True)


def show_log() -> None:
    """Shows the package's own log lines on standard error."""
    logger = logging.getLogger("medgan_tf")
    if not any(isinstance(handler, _Terminal) for handler in logger.handlers):
        logger.addHandler(_Terminal())
        logger.setLevel(logging.INFO)
        # TensorFlow's libraries put a handler on the root that would show every line again.
        logger.propagate = False


def guarded_main(command: click.Command, arguments: Any = None, **extra: Any) -> None:
    """Runs a command and leaves the process with its exit code.

    0 means the work was done, 2 a usage or config error, 1 any other, 130 an interruption. A `MedganError` and a
    usage error become lines on standard error without a traceback; anything unexpected keeps its traceback.
    """
    quiet_tensorflow()
    use_onednn()
    show_log()
    try:
        # A click command that ends early (--help, ctx.exit) returns its exit code here.
        code = command.main(arguments, standalone_mode=False, **extra)
    except MedganError as error:
        for line in str(error).splitlines():
            click.echo(f"Error: {line}", err=True)
        sys.exit(error.exit_code)
    except click.UsageError as error:
        # Called without arguments: click's message is then the whole help.
        if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
            click.echo(error.format_message(), err=True)
            sys.exit(error.exit_code)
        hint = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        click.echo(f"Error: {error.format_message()}{hint}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort as error:
        if isinstance(error.__cause__, EOFError):
            raise error.__cause__ from None
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    sys.exit(code if isinstance(code, int) else 0)


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
        """In the order in which they are used."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(120)) for name in self.commands])


class ToolGroup(click.Group):
    """The group of all tools. A tool is a module of the tools package that defines `command`."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(_summaries())

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _summaries():
            return None
        return importlib.import_module(f"{tools_package().__name__}.{name.replace('-', '_')}").command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        summaries = _summaries()
        if summaries:
            with formatter.section("Commands"):
                formatter.write_dl(sorted(summaries.items()))

    def main(self, args: Any = None, *, standalone_mode: bool = True, **extra: Any) -> Any:
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **extra)
        guarded_main(self, args, **extra)


def _summaries() -> dict[str, str]:
    """Command names and the first docstring lines of their modules, read without importing them."""
    summaries = {}
    for path in sorted(Path(tools_package().__path__[0]).glob("[!_]*.py")):
        module = ast.parse(path.read_bytes())
        names = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
        if "command" in names:
            text = ast.get_docstring(module) or ""
            summaries[path.stem.replace("_", "-")] = text.partition("\n")[0]
    return summaries


@click.group(cls=ToolGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(medgan_tf.__version__, prog_name="medgan-tf")
def main() -> None:
    """Synthetic medical images, and evidence of what they are worth and what they give away.

    What works on an experiment takes its YAML file first.

    \b
    Examples:
      medgan-tf train experiments/quickstart.yaml
      medgan-tf train experiments/quickstart.yaml --set seed=7 --dry-run
      medgan-tf COMMAND --help
    """


if __name__ == "__main__":
    main()
