"""The heartbeat shows that a long step is still at work."""

import threading

from medgan_tf.presentation.heartbeat import Heartbeat


def test_heartbeat_repeats_the_last_report():
    seen, twice = [], threading.Event()

    class Line:
        def __call__(self, done, total=None, note=""):
            seen.append((done, total, note))
            if len(seen) == 3:
                twice.set()

        def note(self, text):
            seen.append(text)

    with Heartbeat(Line(), period=0.01) as beating:
        beating(4, None, "slow")
        assert twice.wait(5)
    assert set(seen) == {(4, None, "slow")}
