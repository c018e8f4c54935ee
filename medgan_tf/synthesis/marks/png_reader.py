"""The marks of a PNG file, read with Python's standard library alone: a copy of this file runs anywhere."""

import re
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = "XML:com.adobe.xmp"
_LONGEST_TEXT = 65_536
# As element and as attribute, which are two ways to write the same in RDF.
_SOURCE_TYPE = re.compile(
    r"<Iptc4xmpExt:DigitalSourceType>\s*([^<>\s]+)\s*</Iptc4xmpExt:DigitalSourceType>"
    r'|Iptc4xmpExt:DigitalSourceType\s*=\s*"([^"<>\s]+)"'
)
_TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def synthetic_marks(content: bytes) -> dict[str, str]:
    """The texts of a PNG file by keyword, and `DigitalSourceType` of its XMP packet. Empty for a file without marks.

    Args:
        content: The whole file.

    Raises:
        ValueError: It is no PNG file, it is damaged or goes on behind its end, or it says two things of one keyword.
    """
    found: dict[str, str] = {}
    for kind, data in _chunks(content):
        if kind in (b"tEXt", b"iTXt"):
            keyword, text = _text(kind, data)
            named = [(keyword, text)]
            if keyword == _XMP:
                named = [("DigitalSourceType", one or other) for one, other in _SOURCE_TYPE.findall(text)]
            for name, value in named:
                if found.setdefault(name, value) != value:
                    raise ValueError(f"it says two things of {name!a:.60}")
    return found


def is_marked_synthetic(content: bytes) -> bool:
    """Whether a PNG file says in both ways that it is synthetic. Raises `ValueError` as `synthetic_marks` does."""
    found = synthetic_marks(content)
    return found.get("Synthetic") == "yes" and found.get("DigitalSourceType") == _TRAINED


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    if not content.startswith(_SIGNATURE):
        raise ValueError("it is no PNG file")
    chunks, position = [], len(_SIGNATURE)
    while position + 12 <= len(content):
        length = int.from_bytes(content[position : position + 4], "big")
        kind, data = content[position + 4 : position + 8], content[position + 8 : position + 8 + length]
        position += 12 + length
        if position > len(content):
            break
        if int.from_bytes(content[position - 4 : position], "big") != zlib.crc32(kind + data):
            raise ValueError(f"its part {kind!a:.20} is damaged")
        chunks.append((kind, data))
        if kind == b"IEND":
            if position != len(content):
                raise ValueError(f"{len(content) - position:,} bytes follow its end")
            if chunks[0][0] != b"IHDR":
                raise ValueError("it has no header")
            return chunks
    raise ValueError("it is cut off")


def _text(kind: bytes, data: bytes) -> tuple[str, str]:
    """Keyword and text; the text is "" where it is compressed, as ours never are, or very long."""
    keyword, _, rest = data.partition(b"\0")
    if kind == b"iTXt":
        compressed, rest = rest[:1] != b"\0", rest[2:]
        rest = b"" if compressed else rest.partition(b"\0")[2].partition(b"\0")[2]
    if len(rest) > _LONGEST_TEXT:
        rest = b""
    encoding = "latin-1" if kind == b"tEXt" else "utf-8"
    return keyword.decode("latin-1"), rest.decode(encoding, "replace")
