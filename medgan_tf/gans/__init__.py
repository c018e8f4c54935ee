"""GANs: architectures, losses, penalties and their training step."""

from typing import Any

__all__ = ["build_gan", "load_gan"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: the settings in this package must not cost the import of TensorFlow.
    if name in __all__:
        from medgan_tf.gans import build

        return getattr(build, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
