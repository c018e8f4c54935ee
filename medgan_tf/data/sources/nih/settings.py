"""Options of the source `nih`: ChestX-ray14 of the NIH Clinical Center."""

from medgan_tf.config.section import Names, Section, incidental


class Options(Section):
    """`data.options` of the source `nih`."""

    csv: str | None = None
    """Label table inside data.root. None takes Data_Entry_2017_v2020.csv or, without it, the older
    Data_Entry_2017.csv."""
    views: Names | None = None
    """Views to keep, of PA and AP; None keeps both. All images are frontal."""
    official_folds: bool = False
    """Take the test fold from test_list.txt, and train and valid from train_val_list.txt, which lie beside the table.
    False makes all folds by data.fold_fractions."""
    outside_root: bool = incidental(False)
    """Read images outside data.root, too, where links lead there."""
