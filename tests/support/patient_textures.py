"""Made images of patients who can be told apart: each is a pattern of his own, in every image shifted and noisy."""

import cv2
import numpy as np

from medgan_tf.evidence.image_sets import ImageSet

NAMES = ("A", "B")


def patient_images(name: str, patients: int, images: int, seed: int, side: int = 32) -> ImageSet:
    """`images` of each patient, in turn without and with label A; patient `<seed>-<n>`."""
    random, made = np.random.default_rng(seed), []
    for _ in range(patients):
        pattern = cv2.resize(random.normal(size=(9, 9)), (side, side), interpolation=cv2.INTER_CUBIC)
        for number in range(images):
            shifted = np.roll(pattern, random.integers(-1, 2, 2), axis=(0, 1))
            # The label is a bright corner, the same for everybody.
            shifted[:6, :6] += 4.0 * (number % 2)
            made.append(128 + 40 * (shifted + random.normal(0, 0.3, pattern.shape)))
    numbers = np.arange(patients * images)
    labels = np.stack([numbers % images % 2, np.zeros(len(numbers))], axis=1).astype(np.float32)
    return ImageSet(
        name,
        "made",
        np.clip(np.rint(made), 0, 255).astype(np.uint8)[..., None],
        labels,
        NAMES,
        f"{seed}" * 64,
        image_ids=np.array([f"{seed}-{number:05d}" for number in numbers]),
        patients=np.array([f"{seed}-p{number // images}" for number in numbers]),
    )
