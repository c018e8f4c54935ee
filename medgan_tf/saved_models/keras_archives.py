"""The one place that reads .keras archives: after the check that they name nothing but layers of Keras.

A .keras archive says which classes and functions are to be called with which arguments. Some of Keras's own read files,
load other models or run code (`Lambda`), and a name may point to any class that is registered. So every name is
compared with a list first; Keras's own safe mode stays on.
"""

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras

from medgan_tf.errors import DataError, MedganError
from medgan_tf.files.json_files import parse_json
from medgan_tf.saved_models.checkpoint_inspection import check_plain_file
from medgan_tf.saved_models.findings import Findings, shown
from medgan_tf.saved_models.weights_files import check_archived_weights, open_archive

_LARGEST_CONFIG = 2**26
_ADVICE = "only models of Keras's own layers are read; give the weights instead, or a SavedModel from model.export"
# Layers that compute from their inputs and weights. Not Lambda, TFSMLayer and the layers of other frameworks, which run
# code; not the layers for texts and tables, which read files of words.
_LAYERS = frozenset(
    """
    Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention Average AveragePooling1D
    AveragePooling2D AveragePooling3D BatchNormalization Bidirectional CenterCrop Concatenate Conv1D Conv1DTranspose
    Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Cropping1D Cropping2D Cropping3D
    Dense DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding Flatten GRU GRUCell GaussianDropout
    GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D GlobalMaxPooling1D
    GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention Identity InputLayer LSTM LSTMCell
    LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MultiHeadAttention
    Multiply Normalization PReLU Permute RMSNormalization RNN RandomBrightness RandomContrast RandomCrop RandomFlip
    RandomRotation RandomTranslation RandomZoom ReLU RepeatVector Rescaling Reshape Resizing SeparableConv1D
    SeparableConv2D SimpleRNN SimpleRNNCell Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D
    SpectralNormalization StackedRNNCells Subtract TimeDistributed UnitNormalization UpSampling1D UpSampling2D
    UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
    """.split()
)
_MODELS = frozenset(
    {
        ("keras", "Functional"), ("keras", "Model"), ("keras", "Sequential"), ("keras", "DTypePolicy"),
        ("keras.models", "Functional"), ("keras.models", "Model"), ("keras.models", "Sequential"),
        ("keras.src.models.functional", "Functional"), ("keras.src.models.sequential", "Sequential"),
        ("keras.dtype_policies", "DTypePolicy"), ("keras.dtype_policies", "FloatDTypePolicy"),
    }
)  # fmt: skip
_OTHER_CLASSES = ("keras.constraints", "keras.initializers", "keras.losses", "keras.metrics", "keras.optimizers",
                  "keras.optimizers.schedules", "keras.regularizers")  # fmt: skip
_CLASS_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")
_VALUES = ("__bytes__", "__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__", "__tuple__")


def load_keras_archive(path: str | Path, own: Sequence[type] = ()) -> keras.Model:
    """A model from a .keras archive, checked and loaded: exactly what was checked, even if the file changes meanwhile.

    Args:
        path: The archive.
        own: Registered classes of this program that it may name besides Keras's.

    Raises:
        DataError: It is damaged, or it names something that is not on the list.
    """
    check_plain_file(Path(path))
    with tempfile.TemporaryDirectory(prefix="medgan-model-") as folder:
        copy = Path(folder) / "model.keras"
        shutil.copyfile(path, copy)
        try:
            inspect_keras_archive(copy, own)
        except DataError as error:
            raise DataError(str(error).replace(str(copy), str(path))) from error
        try:
            return keras.saving.load_model(copy, safe_mode=True)
        except MedganError:
            raise
        except Exception as error:
            # A layer with wrong arguments raises whatever its code meets first.
            reason = (str(error).splitlines() or [type(error).__name__])[0].replace(str(copy), str(path))
            raise DataError(f"{path} cannot be loaded: {reason:.200}") from error


def inspect_keras_archive(path: Path, own: Sequence[type] = ()) -> dict[str, Any]:
    """Checks a .keras archive and gives its configuration. Raises `DataError` as `load_keras_archive` does."""
    config, findings = read_keras_config(path), Findings()
    with open_archive(path) as archive:
        for one in _objects(config):
            _check_object(one, own, findings)
        findings.raise_if_any(path, _ADVICE)
        check_archived_weights(path, archive)
    return config


def read_keras_config(path: Path) -> dict[str, Any]:
    """The configuration in a .keras archive, which is not checked. Raises `DataError` if it cannot be read."""
    with open_archive(path) as archive:
        if archive.getinfo("config.json").file_size > _LARGEST_CONFIG:
            raise DataError(f"{path} is refused: its config.json is larger than {_LARGEST_CONFIG >> 20} MB")
        try:
            config = parse_json(archive.read("config.json"), finite=False)
        except (ValueError, OSError, RuntimeError, zipfile.BadZipFile) as error:
            raise DataError(f"{path} is damaged: its config.json cannot be read ({error})") from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise DataError(f"{path} is damaged: its config.json describes no model")
    return config


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    """Everything in a configuration that stands for an object, at any depth."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value or "registered_name" in value or "spec_name" in value:
                yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _check_object(one: dict[str, Any], own: Sequence[type], findings: Findings) -> None:
    name, module, registered = one.get("class_name"), one.get("module"), one.get("registered_name")
    if name in _VALUES and module is None and registered is None:
        return
    for allowed in own:
        if registered == keras.saving.get_registered_name(allowed) and name == allowed.__name__:
            if keras.saving.get_registered_object(registered) is allowed:
                return
    if registered not in (None, name):
        findings.add(f"the registered object {shown(str(registered))}")
    elif name == "function" and module == "builtins":
        if not _is_function_of_keras(one.get("config")):
            findings.add(f"the function {shown(str(one.get('config')))}")
    elif not _is_class_of_keras(module, name):
        findings.add(f"the class {shown(f'{module}.{name}')}")


def _is_class_of_keras(module: Any, name: Any) -> bool:
    if not isinstance(name, str) or not isinstance(module, str) or not _CLASS_NAME.fullmatch(name):
        return False
    return (module == "keras.layers" and name in _LAYERS) or (module, name) in _MODELS or module in _OTHER_CLASSES


def _is_function_of_keras(name: Any) -> bool:
    """Whether a name is that of an activation, a loss or a metric."""
    if not isinstance(name, str) or not name.isidentifier() or name in ("get", "serialize", "deserialize"):
        return False
    return any(hasattr(part, name) for part in (keras.activations, keras.losses, keras.metrics))
