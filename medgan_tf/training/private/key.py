"""The secret of the noise of one private training: 32 bytes of the system's entropy, in the private folder only.

The run's seed is public. Whoever could compute the noise could take it away again, so sampling and noise are functions
of this secret and of nothing public. The seeds of a draw are BLAKE2b keyed with the secret (RFC 7693), over the number
of the draw, the name of the stream and a salt that every fork of the training renews.
"""

import hashlib
import os
import secrets
import stat
from pathlib import Path

import numpy as np

from medgan_tf.data.pseudonyms import write_private_bytes
from medgan_tf.errors import RunError
from medgan_tf.files.atomic import flush_to_disk
from medgan_tf.gans.private.terms import SECRET_STREAMS

KEY_BYTES = 32
_SEED_BYTES = 16


class NoiseKey:
    """The secret, and what is drawn from it.

    Args:
        secret: 32 bytes.
    """

    def __init__(self, secret: bytes):
        if len(secret) != KEY_BYTES:
            raise ValueError(f"the key must have {KEY_BYTES} bytes. Received: {len(secret)} bytes")
        self._secret = secret

    def __repr__(self) -> str:
        # Never shown in a log or a traceback.
        return "NoiseKey(...)"

    def seeds(self, salt: str, draw: int) -> np.ndarray:
        """The seeds of one discriminator step, int64 [len(SECRET_STREAMS), 2].

        Args:
            salt: Renewed by every fork, so that two forks have nothing in common.
            draw: Number of the draw.
        """
        digests = [self._digest(f"step|{salt}|{draw}|{stream}", _SEED_BYTES) for stream in SECRET_STREAMS]
        return np.frombuffer(b"".join(digests), "<i8").astype(np.int64).reshape(len(SECRET_STREAMS), 2)

    def generator(self, name: str) -> np.random.Generator:
        """Random numbers for something that is released once."""
        return np.random.Generator(np.random.Philox(key=int.from_bytes(self._digest(f"once|{name}", 16), "little")))

    def _digest(self, message: str, size: int) -> bytes:
        return hashlib.blake2b(message.encode(), key=self._secret, digest_size=size).digest()


def create_key(path: Path) -> NoiseKey:
    """Draws a new secret and writes it, readable by its owner only; it is on the disk when this returns.

    Raises:
        OSError: It cannot be written.
    """
    secret = secrets.token_bytes(KEY_BYTES)
    write_private_bytes(path, [f"{secret.hex()}\n".encode()])
    flush_to_disk(path.parent)
    return NoiseKey(secret)


def load_key(path: Path) -> NoiseKey:
    """Reads a secret.

    Raises:
        OSError: It is not there, or cannot be read.
        RunError: It is damaged.
    """
    if stat.S_IMODE(path.stat().st_mode) & 0o077 and os.name == "posix":
        path.chmod(0o600)
    try:
        return NoiseKey(bytes.fromhex(path.read_bytes().decode("ascii")))
    except ValueError as error:
        raise RunError(
            f"the secret of the noise {path} is damaged: expected {2 * KEY_BYTES} hexadecimal digits; restore it from "
            "a copy, or begin the training anew with --restart"
        ) from error
