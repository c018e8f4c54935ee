"""Sources of images out of nothing. Imports no TensorFlow, so that worker processes start quickly."""

import os
import signal
import time

import numpy as np

from medgan_tf.data.tables.table import Source
from medgan_tf.errors import DataError

BAD, DEADLY = "bad", "deadly"


class FlatImages(Source):
    """`path` is a number, the image's grey value; counts what was read."""

    reads_in_processes = False

    def __init__(self):
        self.read = 0

    def read_table(self):
        raise NotImplementedError

    def read_image(self, path):
        self.read += 1
        if path == BAD:
            raise DataError("bad: is truncated")
        return np.full((20, 20), int(path) % 255 + 1, np.uint8)


class FlatImagesInProcesses(FlatImages):
    """As above, read in worker processes."""

    reads_in_processes = True

    def read_image(self, path):
        if path == DEADLY:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read_image(path)


class SlowImages(FlatImagesInProcesses):
    """As above; the path "slow" takes a minute."""

    def read_image(self, path):
        if path == "slow":
            time.sleep(60)
        return super().read_image(path)
