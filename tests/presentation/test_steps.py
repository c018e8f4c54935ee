"""Single steps as progress reports."""

from medgan_tf.presentation.steps import Steps


def test_steps_are_counted_whatever_they_are():
    told = []
    steps = Steps(lambda done, total, note: told.append((done, total, note)))
    steps("reading")
    steps.counted("features")(1000, 2500)
    assert told == [(1, None, "reading"), (2, None, "features: 1,000 of 2,500 images")]
