"""Small released folders and libraries, whole or made by somebody hostile, for tests without TensorFlow."""

import hashlib
import io
import json
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.hub.described import HEADLINE
from medgan_tf.hub.index import INDEX
from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.write import write_cards
from medgan_tf.release.generator_identity import generator_identity
from medgan_tf.release.manifest import write_manifest
from medgan_tf.synthesis.marks.marks import Marks
from medgan_tf.synthesis.marks.png_writer import marked_png

RESULTS = {
    "fid-small.json": {"metrics": {"fid": {"value": 43.25, "interval": [41.5, 45.0]}}},
    "privacy.json": {"gate": {"answer": "undecided"}},
}
GATE = {"holds": True, "rows": [], "override": None}
ABOUT = Release(
    name="small", version="1", created="2026-01-31", what="images", form="png", licence="CC-BY-4.0",
    labels=("Square", "Disc"), resolution=4, images={"train": 1}, gate=GATE,
    combinations=({"labels": [], "images": 1},),
)  # fmt: skip
FACT = {"name": "FID", "value": 43.25, "unit": "0 is best", "interval": [41.5, 45.0]}
CARD = {
    "name": "small",
    "version": "1",
    "created": "2026-01-31",
    "what": "images",
    "licence": "CC-BY-4.0",
    "withdraws": [],
    "labels": ["Square", "Disc"],
    "resolution": 4,
    "gate": GATE,
    "facts": dict.fromkeys(HEADLINE, FACT),
}
"""What an entry says of an archive that has no card."""


def _chunk(kind, content):
    return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))


def small_png(generator):
    """A marked PNG of 4 x 4 pixels."""
    rows = b"".join(b"\0" + bytes([7] * 4) for _ in range(4))
    header = _chunk(b"IHDR", struct.pack(">LLBBBBB", 4, 4, 8, 0, 0, 0, 0))
    plain = b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return marked_png(plain, Marks(generator))


def write_release(folder, generator=None, **changes):
    """A whole release; `changes` of its card, and files of its generator by name."""
    folder = Path(folder)
    (folder / "images/none").mkdir(parents=True)
    for name, content in (generator or {}).items():
        (folder / "generator" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "generator" / name).write_bytes(content)
    about = replace(ABOUT, **{"generator_sha256": _identity(folder / "generator"), **changes})
    labels = ",".join(about.labels)
    (folder / "images/labels.csv").write_text(f"path,fold,{labels}\nnone/1.png,train{',0' * len(about.labels)}\n")
    (folder / "images/none/1.png").write_bytes(small_png(about.generator_sha256))
    (folder / "evidence").mkdir()
    for name, values in RESULTS.items():
        (folder / "evidence" / name).write_text(json.dumps(values))
    write_cards(folder, about)
    write_manifest(folder, {"name": about.name, "version": about.version})
    return folder


def _identity(generator):
    try:
        return generator_identity(generator) or "a" * 64
    except DataError:
        return "a" * 64


def entry_of(content, **changes):
    """An entry of an index for the bytes of an archive `small-1.zip`: what its card says, if it has a readable one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            about = _about(json.loads(archive.read("card.json")), archive.read("MANIFEST.json"))
    except Exception:  # noqa: BLE001 (hostile in whatever way)
        about = _about(CARD, b"")
    about |= {"archive": "small-1.zip", "archive_bytes": len(content), "withdrawn_by": None}
    return {**about, "archive_sha256": hashlib.sha256(content).hexdigest(), **changes}


def _about(card, manifest):
    same = ("name", "version", "created", "what", "labels", "resolution", "licence", "withdraws")
    gate = {"gate_holds": card["gate"]["holds"], "override": card["gate"]["override"]}
    parts = ("name", "value", "unit", "interval", "answer")
    facts = {key: {part: card["facts"][key].get(part) for part in parts} for key in HEADLINE}
    about = {name: card[name] for name in same} | gate | {"facts": facts}
    return {**about, "manifest_sha256": hashlib.sha256(manifest).hexdigest()}


def write_library(folder, content, **changes):
    """A library whose one archive has these bytes; the index is right about hash and size, if `changes` do not say
    otherwise."""
    folder = Path(folder)
    folder.mkdir()
    (folder / "small-1.zip").write_bytes(content)
    (folder / INDEX).write_text(json.dumps({"format_version": 1, "releases": [entry_of(content, **changes)]}))
    return folder


def tree(folder):
    """Every file below a folder with its content, and every folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(Path(folder).rglob("*"))
    }
