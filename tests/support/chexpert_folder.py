"""A small folder in the CheXpert layout, and an experiment that prepares it."""

import cv2
import numpy as np

from medgan_tf.config.schema import DataConfig, Experiment
from medgan_tf.data.sources.chexpert.source import FINDINGS


def write_chexpert(root, patients=40, images_per_patient=2, height=50, width=40):
    """JPEGs and train.csv; patients take turns in being positive for Edema, for Pneumonia and for both."""
    folder = root / "CheXpert-v1.0-small"
    lines = [",".join(["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *FINDINGS])]
    random = np.random.default_rng(0)
    for patient in range(patients):
        positives = {0: {"Edema"}, 1: {"Pneumonia"}, 2: {"Edema", "Pneumonia"}}[patient % 3]
        labels = ["1.0" if name in positives else "" for name in FINDINGS]
        for image in range(images_per_patient):
            path = f"train/patient{patient + 64501:05d}/study{image + 1}/view1_frontal.jpg"
            (folder / path).parent.mkdir(parents=True)
            noise = random.integers(0, 60, (height, width)).astype(np.uint8)
            cv2.imwrite(str(folder / path), cv2.GaussianBlur(noise, (5, 5), 0) + np.uint8(patient))
            lines.append(",".join([f"CheXpert-v1.0-small/{path}", "Male", "50", "Frontal", "AP", *labels]))
    (folder / "train.csv").write_text("\n".join(lines) + "\n")
    return folder


def chexpert_experiment(tmp_path, **data):
    """An experiment whose folders all lie in `tmp_path`; `data` overrides its data section."""
    values = {
        "root": str(tmp_path / "CheXpert-v1.0-small"),
        "dataset_dir": str(tmp_path / "dataset"),
        "private_dir": str(tmp_path / "private"),
        "resolution": 16,
        "min_count": 2,
        "workers": 2,
    }
    return Experiment(name="small", data=DataConfig(**{**values, **data}))


def bytes_below(folder):
    """The content of every file in a folder, by its path in it."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
