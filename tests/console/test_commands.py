"""What a command shows on a terminal holds nothing that moves a cursor, whoever wrote it."""

import logging

import click
import pytest

from medgan_tf.console.commands import ToolCommand, guarded_main, show_log
from medgan_tf.console.options import echo_result
from medgan_tf.errors import ConfigError, DataError

ATTACK = "a\x1b[2Jb\u202ec\rd\ud800"
SHOWN = r"a\x1b[2Jb\u202ec\rd\ud800"


@pytest.fixture
def no_handlers(monkeypatch):
    """The package's logger without the handlers of other tests."""
    logger = logging.getLogger("medgan_tf")
    monkeypatch.setattr(logger, "handlers", [])
    monkeypatch.setattr(logger, "propagate", True)
    monkeypatch.setattr(logger, "level", logger.level)


def test_log_lines(no_handlers, capsys):
    show_log()
    logging.getLogger("medgan_tf.data").warning("%s\nsecond", ATTACK)
    assert capsys.readouterr().err == SHOWN + r"\nsecond" + "\n"


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (DataError(f"labels.csv: {ATTACK}"), f"Error: labels.csv: {SHOWN}\n".replace(r"\r", " ")),
        (ConfigError(f"one\ntwo\u2028{ATTACK}"), f"Error: one\nError: two\\u2028{SHOWN}\n"),
        (click.UsageError(f"no such option {ATTACK}"), f"Error: no such option {SHOWN}"),
    ],
)
def test_errors(no_handlers, capsys, error, shown):
    def fail():
        raise error

    with pytest.raises(SystemExit) as end:
        guarded_main(ToolCommand("fail", callback=fail), [])
    assert capsys.readouterr().err.partition(" (see ")[0] == shown
    assert end.value.code == error.exit_code


def test_results(capsys):
    echo_result({}, False, f"head\tvalue\n{ATTACK}\t1")
    assert capsys.readouterr().out == f"head\tvalue\n{SHOWN}\t1\n"
    echo_result({"name": ATTACK}, True, "")
    assert capsys.readouterr().out == '{"name": "a\\u001b[2Jb\\u202ec\\rd\\ud800"}\n'
