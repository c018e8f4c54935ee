"""GANs: architectures, losses, penalties and their training step."""

from medgan_tf.gans.build import build_gan

__all__ = ["build_gan"]
