"""The window of a CT image, as an option of the sources that read DICOM files."""

from typing import Annotated

from pydantic import Field

from medgan_tf.config.section import Section


class Window(Section):
    """A CT window."""

    center: float
    """Value that becomes middle grey, HU."""
    width: Annotated[float, Field(ge=1)]
    """Range of values from black to white, HU."""
