"""Examines this machine: versions, devices, number formats, and a training step against known values."""

import functools
import importlib.metadata
import importlib.util
import math
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.accounting.epsilon import EXTRA
from medgan_tf.config.schema import TrainingConfig
from medgan_tf.cores import usable_cores
from medgan_tf.errors import MedganError
from medgan_tf.gans.build import build_gan
from medgan_tf.gans.optimisation import gradients_of
from medgan_tf.gans.resolve import resolve_training
from medgan_tf.saved_models.loading import load_saved_model
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.devices.memory import available_memory_gib, free_disk_gib
from medgan_tf.training.devices.precision import CPU_FLAGS, processor_flags
from medgan_tf.training.export import export_generator

# One step of `_fixed_gan` in float32: means of both losses and of the penalty's gradient norm, and the norm of the
# discriminator's gradient, which contains second derivatives.
KNOWN = {"loss_d": 0.559357, "loss_g": -3.146463, "gradient_norm": 0.391829, "gradients_d": 91.69417}
TOLERANCE = {"float32": 1e-3, "mixed_bfloat16": 5e-2}
PACKAGES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "pydicom", "scipy", "scikit-learn")
# Modules that the extra `dicom` brings, and what only they read.
DICOM_DECODERS = {
    "gdcm": "JPEG Lossless and 12-bit JPEG",
    "jpeg_ls": "JPEG-LS",
    "openjpeg": "JPEG 2000 of high throughput or in colours of more than 8 bits",
}


@dataclass(frozen=True)
class Finding:
    """One thing that was examined.

    Attributes:
        name: Name of the thing.
        state: `ok`; `warning`, which some uses can live with; or `failed`.
        text: The finding and, unless it is ok, the remedy.
    """

    name: str
    state: Literal["ok", "warning", "failed"]
    text: str


def examine(folders: tuple[str, ...] = ("runs", "datasets")) -> Iterator[Finding]:
    """Examines everything, one finding after the other. Takes about a minute, and removes the files that it writes.

    Args:
        folders: Where trainings and datasets are to be written.
    """
    yield from _packages()
    yield _dicom_decoders()
    yield _accountant()
    yield from _environment()
    yield from _devices()
    yield _processor()
    yield from _space(folders)
    yield _image_net()
    for name, check in (
        ("training step float32", lambda: _known_step("float32")),
        ("training step mixed_bfloat16", lambda: _known_step("mixed_bfloat16")),
        ("XLA", _xla),
        ("matrix product", _matrix_product),
        ("checkpoint and export", _save_and_reload),
    ):
        yield _tried(name, check)


def _tried(name: str, check: Callable[[], Finding]) -> Finding:
    """The finding of a check, or the finding that the check itself failed."""
    try:
        return check()
    except (MedganError, tf.errors.OpError, ValueError, RuntimeError, OSError) as error:
        return Finding(name, "failed", f"{type(error).__name__}: {str(error).splitlines()[0]}")


def _packages() -> Iterator[Finding]:
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "missing"
    missing = [name for name, number in versions.items() if number == "missing"]
    text = ", ".join(f"{name} {number}" for name, number in versions.items())
    yield Finding("versions", "failed" if missing else "ok", text + ("; install the missing ones" if missing else ""))
    if importlib.util.find_spec("tensorflow_addons"):
        yield Finding("tensorflow-addons", "warning", "cannot be imported beside Keras 3, and is not needed: remove it")


def _dicom_decoders() -> Finding:
    """Which decoders of compressed DICOM files are installed beside those that are always there."""
    unread = [what for module, what in DICOM_DECODERS.items() if not importlib.util.find_spec(module)]
    if not unread:
        return Finding("DICOM decoders", "ok", ", ".join(DICOM_DECODERS))
    text = f"files in these forms cannot be read: {'; '.join(unread)}; pip install 'medgan-tf[dicom]' brings decoders"
    return Finding("DICOM decoders", "warning", text)


def _accountant() -> Finding:
    """Whether the package that computes epsilon is installed; only private trainings need it."""
    if importlib.util.find_spec("dp_accounting"):
        return Finding("private training", "ok", f"dp-accounting {importlib.metadata.version('dp-accounting')}")
    text = f"dp-accounting is missing; only privacy.dp, plan --privacy and quickstart_private need it: {EXTRA}"
    return Finding("private training", "warning", text)


