"""medgan-tf: synthetic medical images, and evidence of what they are worth and what they give away.

>>> import medgan_tf
>>> generator = medgan_tf.load_generator("runs/quickstart/cpd-seed1000/generator")
>>> images = generator.sample(generator.label_vectors(["Cardiomegaly"], count=16), seed=1)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medgan_tf.synthesis.load import Generator

__version__ = "0.1.0"


def load_generator(path: str, trust: bool = False) -> "Generator":
    """Loads an exported generator: ``.sample(labels [N, L], seed) -> uint8 images [N, R, R, 1]``.

    Args:
        path: The `generator` folder of a run, or wherever it was copied to.
        trust: Whether a folder without weights, which holds a SavedModel alone, is loaded too. A SavedModel is a
            program; load only that of somebody you trust.

    Raises:
        DataError: There is no generator, it cannot be read, or it is a SavedModel and not trusted.
    """
    # Imported here: `import medgan_tf` must not cost the import of TensorFlow.
    from medgan_tf.synthesis import load

    return load.load_generator(path, trust)
