"""Options of the source `chexpert`: CheXpert radiographs in the layout of CheXpert-v1.0-small."""

from medgan_tf.config.section import Section, incidental


class Options(Section):
    """`data.options` of the source `chexpert`."""

    csv: str = "train.csv"
    """Label table inside the CheXpert-v1.0-small folder."""
    frontal_only: bool = True
    """Leave lateral views out (as the paper does)."""
    outside_root: bool = incidental(False)
    """Read images outside data.root, too, where the table leads there by "..", absolute paths or links."""
