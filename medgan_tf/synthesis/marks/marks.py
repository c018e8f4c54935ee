"""What every synthetic image says of itself, whatever its format."""

from dataclasses import dataclass

import medgan_tf
from medgan_tf.files.plain_text import name_problem

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's term for media that a model made which learned from sampled content."""

NO_LICENCE = "not stated"


@dataclass(frozen=True)
class Marks:
    """The marks of the images of one set.

    Attributes:
        generator: Hash of the generator, or the name of one from elsewhere.
        licence: Licence or terms of use, one line; "" where none is stated.
        software: Name and version of the program.
    """

    generator: str
    licence: str = ""
    software: str = f"medgan-tf {medgan_tf.__version__}"

    def __post_init__(self) -> None:
        for text in (self.generator, self.licence, self.software):
            if problem := name_problem(text):
                raise ValueError(problem)

    def texts(self) -> dict[str, str]:
        """The marks as texts by keyword."""
        return {
            "Synthetic": "yes",
            "Generator": self.generator,
            "Software": self.software,
            "Licence": self.licence or NO_LICENCE,
        }
