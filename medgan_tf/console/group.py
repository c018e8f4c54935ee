"""The command ``medgan-tf``: finds the commands in the tools package and imports only the one that is called.

Importing this module must stay cheap: ``medgan-tf --help`` reads the first docstring line of each tool from its source
and imports nothing but click.
"""

import ast
import importlib
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import click

import medgan_tf
from medgan_tf.console.commands import guarded_main

_TOOLS = "medgan_tf.tools"


def tools_package() -> Any:
    """The package of commands. In a checkout that is not installed it is the folder ``tools`` beside ``medgan_tf``."""
    if _TOOLS not in sys.modules and find_spec(_TOOLS) is None:
        sys.modules[_TOOLS] = medgan_tf.tools = importlib.import_module("tools")
    return importlib.import_module(_TOOLS)


class ToolGroup(click.Group):
    """The group of all tools. A tool is a module of the tools package that defines `command`."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(_commands())

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        found = _commands().get(name)
        return importlib.import_module(f"{tools_package().__name__}.{found.module}").command if found else None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        commands = _commands()
        if commands:
            with formatter.section("Commands"):
                formatter.write_dl([(name, found.summary) for name, found in sorted(commands.items())])

    def main(self, args: Any = None, *, standalone_mode: bool = True, **extra: Any) -> Any:
        if not standalone_mode:
            return super().main(args, standalone_mode=False, **extra)
        guarded_main(self, args, **extra)


class _Found(NamedTuple):
    """A command: its module below the tools package, and the first line of that module's docstring."""

    module: str
    summary: str


def _commands() -> dict[str, _Found]:
    """All commands by name, read without importing them. A folder of the tools package only keeps some together."""
    found, top = {}, Path(tools_package().__path__[0])
    for path in sorted(top.rglob("[!_]*.py")):
        module = ast.parse(path.read_bytes())
        names = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
        if "command" in names:
            text = ast.get_docstring(module) or ""
            place = ".".join(path.relative_to(top).with_suffix("").parts)
            found[path.stem.replace("_", "-")] = _Found(place, text.partition("\n")[0])
    return found


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
