"""Results of classifiers that somebody damaged."""

import pytest

from medgan_tf.evidence.utility.classifier_results import finished_result


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"[" * 100_000, b'{"key": "k", "key": "k"}', b'{"key": 1e999}', b"\xff"]
)
def test_a_damaged_result_counts_as_not_trained(tmp_path, caplog, content):
    """It made every later call fail until somebody removed the file."""
    (tmp_path / "predictions.csv").touch()
    (tmp_path / "result.json").write_bytes(content)
    assert finished_result(tmp_path, "k") is None
    assert "this classifier counts as not trained" in caplog.text
