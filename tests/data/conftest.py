"""Raw folders for the sources' tests."""

import pytest
from raw_folders import RawChexpert, RawRsna


@pytest.fixture
def raw_chexpert(tmp_path):
    """An empty `RawChexpert`."""
    return RawChexpert(tmp_path)


@pytest.fixture
def raw_rsna(tmp_path):
    """An empty `RawRsna`."""
    return RawRsna(tmp_path)
