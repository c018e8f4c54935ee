"""The signature of a release: Ed25519 over the bytes of its manifest. The manifest has the hash of every other file.

The signature is its 64 bytes and nothing else, so that OpenSSL can check it too:
``openssl pkeyutl -verify -pubin -inkey key.pub -rawin -in MANIFEST.json -sigfile MANIFEST.sig``
"""

import importlib
import os
from pathlib import Path
from typing import Any

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.regular_files import read_regular
from medgan_tf.release.verifier import MANIFEST, SIGNATURE

PASSPHRASE = "MEDGAN_KEY_PASSPHRASE"
"""Environment variable with the passphrase of an encrypted key."""
_LARGEST_KEY, _LARGEST_MANIFEST, _SIZE = 2**16, 2**29, 64
_MAKE = "`openssl genpkey -algorithm ed25519 -out key.pem` makes one"
_MAKE_PUBLIC = "`openssl pkey -in key.pem -pubout -out key.pub` makes it from the private key"


def sign(folder: Path, key: Path) -> None:
    """Writes `MANIFEST.sig`, the signature of the manifest of a release.

    Args:
        folder: The release, with its `MANIFEST.json`.
        key: An Ed25519 private key in PEM. If it is encrypted, the environment variable `MEDGAN_KEY_PASSPHRASE` has its
            passphrase.

    Raises:
        ConfigError: The package `cryptography` is missing, or the key is another one or cannot be opened.
        DataError: There is no manifest, or no such key.
        OSError: The disk does not take the signature.
    """
    private = _private_key(key)
    content = private.sign(read_regular(folder / MANIFEST, _LARGEST_MANIFEST))
    with atomic_path(folder / SIGNATURE) as partial:
        partial.write_bytes(content)


def check_key(key: Path) -> None:
    """Raises what `sign` would raise for a key, before there is anything to sign."""
    _private_key(key)


def signature_problem(folder: Path, public_key: Path) -> str:
    """What is wrong with the signature of a release; "" where it is that of the key.

    Args:
        folder: The release.
        public_key: An Ed25519 public key in PEM.

    Raises:
        ConfigError: The package `cryptography` is missing, or the key is another one.
        DataError: There is no such key.
    """
    public = _public_key(public_key)
    path = folder / SIGNATURE
    if path.is_symlink() or not path.is_file():
        return f"{SIGNATURE}: there is no signature"
    try:
        content = read_regular(path, 2**20)
        manifest = read_regular(folder / MANIFEST, _LARGEST_MANIFEST)
    except DataError as error:
        return f"{SIGNATURE}: cannot be checked: {error}"
    if len(content) != _SIZE:
        return f"{SIGNATURE}: it is damaged: a signature has {_SIZE} bytes, and this one {len(content):,}"
    try:
        public.verify(content, manifest)
    except _library("cryptography.exceptions").InvalidSignature:
        return f"{SIGNATURE}: it is not the signature of this manifest by this key"
    return ""


def _private_key(path: Path) -> Any:
    serialization, kinds = _libraries()
    content = read_regular(path, _LARGEST_KEY)
    try:
        key = _opened(serialization, content, path)
    except (ValueError, _library("cryptography.exceptions").UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} is no private key in PEM, or its passphrase is another one; {_MAKE}") from error
    if not isinstance(key, kinds.Ed25519PrivateKey):
        raise ConfigError(f"{path} is a private key of another kind ({type(key).__name__}); expected Ed25519; {_MAKE}")
    return key


def _opened(serialization: Any, content: bytes, path: Path) -> Any:
    try:
        return serialization.load_pem_private_key(content, password=None)
    except TypeError:
        passphrase = os.environ.get(PASSPHRASE)
        if not passphrase:
            raise ConfigError(
                f"{path} is encrypted; put its passphrase into the environment variable {PASSPHRASE}"
            ) from None
        return serialization.load_pem_private_key(content, password=passphrase.encode())


def _public_key(path: Path) -> Any:
    serialization, kinds = _libraries()
    content = read_regular(path, _LARGEST_KEY)
    if b"PRIVATE KEY" in content:
        raise ConfigError(f"{path} is a private key, which stays with its owner; give the public one; {_MAKE_PUBLIC}")
    try:
        key = serialization.load_pem_public_key(content)
    except (ValueError, _library("cryptography.exceptions").UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} is no public key in PEM; {_MAKE_PUBLIC}") from error
    if not isinstance(key, kinds.Ed25519PublicKey):
        raise ConfigError(f"{path} is a public key of another kind ({type(key).__name__}); expected Ed25519")
    return key


def _libraries() -> tuple[Any, Any]:
    base = "cryptography.hazmat.primitives"
    return _library(f"{base}.serialization"), _library(f"{base}.asymmetric.ed25519")


def _library(name: str) -> Any:
    """A module of cryptography. Raises `ConfigError`, one line, where the package is missing."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f"signatures need the package cryptography ({error}): pip install 'medgan-tf[release]'"
        ) from None
