"""Options of the source `mimic_cxr`: MIMIC-CXR-JPG."""

from typing import Literal

from medgan_tf.config.section import Names, Section, incidental

FRONTAL = ("PA", "AP")


class Options(Section):
    """`data.options` of the source `mimic_cxr`."""

    labels: Literal["chexpert", "negbio"] = "chexpert"
    """The program whose labels are used: mimic-cxr-2.0.0-chexpert.csv or mimic-cxr-2.0.0-negbio.csv."""
    views: Names | None = FRONTAL
    """Values of ViewPosition to keep, e.g. PA, AP, LATERAL and LL; None keeps all, also images without a view."""
    official_folds: bool = False
    """Take the folds of mimic-cxr-2.0.0-split.csv. False makes folds by data.fold_fractions."""
    outside_root: bool = incidental(False)
    """Read images outside data.root, too, where the table leads there by "..", absolute paths or links."""
