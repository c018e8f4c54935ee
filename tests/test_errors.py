"""Messages of errors, whatever text of a file they repeat."""

import pickle

import pytest

from medgan_tf.errors import ConfigError, DataError, RunError


@pytest.mark.parametrize("kind", [DataError, RunError])
def test_a_line_break_from_a_file_does_not_make_two_messages(kind):
    error = kind("table.csv: no column 'a\nError: b\r\nc\u2028d'")
    assert str(error) == "table.csv: no column 'a Error: b c d'"
    # Errors come back from other processes.
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_config_error_has_a_line_for_each_mistake():
    assert str(ConfigError("a.yaml:1: x\na.yaml:2: y")) == "a.yaml:1: x\na.yaml:2: y"
