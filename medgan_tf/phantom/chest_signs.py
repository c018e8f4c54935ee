"""The changes of a frontal chest image by each finding.

`apply_before` sets what moves outlines (heart, mediastinum, diaphragm, broken ribs), before lungs and bones are drawn;
`apply_after` changes what is in the lungs and adds what lies over them. Severity runs from 0 (barely visible) to 1
(obvious). The place of a finding is drawn from the person's own seed, so it stays put from image to image.
"""

import numpy as np

from medgan_tf.phantom.chest_anatomy import SIDES
from medgan_tf.phantom.chest_devices import devices
from medgan_tf.phantom.chest_findings import FINDINGS
from medgan_tf.phantom.chest_opacities import atelectasis, consolidation, edema, lesion, opacity, pneumonia
from medgan_tf.phantom.chest_pleura import callus, effusion, pleural_other, pneumothorax
from medgan_tf.phantom.chest_scene import Scene

_AFTER = {
    "Lung Opacity": opacity,
    "Lung Lesion": lesion,
    "Edema": edema,
    "Consolidation": consolidation,
    "Pneumonia": pneumonia,
    "Atelectasis": atelectasis,
    "Pneumothorax": pneumothorax,
    "Pleural Effusion": effusion,
    "Pleural Other": pleural_other,
    "Fracture": callus,
    "Support Devices": devices,
}


def place(scene: Scene, finding: str) -> np.random.Generator:
    """The generator that places `finding` in this person: the same draws in every image."""
    return np.random.default_rng([scene.person.seed, FINDINGS.index(finding)])


def apply_before(scene: Scene, severity: dict[str, float]) -> None:
    """Changes outlines: heart, mediastinum, volume of the lungs, ribs."""
    if (strength := severity.get("Cardiomegaly")) is not None:
        scene.heart_ratio = cardiomegaly_ratio(strength)
    if (strength := severity.get("Enlarged Cardiomediastinum")) is not None:
        scene.widening = 1.18 + 1.1 * strength
    if (strength := severity.get("Atelectasis")) is not None:
        side = int(place(scene, "Atelectasis").choice(SIDES))
        scene.raised[side] += 0.05 + 0.22 * strength
        scene.shift += side * 0.06 * strength
    if (strength := severity.get("Pneumothorax", 0)) > 0.75:
        side = int(place(scene, "Pneumothorax").choice(SIDES))
        scene.shift -= side * 0.3 * (strength - 0.75)
        scene.raised[side] -= 0.3 * (strength - 0.75)
    if (strength := severity.get("Pleural Effusion", 0)) > 0.7:
        side = int(place(scene, "Pleural Effusion").choice(SIDES))
        scene.shift -= side * 0.25 * (strength - 0.7)
    if (strength := severity.get("Fracture")) is not None:
        _break_ribs(scene, strength)


def apply_after(scene: Scene, severity: dict[str, float]) -> None:
    """Changes the contents of the lungs and adds fluid, scars and devices, in the order of the label table."""
    for finding, sign in _AFTER.items():
        if finding in severity:
            sign(scene, severity[finding], place(scene, finding))


def cardiomegaly_ratio(severity: float) -> float:
    """Cardiothoracic ratio of an enlarged heart, 0.50 to 0.68."""
    return 0.50 + 0.18 * severity


def _break_ribs(scene: Scene, strength: float) -> None:
    rng = place(scene, "Fracture")
    side, first = int(rng.choice(SIDES)), int(rng.integers(4, 8))
    angle = rng.uniform(0.5, 1.0)
    for number in range(first, first + 1 + round(0.6 + 3 * strength)):
        step = (0.030 + 0.055 * strength) * rng.uniform(0.8, 1.2)
        scene.broken[number, side] = (angle + rng.normal(0, 0.07), step)
