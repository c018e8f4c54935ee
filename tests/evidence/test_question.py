"""The line of a finished result, also for a file that no room has written."""

import json

import pytest

from medgan_tf.errors import DataError
from medgan_tf.evidence.fidelity.room import Fidelity
from medgan_tf.evidence.neighbours.room import NearestNeighbours
from medgan_tf.evidence.privacy.room import PrivacyAudit
from medgan_tf.files.run_folders import RunFolder


@pytest.mark.parametrize("values", [{}, {"nearest_distance": 7}, {"nearest_distance": {"train": {"50%": "x"}}}])
def test_a_result_of_another_shape_is_refused_in_a_line(tmp_path, values):
    folder = RunFolder(tmp_path)
    folder.evaluation.mkdir()
    (folder.evaluation / "neighbours.json").write_text(json.dumps(values))
    with pytest.raises(DataError, match="neighbours.json has a missing or wrong value .*; make it again"):
        NearestNeighbours().summary(folder)


def test_the_same_of_files_that_are_found_by_their_names(tmp_path):
    folder = RunFolder(tmp_path)
    folder.evaluation.mkdir()
    (folder.evaluation / "fid-random.json").write_text('{"metrics": {"fid": {"value": "x"}}}')
    with pytest.raises(DataError, match="fid-random.json has a missing or wrong value"):
        Fidelity().summary(folder)
    (folder.evaluation / "privacy.json").write_text('{"verdicts": [{}]}')
    with pytest.raises(DataError, match="privacy.json has a missing or wrong value .KeyError"):
        PrivacyAudit().summary(folder)
