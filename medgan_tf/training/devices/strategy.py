"""The devices that train: one, all local ones, or those of several machines, with synchronised replicas."""

import contextlib

import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import TrainingConfig
from medgan_tf.errors import ConfigError, RunError
from medgan_tf.gans.replicas import set_communication
from medgan_tf.training.devices import cluster
from medgan_tf.training.settings import CommunicationConfig


def make_strategy(training: TrainingConfig, private: bool = False) -> tf.distribute.Strategy:
    """The distribution strategy.

    `auto` takes the cluster that TF_CONFIG names, if it has several workers; else it mirrors over the GPUs where there
    is more than one; else one device.

    Args:
        training: The section.
        private: Whether the training is private: then it stays on the machine of its secret key.

    Raises:
        ConfigError: Several machines for a private training. A named device does not exist, `mirrored` is asked for
            without GPUs or device names, `multi_worker` without a cluster, or NCCL without a GPU.
    """
    named = cluster.from_environment(slurm=training.strategy == "multi_worker")
    if training.strategy == "multi_worker" or (training.strategy == "auto" and named and len(named.workers) > 1):
        if private:
            raise ConfigError(
                "privacy.dp trains on one machine, where its secret key lies. Received: a cluster of several workers "
                "(TF_CONFIG, or training.strategy=multi_worker); set training.strategy to one or mirrored"
            )
        return _multi_worker(training, named)
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


def _multi_worker(training: TrainingConfig, named: cluster.Cluster | None) -> tf.distribute.Strategy:
    if named is None:
        raise ConfigError(
            "training.strategy 'multi_worker' found no cluster. Received: neither TF_CONFIG nor SLURM_PROCID; start "
            "one process on each machine with srun, or set TF_CONFIG"
        )
    if training.devices:
        raise ConfigError(
            "training.devices does not go with strategy 'multi_worker', which takes all devices of each worker. "
            f"Received: devices={list(training.devices)}; remove it"
        )
    options = _communication_options(training.communication, named)
    with cluster.patience(named):
        strategy = tf.distribute.MultiWorkerMirroredStrategy(named.resolver(), options)
    set_communication(strategy, options)
    return strategy


def _communication_options(
    settings: CommunicationConfig, named: cluster.Cluster
) -> tf.distribute.experimental.CommunicationOptions:
    # The physical ones: to make them logical would be too early for the strategy.
    if settings.implementation == "nccl" and not tf.config.list_physical_devices("GPU"):
        raise ConfigError(
            "training.communication.implementation 'nccl' needs a GPU on each worker. Received: none on worker "
            f"{named.number} of {len(named.workers)}; use auto or ring"
        )
    return tf.distribute.experimental.CommunicationOptions(
        bytes_per_pack=settings.bytes_per_pack or 0,
        timeout_seconds=settings.timeout_seconds,
        implementation=tf.distribute.experimental.CommunicationImplementation(settings.implementation.upper()),
    )


class Workers:
    """The processes that train together; mostly one. All of them must make the same calls in the same order.

    Args:
        strategy: The distribution strategy.

    Attributes:
        number: Number of this worker, from 0.
        count: Number of workers.
        chief: Whether this one writes the run folder.
    """

    def __init__(self, strategy: tf.distribute.Strategy):
        self.strategy = strategy
        resolver = None
        if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
            resolver = strategy.cluster_resolver
        self.number = resolver.task_id if resolver else 0
        self.count = len(resolver.cluster_spec().as_dict()["worker"]) if resolver else 1
        self.chief = self.number == 0
        self._sum = tf.function(lambda values: strategy.run(self._reduce, [values]), autograph=False)

    @staticmethod
    def _reduce(values: tf.Tensor) -> tf.Tensor:
        # The copy has the replica's device; an argument has none, which the reduction refuses.
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(values))

    def gather(self, value: int) -> np.ndarray:
        """The values of all workers, int64 [count]."""
        if self.count == 1:
            return np.array([value], np.int64)
        replicas = self.strategy.num_replicas_in_sync // self.count
        row = tf.one_hot(self.number, self.count, dtype=tf.int64) * value
        summed = self.strategy.experimental_local_results(self._sum(row))[0].numpy()
        # Each local replica adds the same row.
        return summed // replicas

    def largest(self, value: int) -> int:
        """The largest of the values that the workers give."""
        return int(self.gather(value).max())

    def wait(self) -> None:
        """Waits until every worker has come here."""
        self.gather(0)

    def part(self) -> None:
        """Waits until every worker has come here; then each of them may end, and none needs another one any more.

        A worker that ends takes along what it has not yet sent: those who still wait for its last answer would call it
        lost. `srun --kill-on-bad-exit` even ends the others.
        """
        self.wait()
        # Who is here knows that all have passed the first wait. It does not matter who hears of the second one.
        with contextlib.suppress(tf.errors.OpError):
            self.wait()

    def check_equal(self, value: int, what: str) -> None:
        """Raises `RunError` unless all workers give the same value."""
        values = self.gather(value)
        if len(set(values.tolist())) > 1:
            raise RunError(
                f"the workers differ in {what}: {', '.join(map(str, values))}; they need the same dataset and a run "
                "folder that all of them see (training.output on a shared file system)"
            )


def check_batch(batch: int, group: int, replicas: int, accumulation: int = 1) -> None:
    """Raises `ConfigError` unless every part of every replica's batch has whole groups of the minibatch deviation."""
    unit = replicas * accumulation * group
    if batch % unit:
        fitting = max(1, round(batch / unit)) * unit
        parts = f" x training.accumulation = {replicas} x {group} x {accumulation}"
        product = parts if accumulation > 1 else f" = {replicas} x {group}"
        raise ConfigError(
            "a batch (training.batch, or gan.growth.batch) must be a multiple of replicas x gan.mbstd_group_size"
            f"{product}. Received: batch={batch}; use for instance {fitting}"
        )
