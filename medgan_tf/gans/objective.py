"""What generator and discriminator minimise: the configured adversarial loss and penalties, per example."""

from collections.abc import Callable

import tensorflow as tf

from medgan_tf.config.schema import GanConfig
from medgan_tf.gans import losses, penalties
from medgan_tf.layers.minibatch_stddev import join_batches, part_batches

Score = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor | None]]


class Objective:
    """The losses of one GAN (paper S.2.2). Holds no state.

    Args:
        config: With every value set, see `paper_settings`.
        auxiliary: Whether the discriminator has an auxiliary classifier.

    A `Score` maps images float32 [N, R, R, 1] and labels float32 [N, L] to logits [N] and label logits [N, L] or None.
    """

    def __init__(self, config: GanConfig, auxiliary: bool):
        self.config = config
        self.adversarial = losses.LOSSES[config.loss]
        self.auxiliary_weight = 1.0 if config.auxiliary_weight is None else config.auxiliary_weight
        self.penalised = max(config.gradient_penalty, config.r1, config.r2) > 0
        names = ["loss_d", "loss_g", "score_real", "score_fake", "sign_real", "gradients_g", "gradients_d"]
        names += ["auxiliary_real", "auxiliary_fake"] if auxiliary else []
        names += ["gradient_norm"] if config.gradient_penalty else []
        names += ["r1"] if config.r1 else []
        names += ["r2"] if config.r2 else []
        self.metric_names = tuple(names)

    def discriminator(
        self, score: Score, images, fakes, labels, mix_weight, penalised: bool = True
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Loss of each example [N] with its parts.

        Args:
            score: The discriminator.
            images: Real images [N, R, R, 1], -1..1.
            fakes: Generated images of the same shape.
            labels: [N, L], of both.
            mix_weight: [N], 0..1, the share of the fake in each mixed image.
            penalised: Whether the gradient penalties are part of it, times `penalty_every`; the parts hold zeros in
                their place otherwise.
        """
        # One pass over both: half as many, larger operations.
        group = self.config.deviation_group
        both_labels = join_batches(labels, labels, group)
        logits, label_logits = score(join_batches(images, fakes, group), both_labels)
        real_logits, fake_logits = part_batches(logits, group)
        loss = self.adversarial.discriminator(real_logits, fake_logits)
        loss += self.config.drift * penalties.drift(real_logits)
        parts = {"score_real": real_logits, "score_fake": fake_logits, "sign_real": tf.sign(real_logits)}
        if label_logits is not None:
            real_loss, fake_loss = part_batches(losses.auxiliary_classifier(label_logits, both_labels), group)
            loss += self.auxiliary_weight * (real_loss + fake_loss)
            parts |= {"auxiliary_real": real_loss, "auxiliary_fake": fake_loss}
        if penalised:
            penalty, penalty_parts = self._penalties(score, images, fakes, labels, mix_weight)
            return loss + self.config.penalty_every * penalty, parts | penalty_parts
        skipped = {name: tf.zeros_like(loss) for name in ("gradient_norm", "score_mixed", "r1", "r2")}
        return loss, parts | {name: value for name, value in skipped.items() if name in self._penalty_names()}

    def _penalty_names(self) -> list[str]:
        names = ["gradient_norm", "score_mixed"] if self.config.gradient_penalty else []
        return names + [name for name in ("r1", "r2") if getattr(self.config, name)]

    def _penalties(self, score, images, fakes, labels, mix_weight) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        penalty, parts = tf.zeros_like(mix_weight), {}

        def logits_of(batch):
            return score(batch, labels)[0]

        if self.config.gradient_penalty:
            mixed = penalties.mix_images(images, fakes, mix_weight)
            parts["score_mixed"], parts["gradient_norm"] = penalties.gradient_norm(logits_of, mixed)
            penalty += self.config.gradient_penalty * penalties.gradient_penalty(parts["gradient_norm"])
        for name, batch in (("r1", images), ("r2", fakes)):
            weight = getattr(self.config, name)
            if weight:
                parts[name] = penalties.zero_centred_penalty(penalties.score_gradient(logits_of, batch)[1])
                penalty += weight * parts[name]
        return penalty, parts

    def generator(self, score: Score, images, labels) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Loss of each generated image [N], with its logits."""
        logits, label_logits = score(images, labels)
        loss = self.adversarial.generator(logits)
        if label_logits is not None:
            loss += self.auxiliary_weight * losses.auxiliary_classifier(label_logits, labels)
        return loss, {"score_fake": logits}
