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
        places = {"gradient_norm": penalties.mix_images(images, fakes, mix_weight), "r1": images, "r2": fakes}
        squares = {}
        for name in self.penalties:
            squares[name] = penalties.squared_gradient(discriminator, places[name], labels)
        penalty, values = self._penalty(squares, labels)
        return loss + penalty, parts | values

    def real_half(
        self, discriminator: Discriminator, images, labels, fakes=None, mix_weight=None, penalised: bool = True
    ) -> tf.Tensor:
        """The part of each example's loss that depends on its real image, [N]: what is left is `fake_half`.

        Args:
            discriminator: See `Discriminator`. It must not mix examples.
            images, labels, fakes, mix_weight, penalised: As in `discriminator`; the fakes and their shares are needed
                only by the penalty at mixed images.
        """
        logits, label_logits = as_pair(discriminator([images, labels], training=True))
        loss = self.adversarial.real(logits) + self.config.drift * penalties.drift(logits)
        if label_logits is not None:
            loss += self.auxiliary_weight * losses.auxiliary_classifier(label_logits, labels)
        if not penalised:
            return loss
        squares = {}
        if "gradient_norm" in self.penalties:
            mixed = penalties.mix_images(images, fakes, mix_weight)
            squares["gradient_norm"] = penalties.squared_gradient(discriminator, mixed, labels)
        if "r1" in self.penalties:
            squares["r1"] = penalties.squared_gradient(discriminator, images, labels)
        return loss + self._penalty(squares, labels)[0]

    def fake_half(
        self, discriminator: Discriminator, fakes, labels, penalised: bool = True
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """The part of each example's loss that depends on its generated image alone, [N], with its parts, [N] each."""
        logits, label_logits = as_pair(discriminator([fakes, labels], training=True))
        loss, parts = self.adversarial.fake(logits), {"score_fake": logits}
        if label_logits is not None:
            parts["auxiliary_fake"] = losses.auxiliary_classifier(label_logits, labels)
            loss += self.auxiliary_weight * parts["auxiliary_fake"]
        if not penalised:
            zeros = {"r2": tf.zeros_like(loss)} if "r2" in self.penalties else {}
            return loss, parts | zeros
        squares = {}
        if "r2" in self.penalties:
            squares["r2"] = penalties.squared_gradient(discriminator, fakes, labels)
        penalty, values = self._penalty(squares, labels)
        return loss + penalty, parts | values

    def _penalty(self, squares: dict[str, tf.Tensor], labels) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """The weighted sum of penalties and the metric of each, from squared norms of the gradients [N] by name."""
        total, values = tf.zeros(tf.shape(labels)[:1]), {}
        for name, square in squares.items():
            value, values[name] = PENALTIES[name].of_square(square)
            total += self.penalties[name] * value
        return self.config.penalty_every * total, values

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
