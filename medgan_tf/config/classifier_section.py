"""Section `classifier`: the predictive model trained on real or on synthetic images (paper S.4)."""

from medgan_tf.config.section import Count, Rate, Section


class ClassifierConfig(Section):
    """The predictive model trained on real or on synthetic images (paper S.4)."""

    weights: str = "imagenet"
    """Start of DenseNet-121: `imagenet` (Keras's own download), `none`, or the path of a weights file."""
    image_size: Count = 224
    """Side the images are resized to, pixels."""
    batch: Count = 48
    """Images per step."""
    images_per_epoch: Count = 5000
    """Upper limit of images per epoch."""
    max_epochs: Count = 100
    """Upper limit of epochs."""
    learning_rate: Rate = 1e-4
    """Initial Adam learning rate."""
    reduce_patience: Count = 2
    """Epochs without a better mean validation AUC before the rate is divided by 10."""
    stop_patience: Count = 3
    """Epochs without a better mean validation AUC before training stops."""
