"""Pairs of keys for signatures, as PEM files."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


def write_keys(folder, name, key=None, passphrase=None):
    """Writes NAME.pem and NAME.pub; returns both paths."""
    key = key or ed25519.Ed25519PrivateKey.generate()
    hidden = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    form, public_form = serialization.PrivateFormat.PKCS8, serialization.PublicFormat.SubjectPublicKeyInfo
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, hidden))
    public.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, public_form))
    return private, public
