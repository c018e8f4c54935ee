"""Files of a few kilobytes that make a careless reader take gigabytes or minutes. Built by hand, byte by byte."""

import gzip
import struct
import zlib

import cv2
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

GRADIENT = np.tile(np.linspace(0, 255, 64), (48, 1)).astype(np.uint8)
"""The picture of the files that are made from a good one."""


def tiff(tags, content=b"", order="<", following=0, version=42):
    """A TIFF of one page: tags {tag: (type, values)}; `content` starts at byte 8, the directory comes after it."""
    start = 8 + len(content) + len(content) % 2
    entries, extra = b"", b""
    after = start + 2 + 12 * len(tags) + 4
    for tag in sorted(tags):
        kind, values = tags[tag]
        packed = struct.pack(f"{order}{len(values)}{'HL'[kind == 4]}", *values)
        if len(packed) > 4:
            place = struct.pack(f"{order}L", after + len(extra))
            extra += packed
        else:
            place = packed.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHL", tag, kind, len(values)) + place
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HL", version, start)
    directory = struct.pack(f"{order}H", len(tags)) + entries + struct.pack(f"{order}L", following)
    return head + content.ljust(start - 8, b"\0") + directory + extra


def tiff_tags(width, height, offset=8, length=1, rows=None, compression=8, **more):
    """Tags of a grey 8-bit page whose strips are all the same bytes; more: {"t322": value}."""
    rows = rows or height
    strips = -(-height // rows)
    tags = {256: (4, [width]), 257: (4, [height]), 258: (3, [8]), 259: (3, [compression]), 262: (3, [1])}
    tags |= {273: (4, [offset] * strips), 277: (3, [1]), 278: (4, [rows]), 279: (4, [length] * strips)}
    return tags | {int(name[1:]): (4, value if isinstance(value, list) else [value]) for name, value in more.items()}


def deflated_tiff():
    """32,000 x 32,000 black pixels in some kilobytes: 320 strips that are one and the same."""
    strip = zlib.compress(bytes(32_000 * 100), 9)
    return tiff(tiff_tags(32_000, 32_000, length=len(strip), rows=100), strip)


def bmp_rle():
    """30,000 x 30,000 pixels of run-length BMP."""
    header = struct.pack("<LllHHLLllLL", 40, 30_000, 30_000, 1, 8, 1, 0, 0, 0, 256, 0)
    start = 14 + len(header) + 1024
    return b"BM" + struct.pack("<LHHL", start + 2, 0, 0, start) + header + bytes(1024) + b"\0\1"


def jpeg(progressive=False):
    """A good JPEG of `GRADIENT`."""
    return cv2.imencode(".jpg", GRADIENT, [cv2.IMWRITE_JPEG_PROGRESSIVE, int(progressive)])[1].tobytes()


def large_jpeg(before=b""):
    """A JPEG that claims 28,672 x 24,576 pixels, with bytes before its frame header."""
    data = bytearray(jpeg())
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = b"\x70\x00\x60\x00"
    data[frame:frame] = before
    return bytes(data)


def scans(count=2000):
    """A progressive JPEG with its last scan repeated. Every scan is a pass over the image."""
    data = jpeg(progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def png_chunk(kind, content):
    """A chunk with its length and checksum."""
    return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))


def png_with(*chunks):
    """A good PNG of `GRADIENT` with more chunks after its header."""
    data = cv2.imencode(".png", GRADIENT)[1].tobytes()
    return data[:33] + b"".join(chunks) + data[33:]


def large_png(width=60_000, height=60_000, colour=0, bits=8):
    """A PNG that claims its size and holds next to nothing."""
    header = png_chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(bytes(1000))) + png_chunk(b"IEND", b"")


def text_bomb(kind):
    """A chunk of 64 kB whose text unpacks to 64 MB."""
    packed = zlib.compress(bytes(2**26), 9)
    start = {b"zTXt": b"Comment\0\0", b"iCCP": b"profile\0\0", b"iTXt": b"Comment\0\1\0\0\0"}[kind]
    return png_with(png_chunk(kind, start + packed))


