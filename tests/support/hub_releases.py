"""Small released folders and libraries, whole or made by somebody hostile, for tests without TensorFlow."""

import hashlib
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

from medgan_tf.hub.described import HEADLINE
from medgan_tf.hub.index import INDEX
from medgan_tf.release.manifest import write_manifest
from medgan_tf.synthesis.marks.marks import Marks
from medgan_tf.synthesis.marks.png_writer import marked_png

RESULT = b'{"frechet": {"value": 43.25, "interval": [41.5, 45.0]}, "gate": {"answer": "undecided"}}'
_WHY = {"value": None, "unit": "", "interval": None, "why": "not measured: there is no result file"}
FACTS = {
    **{name: {"name": name, **_WHY} for name in ("auc_real", "auc_synthetic", "auc_gap")},
    "fid": {"name": "FID (features: small)", "value": 43.25, "unit": "0 is best", "interval": [41.5, 45.0],
            "file": "evidence/fid-small.json", "where": "/frechet/value", "interval_where": "/frechet/interval"},
    "privacy": {"name": "Privacy audit: do all limits hold?", "value": "undecided", "unit": "answer", "interval": None,
                "file": "evidence/fid-small.json", "where": "/gate/answer"},
    **{name: {"name": name, **_WHY} for name in ("nearest_train", "nearest_held_out", "epsilon")},
    "more": {"name": "more", **_WHY},
}  # fmt: skip
GATE = {"holds": True, "rows": [], "override": None}
CARD = {
    "format_version": 1,
    "software": "medgan-tf",
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
    "combinations": [{"labels": [], "images": 1}],
    "generator_sha256": "a" * 64,
    "experiment_settings": {},
    "gate": GATE,
    "facts": FACTS,
    "evidence": [{"path": "evidence/fid-small.json", "bytes": len(RESULT),
                  "sha256": hashlib.sha256(RESULT).hexdigest()}],
}  # fmt: skip


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
    (folder / "evidence").mkdir()
    (folder / "evidence/fid-small.json").write_bytes(RESULT)
    (folder / "README.md").write_text("# Synthetic images\n")
    (folder / "card.json").write_text(json.dumps({**CARD, **changes}))
    write_manifest(folder)
    return folder


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
