"""The losses of generator and discriminator: the configured adversarial loss and penalties, per example."""

import tensorflow as tf

from medgan_tf.config.schema import GanConfig
from medgan_tf.gans import losses, penalties
from medgan_tf.gans.penalties import PENALTIES, Discriminator
from medgan_tf.layers.minibatch_stddev import concat_batches, split_batches

METRICS = ("loss_d", "loss_g", "score_real", "score_fake", "r_t", "gradients_g", "gradients_d")
AUXILIARY = ("auxiliary_real", "auxiliary_fake")


class Objective:
    """The losses of one GAN (paper S.2.2). Holds no state.

    Args:
        config: The section `gan` with every value set, see `resolve`.
        auxiliary: Whether the discriminator has an auxiliary classifier.

    Attributes:
        penalties: Weight of each gradient penalty that is used, by the name of its metric.
        metric_names: Names of all values that training averages over a tick.
    """

    def __init__(self, config: GanConfig, auxiliary: bool):
        self.config = config
        self.adversarial = losses.LOSSES[config.loss]
        self.auxiliary_weight = 1.0 if config.auxiliary_weight is None else config.auxiliary_weight
        weights = {name: getattr(config, penalty.option) for name, penalty in PENALTIES.items()}
        self.penalties = {name: weight for name, weight in weights.items() if weight}
        self.metric_names = (*METRICS, *(AUXILIARY if auxiliary else ()), *self.penalties)

    def discriminator(
        self, discriminator: Discriminator, images, fakes, labels, mix_weight, penalised: bool = True
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Loss of each example [N] with its parts, [N] each.

        Args:
            discriminator: See `Discriminator`.
            images: Real images float32 [N, R, R, 1], -1..1.
            fakes: Generated images of the same shape.
            labels: float32 [N, L], of both.
            mix_weight: float32 [N], 0..1, the share of the fake in each mixed image.
            penalised: Whether the gradient penalties are part of the loss, times `penalty_every`. Without them the
                parts hold zeros in their place.
        """
        # One pass over both: half as many, larger operations.
        group_size = self.config.mbstd_group_size
        both_labels = concat_batches(labels, labels, group_size)
        outputs = discriminator([concat_batches(images, fakes, group_size), both_labels], training=True)
        logits, label_logits = as_pair(outputs)
        real_logits, fake_logits = split_batches(logits, group_size)
        loss = self.adversarial.discriminator(real_logits, fake_logits)
        loss += self.config.drift * penalties.drift(real_logits)
        # r_t: Karras et al. 2020, equation 1.
        parts = {"score_real": real_logits, "score_fake": fake_logits, "r_t": tf.sign(real_logits)}
        if label_logits is not None:
            label_loss = losses.auxiliary_classifier(label_logits, both_labels)
            real_loss, fake_loss = split_batches(label_loss, group_size)
            loss += self.auxiliary_weight * (real_loss + fake_loss)
            parts |= dict(zip(AUXILIARY, (real_loss, fake_loss), strict=True))
        if not penalised:
            return loss, parts | dict.fromkeys(self.penalties, tf.zeros_like(loss))
        penalty = tf.zeros_like(mix_weight)
        places = {"gradient_norm": penalties.mix_images(images, fakes, mix_weight), "r1": images, "r2": fakes}
        for name, weight in self.penalties.items():
            square = penalties.squared_gradient(discriminator, places[name], labels)
            value, parts[name] = PENALTIES[name].of_square(square)
            penalty += weight * value
        return loss + self.config.penalty_every * penalty, parts

    def generator(self, discriminator: Discriminator, images, labels) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Loss of each generated image [N], with its logits."""
        logits, label_logits = as_pair(discriminator([images, labels], training=True))
        loss = self.adversarial.generator(logits)
        if label_logits is not None:
            loss += self.auxiliary_weight * losses.auxiliary_classifier(label_logits, labels)
        return loss, {"score_fake": logits}


def as_pair(outputs) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Logits [N], and label logits [N, L] or None, from what a discriminator returned."""
    return outputs if isinstance(outputs, tuple) else (outputs, None)
