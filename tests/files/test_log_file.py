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
