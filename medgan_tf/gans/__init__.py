"""GANs: architectures, losses, penalties and their training step."""

from typing import Any

__all__ = ["build_gan"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: the settings in this package must not cost the import of TensorFlow.
    if name == "build_gan":
        from medgan_tf.gans.build import build_gan

        return build_gan
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
