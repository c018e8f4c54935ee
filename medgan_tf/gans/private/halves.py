"""The two halves of the discriminator's gradient: of the drawn units, and of the generated images."""

import functools

import tensorflow as tf

from medgan_tf.gans import replicas
from medgan_tf.gans.objective import AUXILIARY
from medgan_tf.gans.private.gradients import ClippedSum, clipped_sum
from medgan_tf.gans.private.patients import Patients
from medgan_tf.gans.private.sampling import Draw
from medgan_tf.gans.private.terms import StepTerms
from medgan_tf.gans.steps import row_count


def real_sum(
    gan, terms: StepTerms, patients: Patients, draw: Draw, partners: tf.Tensor | None, penalised: bool = True
) -> ClippedSum:
    """This replica's share of the sum of the drawn units' clipped gradients.

    The loss of a unit is the mean over its drawn images of all that depends on a real image: the real half of the
    adversarial loss, drift, auxiliary classifier, and the penalties at real and at mixed images. Nothing else is
    computed from real images.

    Args:
        gan: The GAN.
        terms: Clip and chunk.
        patients: All training images.
        draw: The drawn units. Chunk i of them belongs to replica i modulo the number of replicas.
        partners: The generated images of all replicas that `draw.partners` counts, [B, R, R, 1]; None where no penalty
            mixes images.
        penalised: Whether the gradient penalties are part of the loss.
    """

    def loss_of_unit(images, labels, shares, *mixed):
        loss = gan.objective.real_half(gan.discriminator, images, labels, *mixed, penalised=penalised)
        return tf.reduce_sum(shares * loss), {}

    return clipped_sum(
        gan.discriminator,
        loss_of_unit,
        functools.partial(_unit_rows, gan, patients, draw, partners),
        tf.shape(draw.units)[0],
        chunk=terms.chunk,
        clip=terms.clip,
        first=replicas.replica_number(),
        every=replicas.replica_count(),
    )


def _unit_rows(gan, patients: Patients, draw: Draw, partners: tf.Tensor | None, places: tf.Tensor) -> list[tf.Tensor]:
    """Images [M, k, R, R, 1], labels [M, k, L] and shares [M, k] of the drawn units at these places, and where images
    are mixed, the generated ones and their shares."""
    with tf.device("/CPU:0"):
        rows = tf.gather(draw.rows, places)
        labels, images = tf.gather(patients.labels, rows), tf.gather(patients.images, rows)
        shares, mix = tf.gather(draw.shares, places), tf.gather(draw.mix, places)
        numbers, chosen = tf.gather(draw.augmentation, places), tf.gather(draw.partners, places)
    flat = gan.prepare_images(tf.reshape(tf.cast(images, tf.float32) / 127.5 - 1.0, [-1, *images.shape[2:]]))
    if gan.augmentation:
        flat = gan.augmentation(flat, tf.reshape(numbers, [-1, *gan.augmentation.draw_shape]))
    found = [tf.reshape(flat, images.shape), labels, shares]
    return found if partners is None else [*found, tf.gather(partners, chosen), mix]


def fake_sum(gan, terms: StepTerms, fakes: tf.Tensor, labels: tf.Tensor, penalised: bool = True) -> ClippedSum:
    """The sum of the clipped gradients of generated images, with the sums of the values `fake_names`.

    It needs no clipping for the guarantee. But next to a clipped real half, a generated half as large as it likes would
    drive all scores down.

    Args:
        gan: The GAN.
        terms: Clip and chunk.
        fakes: This replica's generated images, float32 [B, R, R, 1].
        labels: Their labels, float32 [B, L].
        penalised: Whether the gradient penalties are part of the loss.
    """

    def loss_of_image(image, label):
        loss, parts = gan.objective.fake_half(gan.discriminator, image[None], label[None], penalised)
        return loss[0], {"loss_d": loss[0], **{name: value[0] for name, value in parts.items()}}

    def rows(places):
        return [tf.gather(fakes, places), tf.gather(labels, places)]

    cuts = {"chunk": terms.chunk, "clip": terms.clip}
    return clipped_sum(gan.discriminator, loss_of_image, rows, row_count(fakes), names=fake_names(gan), **cuts)


def fake_names(gan) -> tuple[str, ...]:
    """Names of the values of the generated half."""
    auxiliary = AUXILIARY[1:] if gan.auxiliary else ()
    return ("loss_d", "score_fake", *auxiliary, *(("r2",) if "r2" in gan.objective.penalties else ()))
