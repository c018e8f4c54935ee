"""Options of the source `phantom`: built-in synthetic anatomy."""

from typing import Annotated, Literal

from pydantic import Field

from medgan_tf.config.section import Section, Seed


class Options(Section):
    """`data.options` of the source `phantom`."""

    modality: Literal["chest", "head"] = "chest"
    """`chest`: radiographs in the CheXpert layout; `head`: CT slices as DICOM files in the RSNA layout."""
    patients: Annotated[int, Field(ge=1)] = 1200
    """Number of patients; a chest patient has about 2.6 images."""
    seed: Seed = 0
    """Seed of everything drawn."""
