"""The two optimisation steps of a GAN: one of the discriminator, one of the generator."""

import functools
from typing import Any

import tensorflow as tf

from medgan_tf.gans import draws, replicas
from medgan_tf.gans.optimisation import apply_gradients, either, gradients_of
from medgan_tf.layers.pieces import compiled_pieces


@compiled_pieces()
def discriminator_step(gan, images: tf.Tensor, labels: tf.Tensor, number: int = 0) -> dict[str, tf.Tensor]:
    """Updates the discriminator; generated images take the labels of the real ones.

    Args:
        gan: A `ConditionalGan` that is ready for training.
        images: Real images float32 [N, R, R, 1], in the form that the discriminator sees.
        labels: float32 [N, L].
        number: Number of the discriminator step within the training step, from 0 to `n_critic` - 1.

    Returns:
        The values whose means a tick takes, by name; `due` is 1 where the gradient penalties were part of the loss.
    """
    gan.prepare_network(gan.discriminator)
    batch, stream = row_count(labels), f" {number}" if number else ""
    z = gan.batch_draws(f"discriminator latents{stream}", batch, draws.normal, gan.config.latent_size)
    mix_weight = gan.batch_draws(f"penalty mix{stream}", batch, draws.uniform)
    fakes = gan.generator([z, labels], training=True)
    images = _augmented(gan, images, f"augmentation real{stream}")
    fakes = _augmented(gan, fakes, f"augmentation fake{stream}")
    inputs = [images, fakes, labels, mix_weight]
    loss = functools.partial(gan.objective.discriminator, gan.discriminator)
    compute = functools.partial(gradients_of, gan.discriminator, inputs=inputs, **_cuts(gan))
    every = gan.config.penalty_every if gan.objective.penalties else 1
    step = (gan.images_seen - gan.phase.start) // replicas.global_batch(batch) + number
    due = tf.equal(step % every, 0)
    if every == 1:
        gradients = compute(loss=loss)
    else:
        plain = functools.partial(loss, penalised=False)
        gradients = either(due, functools.partial(compute, loss=loss), functools.partial(compute, loss=plain))
    norm = apply_gradients(gradients.values, gan.discriminator, gan.discriminator_optimizer)
    values = {**gradients.parts, "loss_d": gradients.loss, "gradients_d": norm, "due": tf.cast(due, tf.float32)}
    if gan.augmentation:
        r_t = replicas.sum_over_replicas(replicas.batch_mean(gradients.parts["r_t"]))
        gan.augmentation.adapt(r_t, replicas.global_batch(batch))
        values["augmentation_strength"] = tf.convert_to_tensor(gan.augmentation.strength)
    return values


@compiled_pieces()
def generator_step(gan, real_labels: tf.Tensor) -> dict[str, tf.Tensor]:
    """Updates the generator on new noise and labels.

    Args:
        gan: A `ConditionalGan` that is ready for training.
        real_labels: float32 [N, L], the labels that it takes if the GAN has no label table to draw from.

    Returns:
        The values whose means a tick takes, by name.
    """
    gan.prepare_network(gan.generator)
    batch, labels = row_count(real_labels), real_labels
    z = gan.batch_draws("generator latents", batch, draws.normal, gan.config.latent_size)
    if gan.label_table is not None:
        labels = gan.batch_draws("generator labels", batch, gan.label_table.draw)
    inputs = [z, labels]
    if gan.augmentation:
        inputs.append(gan.batch_draws("augmentation generator", batch, draws.uniform, *gan.augmentation.draw_shape))
    gradients = gradients_of(gan.generator, gan.generator_loss, inputs, **_cuts(gan))
    norm = apply_gradients(gradients.values, gan.generator, gan.generator_optimizer)
    return {**gradients.parts, "loss_g": gradients.loss, "gradients_g": norm}


def row_count(rows: tf.Tensor) -> tf.Tensor | int:
    """The number of rows, as a Python number where it is known."""
    return rows.shape[0] or tf.shape(rows)[0]


def _cuts(gan) -> dict[str, Any]:
    """Arguments of `gradients_of`: the penalty on the weights, and how the batch is cut."""
    accumulation, group_size = gan.training_config.accumulation, gan.config.mbstd_group_size
    return {"weight_penalty": gan.weight_penalty, "accumulation": accumulation, "group_size": group_size}


def _augmented(gan, images: tf.Tensor, stream: str) -> tf.Tensor:
    if gan.augmentation is None:
        return images
    numbers = gan.batch_draws(stream, row_count(images), draws.uniform, *gan.augmentation.draw_shape)
    return gan.augmentation(images, numbers)
