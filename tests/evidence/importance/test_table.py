"""Importance maps in one line for the terminal."""

from medgan_tf.evidence.importance.table import summarise_occlusion


def test_rank_correlation_of_each_classifier():
    agreement = {"synthetic-trained": 0.41249, "labels shuffled": None}
    agreement = {title: {"all labels": {"rank_correlation": {"value": value}}} for title, value in agreement.items()}
    line = summarise_occlusion({"agreement_with_real": agreement})
    assert line == "rank correlation with the real-trained maps: synthetic-trained 0.412; labels shuffled undefined"
    assert summarise_occlusion({"agreement_with_real": {}}).endswith("maps: nothing to compare")
