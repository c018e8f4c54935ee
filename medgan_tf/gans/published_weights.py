"""Weights under the published code's variable names and layouts, to ours and back.

Published layouts: convolutions [k, k, in, out], up-convolutions [k, k, out, in], dense [in, out]. Images were NCHW
there, so the generator's first dense layer and the discriminator's first flattened one order their 4x4 features channel
first.
"""

import keras
import numpy as np

from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.layers.conditional_norm import ConditionalPixelNorm
from medgan_tf.layers.equalized import EqualizedDenseReshape, EqualizedFlattenDense, EqualizedLayer

_SIDE = 4


def _to_published(layer: EqualizedLayer, kernel: np.ndarray) -> np.ndarray:
    if isinstance(layer, EqualizedDenseReshape):
        spatial = kernel.reshape(len(kernel), _SIDE, _SIDE, -1)
        return spatial.transpose(0, 3, 1, 2).reshape(kernel.shape)
    if isinstance(layer, EqualizedFlattenDense):
        spatial = kernel.reshape(_SIDE, _SIDE, -1, kernel.shape[-1])
        return spatial.transpose(2, 0, 1, 3).reshape(kernel.shape)
    return kernel


def _from_published(layer: EqualizedLayer, kernel: np.ndarray) -> np.ndarray:
    if isinstance(layer, EqualizedDenseReshape):
        spatial = kernel.reshape(len(kernel), -1, _SIDE, _SIDE)
        return spatial.transpose(0, 2, 3, 1).reshape(kernel.shape)
    if isinstance(layer, EqualizedFlattenDense):
        spatial = kernel.reshape(-1, _SIDE, _SIDE, kernel.shape[-1])
        return spatial.transpose(1, 2, 0, 3).reshape(kernel.shape)
    return kernel


def published_variables(network: keras.Model) -> dict[str, tuple[keras.Variable, EqualizedLayer | None]]:
    """Published name -> (our variable, the layer whose kernel it is, or None for a bias)."""
    named: dict[str, tuple[keras.Variable, EqualizedLayer | None]] = {}

    def add(path: str, layer: EqualizedLayer) -> None:
        named[f"{path}/weight"] = (layer.kernel, layer)
        if layer.bias is not None:
            named[f"{path}/bias"] = (layer.bias, None)

    for path, layer in network.published_layers().items():
        if isinstance(layer, ConditionalPixelNorm):
            add(f"{path}/gamma", layer.gamma)
            add(f"{path}/beta", layer.beta)
        else:
            add(path, layer)
    return named


def load_published(gan: ConditionalGan, arrays: dict[str, np.ndarray]) -> None:
    """Sets generator and discriminator, and the averaged generator if it is given under `Gs/`, from published arrays.

    Args:
        gan: A GAN made by `build_gan` with the same resolution, label count and widths.
        arrays: Published variable names (`G/4x4/Dense/weight`, `D/32x32/Conv0/bias`, ...) to arrays. Without `Gs/`
            names the averaged generator takes the generator's weights.

    Raises:
        ValueError: Names that are missing or unknown, or shapes that differ; nothing is changed then.
    """
    targets = {**published_variables(gan.generator), **published_variables(gan.discriminator)}
    with_average = any(name.startswith("Gs/") for name in arrays)
    if with_average:
        targets |= _average_variables(gan)
    missing, unknown = sorted(set(targets) - set(arrays)), sorted(set(arrays) - set(targets))
    if missing or unknown:
        raise ValueError(
            f"published weights do not fit this GAN. Received: {len(missing)} names missing (first: {missing[:3]}), "
            f"{len(unknown)} unknown (first: {unknown[:3]})"
        )
    for name, (variable, _) in targets.items():
        if tuple(arrays[name].shape) != tuple(variable.shape):
            raise ValueError(f"{name} must have shape {tuple(variable.shape)}. Received: shape={arrays[name].shape}")
    for name, (variable, layer) in targets.items():
        array = np.asarray(arrays[name], np.float32)
        variable.assign(array if layer is None else _from_published(layer, array))
    if not with_average:
        gan.reset_average()


def dump_published(gan: ConditionalGan, with_average: bool = False) -> dict[str, np.ndarray]:
    """Weights as arrays in the published layout: generator `G/`, discriminator `D/`.

    Args:
        gan: A GAN made by `build_gan`.
        with_average: Whether to add the averaged generator, as `Gs/`.
    """
    targets = {**published_variables(gan.generator), **published_variables(gan.discriminator)}
    if with_average:
        targets |= _average_variables(gan)
    arrays = {}
    for name, (variable, layer) in targets.items():
        array = variable.numpy()
        arrays[name] = array if layer is None else _to_published(layer, array)
    return arrays


def _average_variables(gan: ConditionalGan) -> dict[str, tuple[keras.Variable, EqualizedLayer | None]]:
    return {f"Gs{name[1:]}": entry for name, entry in published_variables(gan.ema_generator).items()}
