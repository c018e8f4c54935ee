"""What an architecture defines of a GAN: its networks, and how they differ from the plain case."""

from abc import abstractmethod

import keras
import tensorflow as tf

from medgan_tf.config.schema import GanConfig, TrainingConfig
from medgan_tf.errors import ConfigError
from medgan_tf.gans.paper_settings import PaperSettings
from medgan_tf.gans.schedule import Phase, single_phase

# Options of `GanConfig` that not every architecture has.
SPECIAL_OPTIONS = ("auxiliary_weight", "growth", "orthogonal_weight")


class Architecture(keras.Model):
    """The part of `base.ConditionalGan` that architectures override; all but the first three have a plain default."""

    # Those of SPECIAL_OPTIONS that the architecture has; the others are an error when set.
    optional_settings: frozenset[str] = frozenset()
    # Whether the discriminator returns label logits too.
    auxiliary = False

    @classmethod
    @abstractmethod
    def paper_settings(cls, resolution: int) -> PaperSettings:
        """The values that the paper used."""

    @abstractmethod
    def make_generator(self, name: str) -> keras.Model:
        """A new generator."""

    @abstractmethod
    def make_discriminator(self, name: str) -> keras.Model:
        """A new discriminator."""

    def make_shared_state(self) -> None:
        """Makes what the networks share, before they are made."""

    @classmethod
    def check_settings(cls, config: GanConfig, resolution: int) -> None:
        """Raises `ConfigError` for options that this architecture does not know, or that do not go together. The
        section has no open values."""
        for name in SPECIAL_OPTIONS:
            if name not in cls.optional_settings and getattr(config, name) is not None:
                raise ConfigError(f"gan.{name} is not an option of the architecture {config.architecture!r}")
        augmentation = config.augmentation
        if augmentation and augmentation.target is not None and config.loss == "wasserstein":
            raise ConfigError(
                "gan.augmentation.target needs logits with a zero point, so a loss other than 'wasserstein': hinge, "
                "non_saturating or logistic; or leave it out for a fixed strength"
            )

    @classmethod
    def plan_phases(cls, config: GanConfig, resolution: int, training: TrainingConfig) -> list[Phase]:
        """The phases of a whole run, in order, from sections without open values. Raises `ConfigError` for a schedule
        that cannot be."""
        return single_phase(resolution, training, config.n_critic)

    def phase_values(self) -> dict[str, float]:
        """What the status line and the metrics say about the phase; empty without growth."""
        return {}

    @property
    def structure(self) -> tuple:
        """What a function that calls the networks has to be traced anew for; empty without growth."""
        return ()

    def take_structure(self, other: "Architecture") -> None:
        """Takes over the state of growth of another GAN of the same kind, if there is one."""

    def begin_step(self) -> None:
        """Called at the beginning of each training step, in the graph."""

    def prepare_images(self, images: tf.Tensor) -> tf.Tensor:
        """Real images float32 [N, R, R, 1] as the discriminator is to see them."""
        return images

    def score(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Logits [N], and label logits [N, L] of an auxiliary classifier or None without one."""
        return self.discriminator([images, labels], training=True), None

    def prepare_network(self, network: keras.Model) -> None:
        """Called in the graph before each optimisation step of a network."""

    def weight_penalty(self, network: keras.Model) -> tf.Tensor | float:
        """A scalar that is added to a network's loss and depends on its weights alone."""
        return 0.0

    def refresh_average(self) -> None:
        """Makes what the averaged generator keeps beside its weights anew, a function of `average_state` and of the
        generator's variables; called before it is used."""
