"""Random numbers by seed and name: every draw of a measurement has its own stream.

Two draws that share a stream are not independent, and a numbered stream is easily used twice. A name says what is
drawn, and two names give unrelated streams.
"""

import hashlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """The random stream of this name, for this seed. Each call gives a stream that starts at its beginning.

    SHA-256 of seed and name is the entropy of a NumPy `SeedSequence`, whose output NumPy keeps the same on every
    platform and in every version.

    Args:
        seed: Seed of the experiment.
        name: Name of the draw, in words, e.g. "halves of the held-out patients".

    Raises:
        ValueError: The name is empty.
    """
    if not name:
        raise ValueError(f"expected the name of a random stream. Received: name={name!r}")
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    words = [int.from_bytes(digest[start : start + 4], "little") for start in range(0, len(digest), 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))


def chosen_rows(count: int, wanted: int, random: np.random.Generator) -> np.ndarray:
    """Random rows without repetition, int64 in rising order; all `count` rows where `wanted` is not smaller."""
    return np.sort(random.permutation(count)[:wanted])
