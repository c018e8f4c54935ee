"""Options of the source `published`: TFRecords of the paper's published code."""

from medgan_tf.config.section import Names, Section

FIXED_FOLDS = True
"""The images are in folds already: no label policy, minimum count, split or subset is applied."""


class Options(Section):
    """`data.options` of the source `published`."""

    label_names: Names | None = None
    """Names of the labels, where no CSV gives them; None means label_0, label_1, ..."""
