"""Section `original_code`: the places where the paper's published code departs from the paper, each by name.

`original_code: true` switches all on, a mapping single ones; all are off by default, so that the paper holds. Results
say which switches were on. Three departures have no switch, because they can make no difference here:

- FID took real images into account only if they had one channel: here all images have one.
- Class weights were computed but never applied: nothing is left to apply.
- Nearest neighbours were stored without image and patient ids: the pictures and distances are the same with them.
"""

from typing import Any

from pydantic import model_validator

from medgan_tf.config.document import describe
from medgan_tf.config.section import Section
from medgan_tf.data.settings import DataConfig
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.registry import SOURCES

BRAIN_SOURCE = "rsna"
PAPER_BRAIN_MIN_COUNT, ORIGINAL_BRAIN_MIN_COUNT = 100, 110
PAPER_PATCH, ORIGINAL_PATCH = 2, 4
DATASET_SWITCHES = ("random_patient_split", "brain_min_count")


class OriginalCodeConfig(Section):
    """Departures of the published code from the paper; `true` or `false` instead of the section sets all."""

    random_patient_split: bool = False
    """Patients are split at random instead of within strata, so that a rare combination may be missing in a fold."""
    brain_min_count: bool = False
    """With the source rsna and the paper's `data.min_count` of 100, combinations need more than 110 images. Any other
    `data.min_count` is your own choice and stays."""
    undefined_validation_auc_zero: bool = False
    """A label with one class in the validation fold counts as an AUC of 0 in the mean validation AUC instead of being
    left out. The fold is the same in all epochs, so all means shrink by one factor: the reported values change, the
    best epoch, the learning rates and the end of training do not, and nothing is trained again."""
    last_brain_image_dropped: bool = False
    """With the source rsna, classifiers are tested without the last image of the test fold."""
    auc_flipped: bool = False
    """A test AUC below 0.5 becomes 1 - AUC, and so does each of its bootstrap values. (Undefined AUCs are left out of
    means with and without this; here they are named.)"""
    occlusion_patch_4: bool = False
    """If `evaluation.occlusion.patch` is the paper's 2, patches of 4x4 pixels are zeroed. Any other patch is your
    own choice and stays."""

    @model_validator(mode="before")
    @classmethod
    def _all_or_single(cls, value: Any) -> Any:
        if isinstance(value, bool):
            return dict.fromkeys(cls.model_fields, value)
        if not isinstance(value, dict | cls):
            names = ", ".join(cls.model_fields)
            raise ValueError(f"expected true, false or a mapping of the switches {names}; received {describe(value)}")
        return value

    def on(self) -> tuple[str, ...]:
        """Names of all switches that are on."""
        return tuple(name for name in type(self).model_fields if getattr(self, name))

    def in_dataset(self, data: DataConfig) -> tuple[str, ...]:
        """The switches that are on and change the content of this dataset; a source with given folds has none."""
        is_brain = data.source == BRAIN_SOURCE and data.min_count == PAPER_BRAIN_MIN_COUNT
        names = self._named(random_patient_split=True, brain_min_count=is_brain)
        return () if names and getattr(SOURCES.settings(data.source), "FIXED_FOLDS", False) else names

    def in_validation(self) -> tuple[str, ...]:
        """The switches that are on and change the reported validation of a classifier."""
        return self._named(undefined_validation_auc_zero=True)

    def in_test(self, data: DataConfig) -> tuple[str, ...]:
        """The switches that are on and change the test of classifiers."""
        return self._named(last_brain_image_dropped=data.source == BRAIN_SOURCE, auc_flipped=True)

    def in_occlusion(self, occlusion: OcclusionConfig) -> tuple[str, ...]:
        """The switches that are on and change the importance maps of given classifiers."""
        return self._named(occlusion_patch_4=occlusion.patch == PAPER_PATCH)

    def _named(self, **applies: bool) -> tuple[str, ...]:
        return tuple(name for name in self.on() if applies.get(name, False))
