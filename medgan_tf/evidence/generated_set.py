"""Images that a generator makes for the labels of real ones, as a set to be compared."""

import numpy as np

from medgan_tf.data.images import to_uint8
from medgan_tf.errors import DataError
from medgan_tf.evidence.image_sets import ImageSet, Report
from medgan_tf.synthesis.generate import latents
from medgan_tf.synthesis.load import Generator


def generated_set(generator: Generator, real: ImageSet, seed: int, batch: int, report: Report) -> ImageSet:
    """One generated image for the labels of each real one; for its sex, age band and view too if the generator has
    such conditions.

    Args:
        generator: The exported generator.
        real: Images with labels.
        seed: Seed of the noise.
        batch: Images at a time.
        report: Called with finished and all images.

    Raises:
        DataError: The generator knows other labels, or its conditions are not known of the images.
    """
    if real.label_names != generator.label_names:
        raise DataError(
            f"{generator.path} was trained with the labels {', '.join(generator.label_names)}; the real images have "
            f"{', '.join(real.label_names) or 'none'}"
        )
    vectors = generator.conditions.beside(real.labels, real.covariates, f"{real.name} images")
    images = []
    for start in range(0, len(real), batch):
        labels = vectors[start : start + batch]
        noise = latents(seed, "fid", range(start, start + len(labels)), generator.latent_size)
        images.append(to_uint8(generator.generate(noise, labels)))
        report(start + len(labels), len(real))
    return ImageSet(
        name="generator",
        kind=f"generator, seed {seed}",
        images=np.concatenate(images),
        labels=real.labels,
        label_names=real.label_names,
        sha256=generator.sha256(),
        covariates=real.covariates if generator.conditions.columns else None,
    )
