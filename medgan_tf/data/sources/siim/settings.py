"""Options of the source `siim`: radiographs of the SIIM-ACR Pneumothorax Segmentation challenge."""

from medgan_tf.config.section import Section, incidental


class Options(Section):
    """`data.options` of the source `siim`."""

    csv: str | None = None
    """Label table inside data.root. None takes train-rle.csv or, without it, stage_2_train.csv."""
    outside_root: bool = incidental(False)
    """Read images outside data.root, too, where links lead there."""
