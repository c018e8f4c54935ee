"""What bytes hold: themselves, and what base64, hexadecimal, gzip, zlib and escapes in them stand for, several times.

A text can be written in many ways. Here each way is undone, so that whoever searches looks for the text alone.
"""

import binascii
import html
import re
import zlib
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_to_bytes

_DEEPEST = 4
_SMALL = 1024
_MOST_BYTES = 2**30
_FIRST, _STEP = 2**16, 2**24
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}(?:\r?\n[A-Za-z0-9+/_-]{4,})*")
_HEX = re.compile(rb"[0-9a-fA-F]{16,}")
# The two bytes that begin a zlib stream are a multiple of 31, and say that no dictionary is needed.
_HEADS = [
    bytes([first, second])
    for first in range(0x08, 0x80, 0x10)
    for second in range(256)
    if (first * 256 + second) % 31 == 0 and not second & 0x20
]
_GZIP = b"\x1f\x8b\x08"
# Looked for at every place, since two that only look like a head may overlap.
_STREAM = re.compile(b"(?=(" + b"|".join(map(re.escape, [_GZIP, *_HEADS])) + b"))", re.DOTALL)
_ESCAPED = re.compile(rb"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\/|&#?[A-Za-z0-9]{2,8};|%[0-9a-fA-F]{2}")
_CODE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_PNG, _PIXELS = b"\x89PNG\r\n\x1a\n", b"IDAT"


class Unsearchable(Exception):
    """The content holds too much to be searched."""


def layers(content: bytes) -> Iterator[tuple[bytes, str]]:
    """All that some bytes hold, and how it is written there, e.g. `base64, zlib`; "" for the bytes themselves.

    Args:
        content: The bytes. The compressed pixels of a PNG file are not looked into.

    Raises:
        Unsearchable: It holds more than 1 GiB beside itself, as a file does that was made to be a bomb.
    """
    waiting, total = [(content, "", 0)], -len(content)
    while waiting:
        one, where, depth = waiting.pop()
        total += len(one)
        if total > _MOST_BYTES:
            raise Unsearchable(f"it holds more than {_MOST_BYTES:,} bytes")
        yield one, where
        if depth < _DEEPEST:
            inner = _without_pixels(one) if one.startswith(_PNG) else one
            waiting += [(held, f"{where}, {how}".removeprefix(", "), depth + 1) for held, how in _held(inner)]


def _held(content: bytes) -> Iterator[tuple[bytes, str]]:
    if header := _header(content):
        yield header, "header"
    yield from ((held, "base64") for held in _gathered(_of_base64(content)))
    yield from ((held, "hexadecimal") for held in _gathered(_of_hexadecimal(content)))
    for stream in _STREAM.finditer(content):
        if held := _inflated(content, stream.start()):
            yield held, "gzip" if stream[1] == _GZIP else "zlib"
    if _ESCAPED.search(content) and (plain := _unescaped(content)) != content:
        yield plain, "escaped"


def _header(content: bytes) -> bytes:
    """The header of a safetensors file, whose texts may have escapes; b"" for other files."""
    length = int.from_bytes(content[:8], "little")
    return content[8 : 8 + length] if content[8:9] == b"{" and 8 + length < len(content) else b""


def _gathered(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Large parts as they are, and all small ones as one, with bytes between them that no text has."""
    small = []
    for part in parts:
        if len(part) > _SMALL:
            yield part
        else:
            small.append(part)
    if small:
        yield b"\xff\xff".join(small)


def _of_base64(content: bytes) -> Iterator[bytes]:
    """What runs of the alphabet stand for, wherever in them the first group of four characters begins."""
    for run in _BASE64.finditer(content):
        text = run[0].translate(bytes.maketrans(b"-_", b"+/"), b"\r\n")
        for shift in range(min(4, len(text))):
            part = text[shift:]
            # One character alone stands for no byte; two or three stand for one or two.
            part = part[:-1] if len(part) % 4 == 1 else part
            yield binascii.a2b_base64(part + b"=" * (-len(part) % 4))


def _of_hexadecimal(content: bytes) -> Iterator[bytes]:
    for run in _HEX.finditer(content):
        for text in (run[0], run[0][1:]):
            yield binascii.unhexlify(text[: len(text) // 2 * 2])


def _inflated(content: bytes, start: int) -> bytes:
    """What a stream holds, as far as it goes; b"" for bytes that only look like the beginning of one."""
    stream = zlib.decompressobj(wbits=47)
    try:
        parts = [stream.decompress(content[start : start + _FIRST], _FIRST)]
    except zlib.error:
        return b""
    position, total = start + _FIRST, len(parts[0])
    try:
        while not stream.eof and (stream.unconsumed_tail or position < len(content)):
            piece = stream.unconsumed_tail or content[position : position + _STEP]
            position += 0 if stream.unconsumed_tail else _STEP
            parts.append(stream.decompress(piece, _STEP))
            total += len(parts[-1])
            if total > _MOST_BYTES:
                raise Unsearchable(f"it holds more than {_MOST_BYTES:,} bytes")
    except zlib.error:
        pass
    return b"".join(parts)


def _unescaped(content: bytes) -> bytes:
    """A text without the escapes of JSON, HTML and addresses; bytes that are no text as they are."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content
    text = html.unescape(_CODE.sub(lambda code: chr(int(code[1] or code[2], 16)), text).replace("\\/", "/"))
    return unquote_to_bytes(text.encode("utf-8", "surrogatepass"))


def _without_pixels(content: bytes) -> bytes:
    """A PNG file without its compressed pixels; whatever else is there stays."""
    parts, position = [content[:8]], 8
    while position + 12 <= len(content):
        end = position + 12 + int.from_bytes(content[position : position + 4], "big")
        if end > len(content):
            break
        if content[position + 4 : position + 8] != _PIXELS:
            parts.append(content[position:end])
        position = end
    return b"".join([*parts, content[position:]])
