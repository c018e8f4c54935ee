"""What the greys of an experiment's images stand for."""

from medgan_tf.config.schema import Experiment
from medgan_tf.data.dicom.settings import Window
from medgan_tf.errors import ConfigError


def shown_values(experiment: Experiment) -> tuple[Window | None, str]:
    """The window through which an experiment's real images were looked at, and the unit of its values.

    The unit is known for CT alone: `HU` for the source `rsna`, and for every source with `generate.dicom_form: ct`.

    Raises:
        ConfigError: The form is CT, and there is no window.
    """
    window, form = getattr(experiment.data.source_options(), "window", None), experiment.generate.dicom_form
    check_form(form, window)
    is_ct = experiment.data.source == "rsna" or form == "ct"
    return window, "HU" if window and is_ct else "US"


def check_form(form: str, window: Window | None) -> None:
    """Raises `ConfigError` if a form of DICOM files needs a window and there is none."""
    if form == "ct" and window is None:
        raise ConfigError(
            "generate.dicom_form: ct needs values in HU, and the real images were not looked at through a window "
            "(data.options.window); use secondary_capture or cr"
        )
