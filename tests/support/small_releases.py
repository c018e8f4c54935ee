"""Small released folders and libraries, whole or made by somebody hostile, for tests without TensorFlow."""

import hashlib
import json
import struct
import zlib
from pathlib import Path

from medgan_tf.hub.index import INDEX
from medgan_tf.release.manifest import write_manifest
from medgan_tf.synthesis.marks.marks import Marks
from medgan_tf.synthesis.marks.png_writer import marked_png

FACTS = [
    {"name": "fid", "value": 43.25, "unit": "", "interval": [41.5, 45.0], "file": "evidence/fid.json", "where": "/fid"},
    {"name": "gap", "value": None, "why": "not measured"},
    {"name": "copies", "value": 0, "unit": "images", "file": "evidence/privacy.json", "where": "/copies"},
]
CARD = {
    "name": "small",
    "version": "1",
    "created": "2026-01-31",
    "what": "images",
    "form": "png",
    "licence": "CC-BY-4.0",
    "use_terms": "",
    "contact": "",
    "withdraws": [],
    "labels": ["Square", "Disc"],
    "resolution": 4,
    "images": {"train": 1},
    "facts": FACTS,
}


def _chunk(kind, content):
    return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))


def small_png(grey=7):
    """A marked PNG of 4 x 4 pixels."""
    rows = b"".join(b"\0" + bytes([grey] * 4) for _ in range(4))
    header = _chunk(b"IHDR", struct.pack(">LLBBBBB", 4, 4, 8, 0, 0, 0, 0))
    plain = b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return marked_png(plain, Marks("a" * 64))


def write_release(folder, **changes):
    """A whole release; `changes` of its card."""
    folder = Path(folder)
    (folder / "images/none").mkdir(parents=True)
    (folder / "images/none/1.png").write_bytes(small_png())
    (folder / "images/labels.csv").write_text("path,Square,Disc\nnone/1.png,0,0\n")
    (folder / "README.md").write_text("# Synthetic images\n")
    (folder / "card.json").write_text(json.dumps({**CARD, **changes}))
    write_manifest(folder)
    return folder


def entry_of(archive, **changes):
    """An entry of an index for the bytes of an archive `small-1.zip`."""
    facts = [{"name": "fid", "value": 43.25, "unit": "", "interval": [41.5, 45.0]}]
    facts.append({"name": "copies", "value": 0, "unit": "images", "interval": None})
    about = {name: CARD[name] for name in ("name", "version", "created", "what", "labels", "resolution", "licence")}
    about |= {"facts": facts, "withdraws": [], "manifest_sha256": "0" * 64, "archive": "small-1.zip"}
    about |= {"archive_sha256": hashlib.sha256(archive).hexdigest(), "archive_bytes": len(archive)}
    return {**about, "withdrawn_by": None, **changes}


def write_library(folder, archive, **changes):
    """A library whose one archive has these bytes; the index is right about hash and size, if `changes` do not say
    otherwise."""
    folder = Path(folder)
    folder.mkdir()
    (folder / "small-1.zip").write_bytes(archive)
    (folder / INDEX).write_text(json.dumps({"format_version": 1, "releases": [entry_of(archive, **changes)]}))
    return folder


def tree(folder):
    """Every file below a folder with its content, and every folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(Path(folder).rglob("*"))
    }
