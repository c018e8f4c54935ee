"""Section `evaluation`: what is measured on the trained generator."""

from medgan_tf.config.section import Section
from medgan_tf.evidence.fidelity.settings import FidConfig
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.evidence.neighbours.settings import NeighboursConfig
from medgan_tf.evidence.privacy.settings import PrivacyConfig


class EvaluationConfig(Section):
    """What is measured on the trained generator."""

    fid: FidConfig = FidConfig()
    """Fréchet Inception distance."""
    neighbours: NeighboursConfig = NeighboursConfig()
    """Nearest real images."""
    privacy: PrivacyConfig = PrivacyConfig()
    """Privacy audit."""
    occlusion: OcclusionConfig = OcclusionConfig()
    """What the classifiers look at."""
