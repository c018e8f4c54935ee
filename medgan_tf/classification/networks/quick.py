"""A Keras network whose layers compute the same in less time."""

import keras

from medgan_tf.layers.quick_batch_norm import QuickBatchNormalization
from medgan_tf.layers.quick_convolution import QuickConv2D

_QUICK = {keras.layers.Conv2D: QuickConv2D, keras.layers.BatchNormalization: QuickBatchNormalization}


def make_quick(layer: keras.layers.Layer) -> None:
    """Lets a layer compute as its quicker class does, if there is one.

    The layer stays the same object, with its weights, its name and its place in the network: a network of
    `keras.applications` or of a file is built by Keras, and only then made quicker. Both classes have no state of their
    own beside that of Keras's.
    """
    if type(layer) in _QUICK:
        # In weights files (`.weights.h5`) Keras names a layer by its class: both classes have the name of Keras's.
        layer.__class__ = _QUICK[type(layer)]
