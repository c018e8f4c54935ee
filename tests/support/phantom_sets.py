"""Small sets of phantom radiographs with two label combinations, and ways to spoil them."""

from dataclasses import replace

import cv2
import numpy as np

from medgan_tf.data.images import to_stored
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.phantom.chest_anatomy import draw_anatomy
from medgan_tf.phantom.chest_rendering import render_frontal
from medgan_tf.phantom.chest_view import draw_view

NAMES = ("Cardiomegaly", "Pleural Effusion")
COMBINATIONS = ({"Cardiomegaly": 0.9}, {"Pleural Effusion": 1.0})


def phantom_set(name: str, count: int, seed: int, side: int = 32) -> ImageSet:
    """`count` images of each of two combinations, every one of another person."""
    images, labels = [], []
    for number in range(2 * count):
        severity = COMBINATIONS[number % 2]
        person = draw_anatomy(np.random.default_rng([seed, number, 1]))
        view = draw_view(np.random.default_rng([seed, number, 2]), True, False, 96, 112)
        image = render_frontal(person, view, severity, np.random.default_rng([seed, number, 3]))
        images.append(to_stored(image, side))
        labels.append([name in severity for name in NAMES])
    return ImageSet(name, "phantom", np.stack(images)[..., None], np.array(labels, np.float32), NAMES, "0" * 64)


def blurred(images: ImageSet, sigma: float) -> ImageSet:
    made = [cv2.GaussianBlur(image[..., 0], (0, 0), sigma) for image in images.images]
    return replace(images, name=f"blur {sigma}", images=np.stack(made)[..., None])


def noisy(images: ImageSet, deviation: float) -> ImageSet:
    noise = np.random.default_rng(0).normal(0, deviation, images.images.shape)
    made = np.clip(images.images + noise, 0, 255).astype(np.uint8)
    return replace(images, name=f"noise {deviation}", images=made)


def swapped(images: ImageSet, share: float) -> ImageSet:
    """The labels of a share of the images are those of another combination."""
    labels = images.labels.copy()
    rows = np.random.default_rng(5).permutation(len(labels))[: round(share * len(labels))]
    labels[rows] = labels[rows, ::-1]
    return replace(images, name=f"swap {share}", labels=labels)
