"""Options of the source `chexpert`: CheXpert radiographs, small, full or Plus."""

from medgan_tf.config.section import Section, incidental


class Options(Section):
    """`data.options` of the source `chexpert`."""

    csv: str = "train.csv"
    """Label table inside the CheXpert-v1.0-small folder, or inside the first batch of the full CheXpert-v1.0. For
    CheXpert Plus the file of labels, e.g. chexbert_labels/impression_fixed.json."""
    frontal_only: bool = True
    """Leave lateral views out (as the paper does)."""
    outside_root: bool = incidental(False)
    """Read images outside data.root, too, where the table leads there by "..", absolute paths or links."""
