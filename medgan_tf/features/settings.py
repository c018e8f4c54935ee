"""The options of a measurement that compares images in the features of an extractor."""

from medgan_tf.config.section import Count, Section, incidental


class FeatureSettings(Section):
    """The features in which images are compared."""

    extractor: str = "classifier"
    """Feature extractor: classifier (paper: the classifier trained on real images), radiology, inception,
    inception_2015, pixels, random, or the folder of a SavedModel of your own."""
    weights: str | None = None
    """Weights of the extractor, as `evaluation.fid.weights`; None: the classifier of this experiment and seed."""
    sha256: str | None = None
    """Expected SHA-256 of the weights; another one is an error."""
    download: bool = incidental(False)
    """Whether Keras may download the weights of `inception`."""
    batch: Count = incidental(64)
    """Images given to the extractor at a time."""
