"""A guarantee, and noisy counts of squares and discs, as a private training files them."""

import numpy as np

from medgan_tf.accounting.guarantee import Charges, Guarantee
from medgan_tf.data.private.label_terms import LabelTerms
from medgan_tf.data.private.noisy_counts import NoisyCounts

UNITS = 800
COUNTS = NoisyCounts(
    ("Square", "Disc"),
    np.array([[1, 0], [0, 1], [1, 1]], np.uint8),
    np.array([531, 178, 91]),
    LabelTerms(24.0),
)


def guarantee(epsilon=4.5, units=UNITS) -> Guarantee:
    charges = Charges(sampling_probability=0.02, noise_multiplier=1.1, steps=900, releases=(24.0,))
    public = ("The number of patients in the training fold.",)
    return Guarantee(epsilon, 5.5, 1e-5, "patient", units, charges, public, "dp-accounting 0.6")
