"""A whole release that is small and quick to make, without TensorFlow: two images, six weights, result files."""

import json
from dataclasses import replace

import cv2
import numpy as np
import result_files

from medgan_tf.files.csv_files import csv_lines
from medgan_tf.files.safetensors import safetensors_bytes
from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.write import write_cards
from medgan_tf.release.generator_identity import generator_identity
from medgan_tf.release.manifest import write_manifest
from medgan_tf.synthesis.marks.marks import Marks
from medgan_tf.synthesis.marks.png_writer import marked_png

LABELS = ("Edema", "Fracture")
PIXELS = np.arange(256, dtype=np.uint8).reshape(16, 16)
SETTINGS = {
    "name": "small",
    "seed": 1,
    "data": {"source": "phantom", "resolution": 16},
    "generate": {"labels": "drawn", "minimum_patients": 10},
    "evaluation": {"fid": {"extractor": "classifier"}},
    "privacy": {"dp": None},
}
ROW = {"name": "privacy", "answer": "shown", "text": "all limits hold", "file": "evidence/privacy.json"}
GATE = {"holds": True, "rows": [ROW], "override": None}
ABOUT = Release(
    name="small", version="1", created="2026-01-31", what="both", form="png", licence="CC-BY-4.0",
    use_terms="Research only.", contact="data@hospital.example", labels=LABELS, resolution=16,
    images={"train": 1, "valid": 1},
    combinations=({"labels": ["Edema"], "images": 1}, {"labels": ["Edema", "Fracture"], "images": 1}),
    experiment_settings=SETTINGS, gate=GATE,
)  # fmt: skip


def small_release(folder, evidence=None, **changes):
    """Makes the folder of a release, with its manifest, and returns it.

    Args:
        folder: The folder to make.
        evidence: Content of result files by name, in place of the default ones.
        changes: Fields of `Release` that differ from `ABOUT`.
    """
    folder.mkdir(parents=True)
    release = replace(ABOUT, **changes)
    generator = write_generator(folder / "generator")
    if release.what != "generator":
        write_images(folder / "images", generator)
    if release.what == "images":
        for path in sorted((folder / "generator").iterdir()):
            path.unlink()
        (folder / "generator").rmdir()
    for name, values in (evidence or results()).items():
        result_files.write(folder / "evidence" / name, values)
    write_cards(folder, replace(release, generator_sha256=generator))
    write_manifest(folder, {"name": release.name, "version": release.version})
    return folder


def results():
    """Result files by name."""
    fidelity = result_files.fidelity()
    fidelity["metrics"] |= {"coverage": {"value": 0.5}, "recall": {"value": 0.25}}
    return {"gap.json": result_files.gap(), "privacy.json": result_files.privacy(), "fid-classifier.json": fidelity,
            "neighbours.json": result_files.neighbours()}  # fmt: skip


def write_generator(folder):
    """Writes weights, network and card of a generator that nobody can build, and returns its hash."""
    folder.mkdir(parents=True)
    options = {"resolution": 16, "label_count": 2, "latent_size": 2, "base_channels": 1, "max_channels": 1}
    weights = safetensors_bytes({"dense": np.arange(6, dtype=np.float32).reshape(2, 3)})
    combinations = [{"labels": ["Edema"], "vector": [1, 0], "train": 50}]
    card = {"label_names": list(LABELS), "resolution": 16, "latent_size": 2, "combinations": combinations}
    (folder / "weights.safetensors").write_bytes(weights)
    (folder / "architecture.json").write_text(json.dumps({"architecture": "cpd", "options": options}))
    (folder / "generator.json").write_text(json.dumps(card))
    return generator_identity(folder)


def write_images(folder, generator):
    """Writes two marked images and their table."""
    plain = cv2.imencode(".png", PIXELS)[1].tobytes()
    for name in ("train/1.png", "valid/2.png"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(marked_png(plain, Marks(generator)))
    rows = [["path", "fold", "row", *LABELS], ["train/1.png", "train", 0, 1, 0], ["valid/2.png", "valid", 0, 1, 1]]
    (folder / "labels.csv").write_text("".join(csv_lines(rows)))
    (folder / "README.md").write_text("# Synthetic images\n")


def rewrite(folder, name, change):
    """Changes a JSON file of a release and makes the manifest again, as somebody who wants to deceive would."""
    path = folder / name
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values, indent=1) + "\n")
    write_manifest(folder)
