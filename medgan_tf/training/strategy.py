"""Which devices train: one, or all local ones with synchronised replicas."""

import tensorflow as tf

from medgan_tf.config.schema import TrainingConfig
from medgan_tf.errors import ConfigError


def make_strategy(training: TrainingConfig) -> tf.distribute.Strategy:
    """The distribution strategy: `auto` mirrors over the GPUs where there is more than one.

    Raises:
        ConfigError: A named device does not exist, or `mirrored` is asked for without GPUs or device names.
    """
    gpus = tf.config.list_logical_devices("GPU")
    if training.strategy == "one" or (training.strategy == "auto" and len(gpus) < 2 and not training.devices):
        return tf.distribute.get_strategy()
    devices = list(training.devices or [gpu.name.removeprefix("/device:") for gpu in gpus])
    if not devices:
        raise ConfigError(
            "training.strategy 'mirrored' found no GPU. Received: devices=None; name the devices, "
            "e.g. training.devices: [CPU:0], or use strategy 'one'"
        )
    known = [device.name.removeprefix("/device:") for device in tf.config.list_logical_devices()]
    unknown = [device for device in devices if device.removeprefix("/device:") not in known]
    if unknown:
        raise ConfigError(f"no such device: {', '.join(unknown)}; this machine has {', '.join(known)}")
    return tf.distribute.MirroredStrategy(devices)


def check_batch(batch: int, group: int, replicas: int) -> None:
    """Raises `ConfigError` unless every replica gets whole groups of the minibatch standard deviation."""
    if batch % (replicas * group):
        fitting = max(1, round(batch / (replicas * group))) * replicas * group
        raise ConfigError(
            f"a batch (training.batch, or gan.growth.batch) must be a multiple of replicas x gan.deviation_group = "
            f"{replicas} x {group}. Received: batch={batch}; use for instance {fitting}"
        )
