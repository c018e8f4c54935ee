"""One process of the comparison: cpD-GAN's training step as a checkout of this project computes it.

It is started by file name, with the checkout on PYTHONPATH, and uses nothing that an older checkout lacks. See `turns`
for what it reads and writes.
"""

import sys
import time
from collections.abc import Callable

IMAGES = 100_000_000
"""Length of the training: no schedule ends in the comparison."""


def make_step(channels: int, batch: int, resolution: int, precision: str, threads: int, option: str):
    """A call that does one step, always on the same random images, and returns its two losses.

    Args:
        channels: Width of all layers, and length of z.
        batch: Images.
        resolution: Pixels.
        precision: `float32` or `mixed_bfloat16`.
        threads: Threads of an operation.
        option: `xla` compiles the whole step; anything else does not.
    """
    import numpy as np
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    from medgan_tf.config.schema import TrainingConfig
    from medgan_tf.gans.build import build_gan
    from medgan_tf.gans.resolve import resolve_training
    from medgan_tf.metrics.streams import stream

    sizes = {"latent_size": channels, "max_channels": channels}
    gan = build_gan("cpd", resolution=resolution, label_count=6, precision=precision, **sizes)
    for network in (gan.generator, gan.discriminator):
        for number, weight in enumerate(network.trainable_variables):
            if weight.name == "kernel":
                random = stream(number, f"weights of {network.name}")
                weight.assign(random.standard_normal(tuple(weight.shape), np.float32))
    gan.reset_average()
    random = stream(0, "inputs of the comparison")
    images = tf.constant(random.integers(0, 256, (batch, resolution, resolution, 1), dtype=np.uint8))
    labels = tf.constant(np.eye(6, dtype=np.float32)[random.integers(0, 6, batch)])
    training = resolve_training(TrainingConfig(batch=batch, total_images=IMAGES), "cpd", resolution)
    gan.prepare_training(training, seed=0, labels=labels.numpy())
    function = tf.function(lambda *rows: gan.train_step(rows), jit_compile=option == "xla", autograph=False)

    def step() -> list[float]:
        losses = function(images, labels)
        return [float(losses[name][0]) for name in ("loss_d", "loss_g")]

    return step


def serve(make: Callable[..., Callable[[], list[float]]], words: list[str]) -> None:
    """Makes the step, does it once, and then once for each line that comes in; each time it writes one line.

    Args:
        make: As `make_step`.
        words: Its arguments, in their order.
    """
    channels, batch, resolution, precision, threads, option = words
    # Libraries write to the standard output as they like.
    lines, sys.stdout = sys.stdout, sys.stderr
    before = time.perf_counter(), time.process_time()
    step = make(int(channels), int(batch), int(resolution), precision, int(threads), option)
    while True:
        losses = step()
        numbers = [time.perf_counter() - before[0], time.process_time() - before[1], *losses]
        lines.write(" ".join(f"{number:.9g}" for number in numbers) + "\n")
        lines.flush()
        if not sys.stdin.readline():
            return
        before = time.perf_counter(), time.process_time()


if __name__ == "__main__":
    serve(make_step, sys.argv[1:])
