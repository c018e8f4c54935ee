"""Part `golden`: what fixed tiny networks compute, in each number format, against values in the package.

The values were computed in float32 on a CPU: ``python -m medgan_tf.machine.selfcheck.golden`` prints the file.
"""

import contextlib
import functools
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from medgan_tf.classification import network as classifier
from medgan_tf.classification.networks.quick import make_quick
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import json_text
from medgan_tf.gans.penalties import mix_images, squared_gradient
from medgan_tf.machine.selfcheck.cases import REPORTED, Case, Outcome, judged
from medgan_tf.machine.selfcheck.fixed import (
    BATCH,
    fill_densenet,
    fixed_gan,
    fixed_images,
    fixed_latents,
    fixed_values,
    label_vectors,
)
from medgan_tf.metrics.frechet import frechet_distance_of

FILE = Path(__file__).with_name("golden_values.json")
FORMATS = {"float32": "float32", "TF32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}
"""Keras dtype policy of each number format. TF32 is a mode of NVIDIA GPUs since Ampere, for products in float32."""
ITEMS = ("generator", "discriminator", "gradient norm", "training step", "DenseNet-121")
# Relative to the largest known value of an item, and of a training step to each. A step has second derivatives and sums
# over a batch, so it gets more. Measured on an AMD EPYC (AVX-512), with and without oneDNN, with one thread and two.
TOLERANCES = {
    # Rounds by 6e-8. Measured: up to 4e-7 between kernels. Quick convolutions of GPUs (Winograd) lose a digit or two
    # more. TF32 in its place, which differs by 2e-4 and more, must not pass.
    "float32": dict(zip(ITEMS, (2e-5, 2e-5, 2e-5, 1e-4, 2e-5), strict=True)),
    # Rounds the factors of each product by 5e-4, as float16 does, and nothing else: what float16 may lose is enough.
    "TF32": dict(zip(ITEMS, (5e-3, 5e-3, 2e-2, 2e-2, 5e-3), strict=True)),
    # Rounds by 2e-3. Measured: up to 0.6 % in both networks, 1 % in the gradient, 1.8 % in DenseNet-121,
    # 2.6 % in the step.
    "bfloat16": dict(zip(ITEMS, (3e-2, 3e-2, 4e-2, 1e-1, 5e-2), strict=True)),
    # Rounds by 5e-4. Measured: up to 7e-4; 3e-3 in the gradient, as small numbers lose digits below 6e-5.
    "float16": dict(zip(ITEMS, (5e-3, 5e-3, 2e-2, 2e-2, 5e-3), strict=True)),
}
FID_TOLERANCE = 1e-9
"""float64 rounds by 1e-16; libraries of linear algebra add in other orders."""
STEP = ("loss_d", "loss_g", "gradient_norm", "gradients_d", "gradients_g")
"""Means of one training step, see `gans.steps`; the norms of the gradients contain second derivatives."""
_AMPERE = (8, 0)
_DENSENET_SIDE, _DENSENET_IMAGES = 32, 4


def cases(known: Mapping[str, Sequence[float]] | None = None) -> list[Case]:
    """One case for each number format, and one for FID, which is computed in float64 on every machine.

    Args:
        known: The known values; those of the package where None.
    """
    known = known_values() if known is None else known
    formats = [Case(name, name != "TF32" or has_tf32(), functools.partial(compared, name, known)) for name in FORMATS]
    return [*formats, Case("FID in float64", True, functools.partial(_fid_compared, known))]


def known_values() -> dict[str, list[float]]:
    """The values in the package, by item."""
    return read_json(FILE, advice="install the package again")["values"]


def has_tf32() -> bool:
    """Whether the first GPU computes products in TF32."""
    gpus = tf.config.list_physical_devices("GPU")
    details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
    return tuple(details.get("compute_capability", (0, 0))) >= _AMPERE


def compared(name: str, known: Mapping[str, Sequence[float]]) -> Outcome:
    """The deviations in one number format, relative to the largest known value of each item."""
    if name == "TF32" and not has_tf32():
        return Outcome(REPORTED, "this device has no TF32")
    found = {item: deviation(values, known[item], item == "training step") for item, values in computed(name).items()}
    limits = TOLERANCES[name]
    # NaN and Infinity are infinitely far.
    worst = max(found, key=lambda item: found[item] / limits[item])
    text = f"largest deviation {found[worst]:.1e} of {limits[worst]:.0e} allowed ({worst})"
    values = {"deviations": found, "allowed": {item: limits[item] for item in found}}
    return judged(True, all(found[item] <= limits[item] for item in found), text, values)


def deviation(values: Sequence[float], known: Sequence[float], each: bool = False) -> float:
    """Largest difference, relative to the largest known value, or of `each` value relative to its own known one.

    Infinite where a number is not finite or missing.
    """
    ours, theirs = np.asarray(values, np.float64), np.asarray(known, np.float64)
    if ours.shape != theirs.shape or not np.isfinite(ours).all():
        return math.inf
    sizes = np.abs(theirs)
    return float((np.abs(ours - theirs) / (sizes if each else sizes.max())).max())


def computed(name: str) -> dict[str, list[float]]:
    """The values of all items in one number format on this machine."""
    policy = FORMATS[name]
    with _products(name == "TF32"):
        gan = fixed_gan(policy)
        labels, images = tf.constant(label_vectors()), tf.cast(fixed_images(), tf.float32) / 127.5 - 1.0
        fakes = gan.generator([fixed_latents(), labels], training=False)
        # Halfway to fixed values, not to the fakes, so that an error of the generator is not told twice.
        others, weight = tf.constant(fixed_values(images.shape, 60_002)), tf.constant(fixed_values([BATCH], 60_003))
        mixed = mix_images(images, others, (weight + 1) / 2)
        found = {
            "generator": _some(fakes, 31),
            "discriminator": _some(gan.discriminator([images, labels], training=False), 1),
            "gradient norm": _some(tf.sqrt(squared_gradient(gan.discriminator, mixed, labels)), 1),
        }
        # No training in float16: it would need a scaled loss.
        if name != "float16":
            found["training step"] = _step(gan, labels)
        return found | {"DenseNet-121": _densenet(policy)}


def _step(gan, labels: tf.Tensor) -> list[float]:
    step = tf.function(lambda *batch: gan.train_step(batch), autograph=False)
    step(tf.constant(fixed_images()), labels)
    metrics = gan.take_metrics(1)
    return [float(metrics[name]) for name in STEP]


def _densenet(policy: str) -> list[float]:
    """Some of the pooled features [4, 1024] of images of 32 x 32 pixels."""
    with classifier.dtype_policy(policy):
        network = classifier.build_backbone(_DENSENET_SIDE)
    fill_densenet(network)
    for layer in classifier.layers_of(network):
        make_quick(layer)
    images = fixed_images(_DENSENET_IMAGES, _DENSENET_SIDE).astype(np.float32) / 127.5 - 1.0
    return _some(network(np.repeat(images, 3, axis=-1), training=False), 29)


def _some(values: tf.Tensor, stride: int) -> list[float]:
    """Every stride-th value."""
    return tf.reshape(tf.cast(values, tf.float32), [-1])[::stride].numpy().tolist()


def _fid() -> list[float]:
    """FID of fixed features [40, 24] and [36, 24], the second with another mean and spread."""
    first, second = fixed_values((40, 24), 60_010), fixed_values((36, 24), 60_011) * 1.5 + 0.25
    return [frechet_distance_of(first.astype(np.float64), second.astype(np.float64))]


def _fid_compared(known: Mapping[str, Sequence[float]]) -> Outcome:
    found = deviation(_fid(), known["FID"])
    text = f"deviation {found:.1e} of {FID_TOLERANCE:.0e} allowed"
    return judged(True, found <= FID_TOLERANCE, text, {"deviations": {"FID": found}, "allowed": {"FID": FID_TOLERANCE}})


@contextlib.contextmanager
def _products(in_tf32: bool) -> Iterator[None]:
    """Products of float32 in TF32 or in float32 within."""
    before = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(in_tf32)
    try:
        yield
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


def main() -> None:
    """Prints the file of known values."""
    values = {item: [float(f"{value:.9g}") for value in found] for item, found in computed("float32").items()}
    values["FID"] = _fid()
    sys.stdout.write(json_text({"made": "float32 on a CPU", "values": values}, indent=1) + "\n")


if __name__ == "__main__":
    main()
