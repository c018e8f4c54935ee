"""Unique identifiers (UID) and codes that follow from content: the same set has the same ones, on every machine."""

import hashlib
import uuid

CODING_SCHEME = "99MEDGANTF"
"""Designator of our codes of labels; DICOM reserves names that begin with 99 for schemes of nobody in particular."""

_DERIVED_ROOT = "2.25"
_LONGEST_CODE = 16


def derived_uid(root: str, *parts: str) -> str:
    """A UID of some texts: equal ones for equal texts, and others for others.

    Args:
        root: Own root, at most 24 characters, as up to 39 digits follow; "" makes a UID from a UUID (DICOM PS3.5, B.2),
            which needs none.
        parts: The texts.
    """
    digest = hashlib.sha256("\0".join(parts).encode()).digest()[:16]
    # Version and variant of a UUID that is made from a hash (RFC 9562, version 8).
    middle = bytes([digest[6] & 0x0F | 0x80, digest[7], digest[8] & 0x3F | 0x80])
    number = uuid.UUID(bytes=digest[:6] + middle + digest[9:])
    return f"{root or _DERIVED_ROOT}.{number.int}"


def label_code(name: str) -> str:
    """The code of a label, at most 16 characters: the same for the same name in every set."""
    return f"L{hashlib.sha256(name.encode()).hexdigest()[: _LONGEST_CODE - 1].upper()}"
