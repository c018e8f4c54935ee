"""Form `monai`: `images/<pseudonym>.png` and the data list `datalist.json`, which `load_decathlon_datalist` reads.

``{"labels": {"0": "Cardiomegaly", "1": "Edema"}, "training": [{"image": "images/....png", "label": [0, 1]}, ...],
"validation": []}``. The list for validation is empty: a generator must not see the patients who are held out.
"""

from pathlib import Path

from medgan_tf.files.result_files import json_text
from medgan_tf.synthesis.external.forms.fold import PATIENT, WARNING, Fold, png_bytes
from medgan_tf.synthesis.external.named_hash import REAL_PATIENTS

LIST, TRAINING, VALIDATION, NAMES = "datalist.json", "training", "validation", "labels"


def write(fold: Fold, folder: Path) -> None:
    """Writes a fold into an empty folder."""
    (folder / "images").mkdir()
    training = []
    for image in fold.images:
        path = f"images/{image.name}.png"
        (folder / path).write_bytes(png_bytes(image.pixels))
        values = {"image": path, "label": image.labels.tolist(), PATIENT: image.patient}
        training.append(values | fold.covariate_values(image))
    values = {
        "name": "training fold",
        "description": WARNING,
        REAL_PATIENTS: WARNING,
        NAMES: {str(number): name for number, name in enumerate(fold.label_names)},
        "numTraining": len(training),
        TRAINING: training,
        VALIDATION: [],
    }
    (folder / LIST).write_text(json_text(values) + "\n", encoding="utf-8")
