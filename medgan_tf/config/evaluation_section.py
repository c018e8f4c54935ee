"""Section `evaluation`: what is measured on the trained generator."""

from medgan_tf.config.section import Count, Section


class FidConfig(Section):
    """FID between real and synthetic images, which also stops training (paper S.3)."""

    images: Count = 10_000
    """Real and synthetic images compared."""
    every_images: Count = 400_000
    """Real images between two evaluations."""
    minimum_images: Count = 7_000_000
    """No stop before this many real images."""
    patience: Count = 2
    """Evaluations without a new best before training stops."""
    extractor: str = "inception"
    """Feature extractor."""


class EvaluationConfig(Section):
    """What is measured on the trained generator."""

    fid: FidConfig = FidConfig()
    """Fréchet Inception distance."""
