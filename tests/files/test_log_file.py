"""Lines that the package logs reach the file while the block runs, and no others."""

import logging
import re

import pytest

from medgan_tf.files.log_file import logging_to

log, foreign = logging.getLogger("medgan_tf.some.part"), logging.getLogger("elsewhere")


def test_lines_are_appended_with_time_and_level(tmp_path):
    path, logger = tmp_path / "log.txt", logging.getLogger("medgan_tf")
    before = (logger.level, list(logger.handlers))
    for text in ("first", "second"):
        with logging_to(path):
            log.info(text)
            log.debug("detail")
            foreign.warning("of another package")
    log.warning("after the block")
    lines = path.read_text().splitlines()
    assert [re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ", "", line) for line in lines] == [
        "INFO first",
        "INFO second",
    ]
    assert (logger.level, logger.handlers) == before


def test_an_error_in_the_block_closes_the_file(tmp_path):
    with pytest.raises(ZeroDivisionError), logging_to(tmp_path / "log.txt"):
        1 / 0  # noqa: B018
    log.warning("after the block")
    assert (tmp_path / "log.txt").read_text() == ""


def test_a_message_forges_no_line_and_names_no_folder(tmp_path, monkeypatch):
    run = tmp_path / "runs" / "x"
    run.mkdir(parents=True)
    with logging_to(run / "log.txt"):
        log.info("read /mnt/ward/schmidt/labels.csv\n2026-01-01 00:00:00,000 INFO forged\x1b[2J\ud800")
        log.info("saved in %s", run / "generator")
        try:
            raise ValueError("\x1b[2J")
        except ValueError:
            log.exception("failed")
    lines = [line[24:] if line.startswith("20") else line for line in (run / "log.txt").read_text().splitlines()]
    assert lines[:4] == [
        r"INFO read .../labels.csv\n2026-01-01 00:00:00,000 INFO forged\x1b[2J\ud800",
        "INFO saved in <run>/generator",
        "ERROR failed",
        "Traceback (most recent call last):",
    ]
    assert lines[-1] == r"ValueError: \x1b[2J"
