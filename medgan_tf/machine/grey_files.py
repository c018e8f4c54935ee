"""The source of the build benchmark; in a file of its own, so that reader processes need not import TensorFlow."""

import numpy as np

from medgan_tf.data.images import read_grey
from medgan_tf.data.tables.table import Source


class GreyFiles(Source):
    """Grey image files by path, as the CheXpert source reads them."""

    def read_table(self):
        """Nothing, as the benchmark makes its own table."""
        raise NotImplementedError("the benchmark makes its own table")

    def read_image(self, path: str) -> np.ndarray:
        """One image, uint8 [H, W]; see `Source.read_image`."""
        return read_grey(path)