def dicom(syntax=ExplicitVRLittleEndian, pixels=bytes(8), **elements):
    """A grey 16-bit CT of 2 x 2 pixels in a DICOM file, with other elements as given; bytes are a compressed frame."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = CTImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "1.2.3"
    dataset.Modality, dataset.PatientID = "CT", "p"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows = dataset.Columns = 2
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PixelData = encapsulate([pixels]) if syntax.is_encapsulated else pixels
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    file = DicomBytesIO()
    dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def _meta(syntax):
    """The start of a file, up to its data set, which is left out."""
    whole = dicom()
    start = whole.index(b"\x08\x00\x16\x00UI")
    old, new = ExplicitVRLittleEndian.encode().ljust(20, b"\0"), syntax.encode()
    head = whole[:start].replace(
        b"\x02\x00\x10\x00UI\x14\x00" + old,
        b"\x02\x00\x10\x00UI" + struct.pack("<H", len(new) + len(new) % 2) + new + b"\0" * (len(new) % 2),
    )
    length = len(head) - (132 + 12)
    return head[:140] + struct.pack("<L", length) + head[144:]


def deflated_dicom(gigabytes=6):
    """About 1 MB for each GiB of zero bytes that the data set inflates to."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    start = deflate.compress(bytes(2**20)) + deflate.flush(zlib.Z_FULL_FLUSH)
    # Since everything before was flushed, a piece can be repeated.
    piece = deflate.compress(bytes(2**22)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return _meta("1.2.840.10008.1.2.1.99") + start + piece * (gigabytes * 256) + deflate.flush()


def many_elements(count=1_200_000):
    """Empty private elements."""
    return _meta(ExplicitVRLittleEndian) + b"\x09\x00\x10\x10UN\0\0\0\0\0\0" * count


def deep_sequences(depth=5000):
    """Sequences of undefined length, one in another."""
    return _meta(ExplicitVRLittleEndian) + b"".join(
        [b"\x08\x00\x15\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"] * depth
    )


def palette(entries):
    """A palette image whose three segmented palettes are these 16-bit entries."""
    words = np.array(entries, "<u2").tobytes()
    colours = {}
    for name in ("Red", "Green", "Blue"):
        colours[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        colours[f"Segmented{name}PaletteColorLookupTableData"] = words
    return dicom(PhotometricInterpretation="PALETTE COLOR", **colours)


def jpeg2000(width, height, components=1):
    """The header of a JPEG 2000 codestream."""
    sizes = struct.pack(">8L", width, height, 0, 0, width, height, 0, 0)
    segment = struct.pack(">HH", 41, 0) + sizes + struct.pack(">H", components) + b"\x07\x01\x01" * components
    return b"\xff\x4f\xff\x51" + segment + b"\xff\xd9"


IMAGES = {
    "deflated.tif": (deflated_tiff, "claims 32000 x 32000 pixels, more than 134217728"),
    "big.tif": (lambda: tiff({}, version=43), "is a 64-bit TIFF .BigTIFF., which is not read"),
    "tiles.tif": (
        lambda: tiff(tiff_tags(16, 16, t322=30_000, t323=30_000, t324=8, t325=1)),
        "claims tiles of 30000 x 30000 pixels",
    ),
    "strips.tif": (lambda: tiff(tiff_tags(1, 2**26, rows=2**26) | {278: (4, [1])}), "has 67108864 strips or tiles"),
    "loop.tif": (lambda: tiff(tiff_tags(8, 8), following=8), "its pages lead back to each other"),
    "zstd.tif": (lambda: tiff(tiff_tags(8, 8, compression=50_000)), "its compression 50000 is not read"),
    "scans.tif": (
        lambda: tiff(tiff_tags(64, 48, compression=7, length=len(scans())), scans()),
        "a part of it has more than 100 scans",
    ),
    "rle.bmp": (bmp_rle, "is not a PNG, JPEG or TIFF image. Received: BMP; save it as PNG"),
    "tem.jpg": (lambda: large_jpeg(b"\xff\x01"), "claims 28672 x 24576 pixels"),
    "bare.jpg": (lambda: large_jpeg(b"\xff\xd0\xff\xd7\xff\xff\xff\x01garbage\xff\x00"), "claims 28672 x 24576 pixels"),
    "scans.jpg": (scans, "has 200[0-9] scans, more than 100"),
    "no-height.jpg": (lambda: large_jpeg().replace(b"\x70\x00\x60\x00", b"\0\0\x60\0"), "claims 0 x 24576 pixels"),
    "large.png": (large_png, "claims 60000 x 60000 pixels"),
    "wide.png": (lambda: large_png(11_000, 11_000, colour=6, bits=16), "pixels of 8 bytes, more than 536870912 bytes"),
    "text.png": (lambda: text_bomb(b"zTXt"), "has texts that unpack to more than 8388608 bytes"),
    "unicode.png": (lambda: text_bomb(b"iTXt"), "has texts that unpack to more than 8388608 bytes"),
    "profile.png": (lambda: text_bomb(b"iCCP"), "has texts that unpack to more than 8388608 bytes"),
    "animation.png": (lambda: png_with(png_chunk(b"acTL", struct.pack(">LL", 2**31, 0))), "is an animation"),
}
"""Image files by name: how each is made, and what is said about it."""

DICOM = {
    "deflated.dcm": (deflated_dicom, "inflates to more than 134,217,728 bytes"),
    "elements.dcm": (many_elements, "has more elements than an image"),
    "deep.dcm": (deep_sequences, "cannot be read as DICOM: RecursionError"),
    "size.dcm": (lambda: dicom(Rows=60_000, Columns=60_000), "claims 60000 x 60000 pixels"),
    "samples.dcm": (
        lambda: dicom(Rows=8000, Columns=8000, SamplesPerPixel=4, BitsAllocated=32),
        "pixels of 16 bytes, more than 536870912 bytes",
    ),
    "frames.dcm": (lambda: dicom(NumberOfFrames=2**31 - 1), "has 2147483647 frames; one image was expected"),
    "scans.dcm": (lambda: dicom(JPEGBaseline8Bit, scans(), Rows=48, Columns=64), "has 200[0-9] scans, more than 100"),
    "other-size.dcm": (lambda: dicom(JPEGBaseline8Bit, jpeg()), "its frame has 48 x 64 pixels, its header says 2 x 2"),
    "large-jpeg.dcm": (lambda: dicom(JPEGBaseline8Bit, large_jpeg(b"\xff\x01")), "claims 28672 x 24576 pixels"),
    "large-j2k.dcm": (lambda: dicom(JPEG2000Lossless, jpeg2000(60_000, 60_000)), "claims 60000 x 60000 pixels"),
    "runs.dcm": (
        lambda: dicom(RLELossless, struct.pack("<16L", 1, 64, *[0] * 14) + b"\x81\x00" * 500_000),
        "bytes for a run-length frame of 2 x 2 pixels",
    ),
    "lines.dcm": (lambda: palette([0, 1, 7] + [1, 65_535, 9] * 10_000), "its palette has more than 65536 colours"),
    "doubling.dcm": (
        lambda: palette([0, 1, 7] + [word for number in range(60) for word in (2, number + 1, 0, 0)]),
        "its palette refers to itself",
    ),
}
"""DICOM files by name."""

TABLES = {
    "columns.csv": (lambda: b"," * 999_999 + b"\n", "has 1,000,000 columns and 1 lines"),
    "long-columns.csv": (lambda: b"path," * 1_000_000 + b"\nx\n", "line 1 has more than 1,048,576 bytes"),
    "endless.csv": (lambda: b"path\n" + b"x" * 2**27, "line 2 has more than 1,048,576 bytes"),
    "zeros.csv": (lambda: bytes(2**27), "line 1 has more than 1,048,576 bytes"),
    "header.csv": (lambda: b'"path' + b"\n" * 2**21, "is not a CSV file: field larger than field limit"),
    "cells.csv": (lambda: b"a" + b",a" * 9_999 + b"\n" * 10_000, "has 10,000 columns and 10,000 lines"),
    "cell.csv": (lambda: b'path\n"' + b"x" * 999_999 + b"\n" + b"y" * 999_999 + b'"\n', "a cell of column 'path' has"),
    "rows.csv": (lambda: b"path\n" + b"x," * 2**19, "line 2 has 524289 cells, the header 1"),
    "packed.csv": (lambda: gzip.compress(b"path\n" + b"x\n" * 2**22), "is packed with gzip"),
}
"""Tables by name; the wanted column is `path`."""