def _environment() -> Iterator[Finding]:
    """Environment variables that change results or speed."""
    known = {
        "TF_USE_LEGACY_KERAS": ("1", "failed", "puts Keras 2 in the place of Keras 3: unset it"),
        "TF_ENABLE_ONEDNN_OPTS": ("0", "warning", "switches oneDNN off: training on CPUs is several times slower"),
    }
    for name, (value, state, text) in known.items():
        if os.environ.get(name) == value:
            yield Finding(name, state, f"{name}={value} {text}")
    backend = keras.backend.backend()
    if backend != "tensorflow":
        yield Finding("Keras", "failed", f"its backend is {backend}; set KERAS_BACKEND=tensorflow")


def _devices() -> Iterator[Finding]:
    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus]
    listed = f": {', '.join(names)}" if names else ""
    yield Finding("devices", "ok", f"{usable_cores()} CPU cores, {len(gpus)} GPUs{listed}")
    if not gpus and shutil.which("nvidia-smi"):
        yield Finding("GPU", "warning", "an NVIDIA driver, but no GPU for TensorFlow: pip install 'medgan-tf[gpu]'")


def _processor() -> Finding:
    flags = processor_flags()
    if not flags:
        return Finding("processor", "ok", f"{platform.machine()}; its instructions are not known here")
    useful = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in flags]
    slow = "no bfloat16 in hardware: on it float32 is many times faster than mixed_bfloat16"
    note = "bfloat16 in hardware" if CPU_FLAGS & flags else slow
    return Finding("processor", "ok", f"{', '.join(useful) or 'no AVX2'}; {note}")


def _space(folders: tuple[str, ...]) -> Iterator[Finding]:
    memory = available_memory_gib()
    text = f"{memory:.1f} GiB available" if math.isfinite(memory) else "this system does not say how much is available"
    yield Finding("memory", "warning" if memory < 4 else "ok", text)
    for name in folders:
        path = Path(name)
        nearest = next(parent for parent in (path.absolute(), *path.absolute().parents) if parent.exists())
        free, writable = free_disk_gib(path), os.access(nearest, os.W_OK)
        state = "failed" if not writable else ("warning" if free < 5 else "ok")
        yield Finding(f"folder {name}", state, f"{free:.1f} GiB free" if writable else "cannot be written to")


def _image_net() -> Finding:
    """Checks that the starting weights of the paper's classifier are where Keras looks for them. Downloads nothing."""
    folder = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "models"
    found = sorted(path.name for path in folder.glob("densenet121*notop*.h5"))
    if found:
        return Finding("ImageNet weights", "ok", found[0])
    return Finding(
        "ImageNet weights",
        "warning",
        "not on this machine; classifiers need them, unless they begin at random",
    )


def _fixed_gan(precision: str):
    """A tiny network whose weights are the same everywhere, ready to train, with one batch."""
    gan = build_gan("cpd", resolution=16, label_count=3, latent_size=16, max_channels=16, precision=precision)
    for network in (gan.generator, gan.discriminator):
        for number, variable in enumerate(network.trainable_variables):
            size = int(np.prod(variable.shape))
            # No generator of random numbers, whose stream may change between versions.
            values = np.sin(np.arange(size, dtype=np.float64) * 12.9898 + number) * 1.4
            variable.assign(values.reshape(variable.shape).astype(np.float32))
    labels = np.eye(3, dtype=np.float32)[np.arange(8) % 3]
    images = (np.arange(8 * 256) * 37 % 251).astype(np.uint8).reshape(8, 16, 16, 1)
    # Adam's first step has the size of the rate whatever the gradient, so a small rate keeps rounding small.
    rates = {"generator_learning_rate": 1e-5, "discriminator_learning_rate": 1e-5}
    training = resolve_training(TrainingConfig(batch=8, **rates), "cpd", 16)
    gan.prepare_training(training, seed=0, labels=labels)
    return gan, tf.constant(images), tf.constant(labels)


def step_values(precision: str) -> dict[str, float]:
    """The values of one training step of a tiny fixed network on this machine; compare them with `KNOWN`."""
    gan, images, labels = _fixed_gan(precision)
    step = tf.function(lambda *batch: gan.train_step(batch), autograph=False)
    step(images, labels)
    values = gan.take_metrics(1)
    return {name: values[name] for name in KNOWN}


