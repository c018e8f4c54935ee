"""JPEG encoders after ITU-T T.81, in plain Python for small images, of the two kinds that OpenCV does not write."""

import struct

import numpy as np

_ZIGZAG = sorted(
    ((row, column) for row in range(8) for column in range(8)),
    key=lambda place: (sum(place), place[0] if sum(place) % 2 else place[1]),
)


def lossless_jpeg(pixels, precision, predictor=1, point=0):
    """One grey image [H, W] of numbers from 0 to 2**precision - 1 (annex H); predictor 1 is that of process 14 SV1."""
    pixels = np.asarray(pixels, int) >> point
    bits = _Bits()
    for row in range(pixels.shape[0]):
        for column in range(pixels.shape[1]):
            difference = (
                int(pixels[row, column]) - _predicted(pixels, row, column, precision - point, predictor)
            ) % 2**16
            difference = difference - 2**16 if difference > 2**15 else difference
            size = abs(difference).bit_length()
            bits.add(size, 5)
            # 32,768 has no further bits (table H.2).
            if size < 16:
                bits.add(difference if difference >= 0 else difference + 2**size - 1, size)
    tables = _table(0x00, 5, range(17))
    return _file(0xC3, precision, pixels.shape, tables, predictor, 0, point, bits)


def _predicted(pixels, row, column, bits, predictor):
    if row == column == 0:
        return 2 ** (bits - 1)
    if row == 0:
        return int(pixels[0, column - 1])
    above = int(pixels[row - 1, column])
    if column == 0:
        return above
    left, corner = int(pixels[row, column - 1]), int(pixels[row - 1, column - 1])
    return {1: left, 2: above, 4: left + above - corner, 6: above + ((left - corner) >> 1), 7: (left + above) >> 1}[
        predictor
    ]


def extended_jpeg(pixels, precision=12, scan=(0, 63, 0)):
    """One grey image [H, W], sides a multiple of 8, all divisors 1 (annexes A and F); `scan`: Ss, Se, Ah and Al."""
    pixels = np.asarray(pixels, float) - 2 ** (precision - 1)
    places = np.arange(8)
    basis = np.cos(np.outer(places, 2 * places + 1) * np.pi / 16) / 2
    basis[0] /= np.sqrt(2)
    symbols = [0, 0xF0, *(run << 4 | size for run in range(16) for size in range(1, 15))]
    bits, before = _Bits(), 0
    for row in range(0, pixels.shape[0], 8):
        for column in range(0, pixels.shape[1], 8):
            block = np.rint(basis @ pixels[row : row + 8, column : column + 8] @ basis.T).astype(int)
            numbers = [int(block[place]) for place in _ZIGZAG]
            _add_number(bits, numbers[0] - before, lambda size: (size, 5))
            before, run = numbers[0], 0
            for number in numbers[1:]:
                if number == 0:
                    run += 1
                    continue
                while run > 15:
                    bits.add(symbols.index(0xF0), 8)
                    run -= 16
                _add_number(bits, number, lambda size, run=run: (symbols.index(run << 4 | size), 8))
                run = 0
            if run:
                bits.add(symbols.index(0), 8)
    divisors = b"\xff\xdb" + struct.pack(">HB", 67, 0) + bytes([1] * 64)
    tables = divisors + _table(0x00, 5, range(16)) + _table(0x10, 8, symbols)
    return _file(0xC1, precision, pixels.shape, tables, *scan, bits)


def _add_number(bits, number, code):
    size = abs(number).bit_length()
    bits.add(*code(size))
    bits.add(number if number >= 0 else number + 2**size - 1, size)


def _table(identity, length, symbols):
    """A Huffman table in which all codes have one length."""
    counts = [len(symbols) if one == length else 0 for one in range(1, 17)]
    content = bytes([identity, *counts, *symbols])
    return b"\xff\xc4" + struct.pack(">H", len(content) + 2) + content


def _file(marker, precision, shape, tables, first, last, point, bits):
    frame = struct.pack(">BBHBHHBBBB", 0xFF, marker, 11, precision, *shape, 1, 1, 0x11, 0)
    scan = struct.pack(">BBHBBBBBB", 0xFF, 0xDA, 8, 1, 1, 0x00, first, last, point)
    return b"\xff\xd8" + frame + tables + scan + bits.taken() + b"\xff\xd9"


class _Bits:
    """Bits in the order in which a scan has them (F.1.2.3)."""

    def __init__(self):
        self._text = []

    def add(self, number, count):
        if count:
            self._text.append(format(number, f"0{count}b"))

    def taken(self):
        text = "".join(self._text)
        text += "1" * (-len(text) % 8)
        return bytes(int(text[place : place + 8], 2) for place in range(0, len(text), 8)).replace(b"\xff", b"\xff\x00")
