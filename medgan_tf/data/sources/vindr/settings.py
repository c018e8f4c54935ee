"""Options of the source `vindr`: VinDr-CXR, from PhysioNet or from the VinBigData challenge on Kaggle."""

from typing import Literal

from medgan_tf.config.section import Section, incidental


class Options(Section):
    """`data.options` of the source `vindr`."""

    csv: str | None = None
    """Label table inside data.root. None takes annotations/image_labels_train.csv (PhysioNet) or train.csv (Kaggle)."""
    merge: Literal["any", "majority", "all"] = "majority"
    """The readers who must name a finding: any of them, more than half, or all. An image is without finding only if no
    finding is left, and as many readers say so."""
    official_folds: bool = False
    """Take the 3,000 images of image_labels_test.csv as test fold (PhysioNet only). False leaves them out and makes all
    folds of the training images."""
    outside_root: bool = incidental(False)
    """Read images outside data.root, too, where links lead there."""
