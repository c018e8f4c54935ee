"""Options of the source `medmnist`: one .npz file of MedMNIST or MedMNIST+."""

from medgan_tf.config.section import Section


class Options(Section):
    """`data.options` of the source `medmnist`."""

    file: str | None = None
    """The .npz file inside data.root, e.g. chestmnist_64.npz. None takes data.root itself, or the only one in it."""
    flag: str | None = None
    """MedMNIST's name of the data, which decides the names of the labels, e.g. chestmnist. None takes the start of the
    file's name; labels of a name that MedMNIST does not have are called class_0, class_1, ..."""
