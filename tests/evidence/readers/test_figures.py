"""The figure of a reader study says whom its numbers speak about."""

import numpy as np
from study_parts import make_study, simulate

from medgan_tf.evidence.readers.answers import collect_answers
from medgan_tf.evidence.readers.counts import ReaderCounts
from medgan_tf.evidence.readers.figures import draw_result
from medgan_tf.evidence.readers.measure import score_answers, score_counts
from medgan_tf.evidence.readers.settings import ReaderStudyConfig


def answered(folder, readers):
    make_study(folder, images=40)
    key = simulate(folder, [0.7] * readers)
    return score_answers(collect_answers([folder / "answers"], key), key, ReaderStudyConfig())


def test_mean_and_p_values_are_those_of_readers_and_images(tmp_path):
    result = answered(tmp_path, 6)
    axes = draw_result(result).axes[0]
    beyond = result["readers_and_images"]
    p_values = [f"p = {beyond[name]:.3g}" for name in ("below_p", "above_p", "equivalence_p")]
    words = [f"{word}: {p}" for word, p in zip(("below 0.5", "above", "equivalent"), p_values, strict=True)]
    assert axes.get_title("left") == "For readers and images like these\n" + "   ".join(words)
    [mean] = [line for line in axes.lines if np.allclose(line.get_xdata(), beyond["interval"][: len(line.get_xdata())])]
    assert list(mean.get_xdata()) == beyond["interval"]


def test_few_readers_and_counts_have_the_tests_for_these_images(tmp_path):
    few = draw_result(answered(tmp_path, 3)).axes[0].get_title("left")
    assert few.startswith("Not decided for readers and images like these; for these images only\nbelow 0.5: p = ")
    counts = score_counts([ReaderCounts(f"R{n}", 30 + n, 100) for n in range(6)], ReaderStudyConfig())
    assert draw_result(counts).axes[0].get_title("left").startswith("For these images only\nbelow 0.5: p = 0.0156")
