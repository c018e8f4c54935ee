"""A made table of images for splits: patients with several images and several combinations, by arithmetic alone."""

import hashlib

import numpy as np
import pandas as pd

from medgan_tf.data.tables.table import SourceTable

FINDINGS = ("A", "B", "C")


def many_patients(images: int = 1200) -> SourceTable:
    """Images of about 400 patients with A (a half), B (a third) and C (a seventh), some with none."""
    number = np.arange(images)
    drawn = number * 7919 % 1201
    frame = pd.DataFrame({"image_id": [f"i{n:04d}" for n in number], "path": [f"/x/{n}" for n in number]})
    frame["patient_id"] = [f"p{n:03d}" for n in (drawn * drawn + number) % 1201 // 3]
    for name, step in zip(FINDINGS, (2, 3, 7), strict=True):
        frame[name] = (drawn // step % step == 0).astype(np.int8)
    return SourceTable(frame, FINDINGS)


def fold_hash(frame: pd.DataFrame) -> str:
    """16 hex digits of SHA-256 over the image, fold and copy of every row, in order."""
    lines = "".join(f"{image} {fold} {copy}\n" for image, fold, copy in frame[["image_id", "fold", "copy"]].to_numpy())
    return hashlib.sha256(lines.encode()).hexdigest()[:16]
