"""Fidelity in one line for the terminal."""

from result_files import fidelity

from medgan_tf.evidence.fidelity.table import summarise_fidelity


def test_fid_beside_the_floor_at_the_same_number():
    result = fidelity()
    line = "FID 3.5 in the features of classifier; with 50 images 3.75, of held-out real images 0.5"
    assert summarise_fidelity(result) == line
    result["metrics"].pop("fid")
    assert summarise_fidelity(result) == "no FID in the features of classifier, as other metrics were asked for"
