"""Texts of other people's files on the line of progress."""

import io

from medgan_tf.console.progress_line import ProgressLine


def test_notes_move_no_cursor():
    stream = io.StringIO()
    with ProgressLine("pre\x1bparing", stream=stream, period=0, clock=lambda: 1.0) as progress:
        progress.note("reading \x1b[2J\u202e.csv")
        progress(1, 2, "image \r7")
    lines = stream.getvalue().splitlines()
    assert lines == [r"reading \x1b[2J\u202e.csv", r"pre\x1bparing: 1 of 2 images, image \r7"]
