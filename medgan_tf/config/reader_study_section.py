"""Section `reader_study`: the set of images that radiologists are shown (paper S.8)."""

from medgan_tf.config.section import Section


class ReaderStudyConfig(Section):
    """The reader study."""