def _known_step(precision: str) -> Finding:
    """Losses and the gradient penalty of one step, within the rounding of the number format."""
    values = step_values(precision)
    errors = {name: abs(values[name] - known) / max(1.0, abs(known)) for name, known in KNOWN.items()}
    worst = max(errors, key=lambda name: errors[name] if math.isfinite(errors[name]) else math.inf)
    text = f"losses and gradient penalty within {errors[worst]:.1e} of the known values"
    good = errors[worst] <= TOLERANCE[precision]
    return Finding(
        f"training step {precision}",
        "ok" if good else "failed",
        text if good else f"{worst} is {values[worst]:.6g}, not {KNOWN[worst]:.6g}: do not train with it here",
    )


def compiled_error() -> float:
    """Largest difference between the gradients that XLA computes and those without it, relative to the largest one.

    Both losses of a tiny fixed network, second derivatives included. The inputs are fixed too: XLA draws other noise
    from the same seeds.
    """
    gan, images, labels = _fixed_gan("float32")
    reals, weight = tf.cast(images, tf.float32) / 127.5 - 1.0, tf.linspace(0.0, 1.0, len(images))
    z = tf.reshape(tf.sin(tf.range(len(images) * 16, dtype=tf.float32)), [-1, 16])
    fakes = gan.generator([z, labels])

    def gradients() -> list[tf.Tensor]:
        loss = functools.partial(gan.objective.discriminator, gan.discriminator)
        inputs = [reals, fakes, labels, weight]
        found = gradients_of(gan.discriminator, loss, inputs, gan.weight_penalty).values
        return found + gradients_of(gan.generator, gan.generator_loss, [z, labels], gan.weight_penalty).values

    plain, compiled = (tf.function(gradients, autograph=False, jit_compile=xla)() for xla in (False, True))
    errors = [tf.reduce_max(abs(one - two)) / tf.reduce_max(abs(one)) for one, two in zip(plain, compiled, strict=True)]
    return float(tf.reduce_max(errors))


def _xla() -> Finding:
    begun = time.perf_counter()
    error = compiled_error()
    good = error <= TOLERANCE["float32"]
    text = f"gradients of the compiled step agree within {error:.1e}; {time.perf_counter() - begun:.0f} s"
    return Finding("XLA", "ok" if good else "warning", text if good else f"{text}: leave training.jit_compile off")


def _matrix_product() -> Finding:
    """Speed of a product of 2048 x 2048 matrices, for comparison with other machines."""
    rates = []
    for dtype in (tf.float32, tf.bfloat16):
        matrix = tf.cast(tf.random.stateless_normal([2048, 2048], [0, 0]), dtype)
        product = tf.function(lambda values: tf.reduce_sum(tf.cast(values @ values, tf.float32)), autograph=False)
        times = []
        for _ in range(6):
            begun = time.perf_counter()
            product(matrix).numpy()
            times.append(time.perf_counter() - begun)
        rates.append(2 * 2048**3 / min(times) / 1e9)
    return Finding("matrix product", "ok", f"{rates[0]:.0f} GFLOP/s in float32, {rates[1]:.0f} in bfloat16")


def _save_and_reload() -> Finding:
    gan, images, labels = _fixed_gan("float32")
    other, _, _ = _fixed_gan("float32")
    step = tf.function(lambda *batch: gan.train_step(batch), autograph=False)
    step(images, labels)
    with tempfile.TemporaryDirectory(prefix="medgan-doctor-") as name:
        folder = Path(name)
        checkpoints = Checkpoints(folder / "checkpoints", 1)
        checkpoints.save(gan)
        restored = checkpoints.restore_latest(other)
        export_generator(gan, folder / "generator", {})
        model = load_saved_model(folder / "generator")
        z, vectors = tf.ones([2, 16]), tf.eye(2, 3)
        shown = model.signatures["generate"](z=z, labels=vectors)["output_0"].numpy()
    wanted = gan.ema_generator([z, vectors], training=False).numpy()
    same = all(
        np.array_equal(one.numpy(), two.numpy())
        for one, two in zip(gan.generator.variables, other.generator.variables, strict=True)
    )
    good = restored is not None and same and np.allclose(shown, wanted, atol=1e-5)
    return Finding(
        "checkpoint and export", "ok" if good else "failed", "come back equal" if good else "do not come back equal"
    )
