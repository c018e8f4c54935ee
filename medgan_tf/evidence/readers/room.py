"""The reader study, as evidence that people make."""

from medgan_tf.evidence.question import Evidence, When
from medgan_tf.evidence.readers.settings import KEY
from medgan_tf.registry import EVIDENCE


@EVIDENCE.register(KEY)
class ReaderStudy(Evidence):
    """Can radiologists tell real from synthetic images?"""

    key = KEY
    title = "Reader study"
    when = When.BY_HAND
